import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import { keepYoungSmall } from "../../image/young-memory.ts";
import type { RepositoryAccess } from "../access.ts";
import type { CompiledTable } from "../table/compiled-table.ts";
import type { OpenedIndex } from "./apt-index.ts";
import { openContents } from "./compile-contents.ts";
import { openPackages } from "./compile-packages.ts";
import { contentsFiles, missingComponents, packagesFiles, type IndexFile } from "./index-files.ts";
import type { OpenedSuite } from "./open-suite.ts";
import { problemKey } from "./table-keys.ts";

/** The tables of all suites, in the order of these. */
export interface OpenedIndexes {
  readonly packages: readonly OpenedIndex[];
  readonly contents: readonly OpenedIndex[];
  /** Indexes that could not be had, and what was passed over in the others. */
  readonly problems: readonly Failure[];
}

/** One after another: each takes memory. Fails with `cancelled`, or where no index of packages could be had. */
export async function openIndexes(
  suites: readonly OpenedSuite[],
  architecture: string,
  access: RepositoryAccess,
): Promise<Result<OpenedIndexes>> {
  // Half a gigabyte of text goes by: what is young and dead would be a third of all that this takes.
  keepYoungSmall();
  const problems: Failure[] = [];
  const openAll = async (
    files: readonly IndexFile[],
    open: typeof openPackages,
  ): Promise<readonly OpenedIndex[]> => {
    const all: OpenedIndex[] = [];
    for (const file of files) {
      const opened = await open(file, access);
      if (opened.ok) {
        problems.push(...opened.value.problems, ...toldIn(opened.value));
        all.push({ file, table: opened.value.table });
      } else problems.push(opened.failure);
    }
    return all;
  };
  problems.push(...suites.flatMap((suite) => missingComponents(suite, architecture)));
  const packageFiles = suites.flatMap((suite) => packagesFiles(suite, architecture));
  const packages = await openAll(packageFiles, openPackages);
  const contents = await openAll(
    suites.flatMap((suite) => contentsFiles(suite, architecture)),
    openContents,
  );
  const [first] = problems;
  const why = problems.find(({ kind }) => kind === "cancelled") ?? first;
  if (why !== undefined && (why.kind === "cancelled" || packages.length === 0)) {
    for (const { table } of [...packages, ...contents]) table.close();
    return failed(why);
  }
  return success({ packages, contents, problems });
}

/** What was passed over when the table was made. */
function toldIn({ table }: CompiledTable): readonly Failure[] {
  return table.get(problemKey).map((value) => {
    const text = Buffer.from(value).toString();
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- it was written beside the rest, its sum was right
    return JSON.parse(text) as Failure;
  });
}
