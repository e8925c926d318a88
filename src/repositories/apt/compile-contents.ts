import { ContentsReader } from "../../formats/dpkg/contents.ts";
import { success, type Failure, type Result } from "../../model/failure.ts";
import type { RepositoryAccess } from "../access.ts";
import { openCompiled, type CompiledTable } from "../table/compiled-table.ts";
import { maxKeyBytes } from "../table/layout.ts";
import type { TableWriter } from "../table/table-writer.ts";
import { fetchIndex, readIndex, subjectOf } from "./fetch-index.ts";
import type { IndexFile } from "./index-files.ts";
import { fileLetter, libraryLetter, problemKey } from "./table-keys.ts";

/** Goes up when the same index may yield another table. */
const revision = 1;

/**
 * The table of one Contents file: packages by path, and libraries by file name. It depends on nothing but the bytes of the
 * file. Failures: of `fetchIndex` and `readIndex`.
 */
export async function openContents(
  index: IndexFile,
  access: RepositoryAccess,
): Promise<Result<CompiledTable>> {
  return openCompiled(access, `apt-contents ${revision} ${index.digest}`, async (writer) => {
    const fetched = await fetchIndex(index, access);
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

const [slash, dot] = [0x2f, 0x2e];
const soEnding = Buffer.from(".so");

/** Puts lines into a table. There are millions: no text is made of them. */
class FileTable {
  readonly #writer: TableWriter;
  readonly #key = Buffer.allocUnsafeSlow(maxKeyBytes + 1);
  #refused = 0;

  constructor(writer: TableWriter) {
    this.#writer = writer;
    this.#key[0] = fileLetter;
  }

  /** Lines whose path is too long. */
  get refusedLines(): number {
    return this.#refused;
  }

  add(path: Uint8Array, packages: Uint8Array): void {
    if (path.length >= maxKeyBytes) {
      this.#refused++;
      return;
    }
    this.#key.set(path, 1);
    const isAdded = this.#writer.add(this.#key.subarray(0, path.length + 1), packages);
    if (!isAdded) this.#refused++;
    const start = libraryName(path);
    if (start >= 0) this.#writer.add(libraryKey(path, start), packages);
  }
}

/** Where the file name begins, when it is one of a library: `libpq.so.5`, `libjvm.so`; else -1. */
function libraryName(path: Uint8Array): number {
  const buffer = path as Buffer;
  const found = buffer.lastIndexOf(soEnding);
  if (found <= 0) return -1;
  const behind = found + soEnding.length;
  if (behind < path.length && path[behind] !== dot) return -1;
  const start = buffer.lastIndexOf(slash) + 1;
  return found > start ? start : -1;
}

function libraryKey(path: Uint8Array, nameStart: number): Buffer {
  const name = path.subarray(nameStart);
  return Buffer.concat([Buffer.from([libraryLetter]), name, Buffer.from([0]), path]);
}
