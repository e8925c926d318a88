import { MentionOrder } from "../../formats/dpkg/mention-order.ts";
import { PackagesIndexParser, type DebPackage } from "../../formats/dpkg/packages-index.ts";
import { parseRelations } from "../../formats/dpkg/parse-relations.ts";
import { collectAll } from "../../image/young-memory.ts";
import { success, type Failure, type Result } from "../../model/failure.ts";
import type { RepositoryAccess } from "../access.ts";
import { openCompiled, type CompiledTable } from "../table/compiled-table.ts";
import { fetchIndex, readIndex, subjectOf } from "./fetch-index.ts";
import type { IndexFile } from "./index-files.ts";
import { mentionKey, nameKey, problemKey, provideKey } from "./table-keys.ts";

/** Goes up when the same index may yield another table. */
const revision = 1;

/** What Debian's and Ubuntu's own indexes have of it is nothing; of a broken one more is not told. */
const maxProblems = 20;

/**
 * The table of one Packages file: records by name, names of packages by what they provide, and the order in which names are
 * met. It depends on nothing but the bytes of the file, whichever suite has it. Failures: of `fetchIndex` and `readIndex`.
 */
export async function openPackages(
  index: IndexFile,
  access: RepositoryAccess,
): Promise<Result<CompiledTable>> {
  return openCompiled(access, `apt-packages ${revision} ${index.digest}`, async (writer) => {
    const fetched = await fetchIndex(index, access);
    if (!fetched.ok) return fetched;
    const order = new MentionOrder();
    const provided: (readonly [virtual: string, name: string])[] = [];
    // The suite sets the pin, see `AptIndex`.
    const parser = new PackagesIndexParser({ pin: 0, order });
    const add = (records: readonly DebPackage[]): void => {
      for (const record of records) {
        writer.add(nameKey(record.name), Buffer.from(JSON.stringify(record)));
        for (const virtual of providedNames(record)) {
          provided.push([virtual, record.name]);
        }
      }
    };
    const onChunk = (chunk: Uint8Array): void => add(parser.push(chunk));
    const read = await readIndex(index, fetched.value, { access, onChunk });
    if (!read.ok) return read;
    add(parser.end());
    // What comes next takes as much again.
    collectAll();
    for (const [virtual, name] of provided) writer.add(provideKey(virtual), Buffer.from(name));
    for (const [name, number] of order.numbers) {
      writer.add(mentionKey(name), Buffer.from(String(number)));
    }
    for (const problem of parser.problems.slice(0, maxProblems)) {
      const failure: Failure = { ...problem, ...subjectOf(index) };
      writer.add(problemKey, Buffer.from(JSON.stringify(failure)));
    }
    return success(null);
  });
}

function providedNames({ relations }: DebPackage): ReadonlySet<string> {
  const provided = parseRelations(relations.provides ?? "").relations;
  return new Set(provided.flatMap(({ alternatives }) => alternatives.map(({ name }) => name)));
}
