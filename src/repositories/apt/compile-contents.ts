import { ContentsReader } from "../../formats/dpkg/contents.ts";
import { collectAll } from "../../image/young-memory.ts";
import { success, type Failure, type Result } from "../../model/failure.ts";
import type { FetchedFile, RepositoryAccess } from "../access.ts";
import { openCompiled, type CompiledTable } from "../table/compiled-table.ts";
import { maxKeyBytes } from "../table/layout.ts";
import type { TableWriter } from "../table/table-writer.ts";
import { fetchIndex, fetchUnlisted, readIndex, subjectOf } from "./fetch-index.ts";
import type { IndexFile } from "./index-files.ts";
import { fileLetter, libraryLetter, problemKey } from "./table-keys.ts";

/** Goes up when the same index may yield another table. */
const revision = 1;

/**
 * The table of one Contents file: packages by path, and libraries by file name. It depends on nothing but the bytes of the
 * file. Failures: of `fetchIndex` and `readIndex`.
 *
 * Where a mirror has other bytes than Release says, they are taken all the same and that is a problem: a Contents file only
 * hints at packages, whose own files are verified by their sums and looked into before anything is said of them.
 */
export async function openContents(
  index: IndexFile,
  access: RepositoryAccess,
): Promise<Result<CompiledTable>> {
  const opened = await compile(index, access, () => fetchIndex(index, access));
  if (opened.ok || opened.failure.kind !== "malformed") return opened;
  const other = await fetchUnlisted(index, access);
  if (!other.ok) return opened;
  const { file, digest } = other.value;
  const hint = await compile({ ...index, digest }, access, () => Promise.resolve(success(file)));
  if (!hint.ok) return opened;
  const problems = [opened.failure, ...hint.value.problems];
  return success({ table: hint.value.table, problems });
}

async function compile(
  index: IndexFile,
  access: RepositoryAccess,
  fetch: () => Promise<Result<FetchedFile>>,
): Promise<Result<CompiledTable>> {
  return openCompiled(access, `apt-contents ${revision} ${index.digest}`, async (writer) => {
    const fetched = await fetch();
    if (!fetched.ok) return fetched;
    const files = new FileTable(writer);
    const reader = new ContentsReader((path, packages) => files.add(path, packages));
    const { what } = subjectOf(index);
    let doneBytes = 0;
    const onChunk = (chunk: Uint8Array): void => {
      reader.push(chunk);
      doneBytes += chunk.byteLength;
      access.onProgress?.(what, doneBytes, null);
    };
    const read = await readIndex(index, fetched.value, { access, onChunk });
    if (!read.ok) return read;
    reader.end();
    files.end();
    // What comes next takes as much again.
    collectAll();
    const passed = reader.malformedLines + files.refusedLines;
    if (passed > 0) writer.add(problemKey, Buffer.from(JSON.stringify(brokenLines(index, passed))));
    return success(null);
  });
}

function brokenLines(index: IndexFile, count: number): Failure {
  const reason = `${count} lines are no path and packages`;
  const format = "Contents";
  return { kind: "malformed", ...subjectOf(index), format, reason, offsetBytes: null };
}

const soEnding = Buffer.from(".so");
const [slash, dot] = [0x2f, 0x2e];

/** Puts lines into a table. There are millions: no text is made of them. */
class FileTable {
  readonly #writer: TableWriter;
  readonly #key = Buffer.allocUnsafeSlow(maxKeyBytes + 1);
  /**
   * Keys and packages with a line end between, a byte for each character: a third of what buffers take. They are put behind all
   * files, since in between they would end their order.
   */
  readonly #libraries: string[] = [];
  #refused = 0;

  constructor(writer: TableWriter) {
    this.#writer = writer;
    this.#key[0] = fileLetter;
  }

  /** Lines whose path is too long. */
  get refusedLines(): number {
    return this.#refused;
  }

  add(path: Buffer, packages: Buffer): void {
    if (path.length >= maxKeyBytes) {
      this.#refused++;
      return;
    }
    this.#key.set(path, 1);
    const isAdded = this.#writer.add(this.#key.subarray(0, path.length + 1), packages);
    if (!isAdded) this.#refused++;
    const start = libraryName(path);
    if (start < 0) return;
    const name = path.toString("latin1", start);
    const line = `${name}\0${path.toString("latin1")}\n${packages.toString("latin1")}`;
    this.#libraries.push(line);
  }

  /** All lines were added. */
  end(): void {
    for (const line of this.#libraries.sort()) {
      const behind = line.indexOf("\n");
      const key = Buffer.from(`${libraryLetter}${line.slice(0, behind)}`, "latin1");
      this.#writer.add(key, Buffer.from(line.slice(behind + 1), "latin1"));
    }
  }
}

/** Where the file name begins, when it is one of a library: `libpq.so.5`, `libjvm.so`; else -1. */
function libraryName(path: Buffer): number {
  const found = path.lastIndexOf(soEnding);
  if (found <= 0) return -1;
  const behind = found + soEnding.length;
  if (behind < path.length && path[behind] !== dot) return -1;
  const start = path.lastIndexOf(slash) + 1;
  return found > start ? start : -1;
}
