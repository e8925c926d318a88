import { createReadStream } from "node:fs";
import { compressionMagicBytes, decompress, detectCompression } from "../../formats/compression.ts";
import { FormatError } from "../../formats/format-error.ts";
import { OverLimitError, toFailure } from "../../formats/over-limit-error.ts";
import type { RecordProblem } from "../../formats/record-problem.ts";
import { parseModules } from "../../formats/rpm/modules.ts";
import { readFileLists } from "../../formats/rpm/filelists.ts";
import { readPrimary, type PrimaryPackage } from "../../formats/rpm/primary.ts";
import { collectYoung } from "../../image/young-memory.ts";
import { systemFailure } from "../../image/system-failure.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import type { RepositoryAccess } from "../access.ts";
import { openCompiled } from "../table/compiled-table.ts";
import { SortedPairs } from "../table/sorted-pairs.ts";
import type { TableWriter } from "../table/table-writer.ts";
import type { FetchedIndex, IndexFile } from "./fetch-index.ts";
import { packPackage } from "./packed-package.ts";
import { keyOf, placeBytes, type IndexKind } from "./index-keys.ts";
import { YumTable } from "./yum-table.ts";

/** Goes up when the same indexes may yield another table. */
const revision = 2;
/** Of one index, uncompressed. Fedora's filelists have 800 MB. */
const maxInflatedBytes = 4 * 1024 * 1024 * 1024;

/** The table of one repository, and what is worth saying of it. */
export interface CompiledIndex {
  readonly table: YumTable;
  readonly problems: readonly Failure[];
}

/**
 * Compiles the indexes of a repository, or finds the table that was made of the same ones before. Failures: `malformed` and
 * `over-limit` for an index that is broken, `unsupported` for one in bzip2, the system's.
 */
export async function compileIndex(
  index: FetchedIndex,
  access: RepositoryAccess,
): Promise<Result<CompiledIndex>> {
  const { primary, filelists, modules } = index;
  const digests = [primary, filelists, modules].map((file) => file?.digest ?? "none");
  const name = `yum ${revision} ${digests.join(" ")}`;
  const compiled = await openCompiled(access, name, (writer) => build(writer, index, access));
  if (!compiled.ok) return compiled;
  const table = YumTable.open(compiled.value.table);
  if (table === null) {
    compiled.value.table.close();
    return failed(malformed(index.repository.id, "table", "It has no list of its packages"));
  }
  const { problems } = compiled.value;
  return success({ table, problems: [...problems, ...table.problems] });
}

function malformed(what: string, format: string, reason: string): Failure {
  return { kind: "malformed", what, where: null, format, reason, offsetBytes: null };
}

async function build(
  writer: TableWriter,
  index: FetchedIndex,
  access: RepositoryAccess,
): Promise<Result<null>> {
  const pairs = new SortedPairs(access.temporaryFolder);
  try {
    const builder = new IndexBuilder(pairs, index);
    const { primary, filelists, modules } = index;
    if (modules !== null) {
      const known = await feed(modules, access, (chunks) => builder.addModules(chunks));
      if (!known.ok) return known;
    }
    const read = await feed(primary, access, (chunks) => builder.addPackages(chunks));
    if (!read.ok) return read;
    if (filelists !== null) {
      const listed = await feed(filelists, access, (chunks) => builder.addFiles(chunks));
      if (!listed.ok) return listed;
    }
    builder.finish();
    for (const { key, value } of pairs.sorted()) writer.add(key, value);
    return success(null);
  } finally {
    pairs.close();
  }
}

class IndexBuilder {
  readonly #pairs: SortedPairs;
  readonly #what: string;
  readonly #hasFileLists: boolean;
  readonly #places = new Map<string, number>();
  readonly #problems: Failure[] = [];
  /** By `name-epoch:version-release.arch`. */
  readonly #streams = new Map<string, string>();
  #defaults: readonly (readonly [string, string])[] = [];
  #count = 0;
  #unknown = 0;

  constructor(pairs: SortedPairs, { repository, filelists }: FetchedIndex) {
    this.#pairs = pairs;
    this.#what = repository.id;
    this.#hasFileLists = filelists !== null;
  }

  /** Before the packages. */
  async addModules(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const parts: Uint8Array[] = [];
    for await (const chunk of chunks) parts.push(chunk);
    const { streams, defaults, problems } = await parseModules(Buffer.concat(parts).toString());
    this.#note("modules.yaml")(problems);
    this.#defaults = [...defaults];
    const names = new Map<string, Set<string>>();
    for (const { module, stream, packages } of streams) {
      const label = `${module}:${stream}`;
      for (const nevra of packages) {
        this.#streams.set(nevra, label);
        const name = nevra.replace(/-[^-]+-[^-]+$/, "");
        if (!nevra.endsWith(".src")) names.set(name, (names.get(name) ?? new Set()).add(label));
      }
    }
    for (const [name, labels] of names) {
      for (const label of labels) this.#pairs.add(keyOf("stream-name", name), Buffer.from(label));
    }
  }

  async addPackages(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const one of readPrimary(chunks, this.#note("primary.xml"))) this.#addPackage(one);
  }

  async addFiles(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const { packageId, files } of readFileLists(chunks, this.#note("filelists.xml"))) {
      const place = this.#places.get(packageId);
      // Source packages are in this list and not in the other one.
      if (place === undefined) this.#unknown++;
      else this.#addAll("file", files, place);
    }
  }

  finish(): void {
    const hasModules = this.#streams.size > 0;
    const told = {
      packages: this.#count,
      problems: this.#problems,
      ...(hasModules && { defaults: this.#defaults }),
    };
    this.#pairs.add(keyOf("about", ""), Buffer.from(JSON.stringify(told)));
  }

  #addPackage(one: PrimaryPackage): void {
    const place = this.#count++;
    this.#places.set(one.checksum.value, place);
    const isKept = this.#pairs.add(keyOf("package", placeBytes(place)), packPackage(one));
    if (!isKept) {
      const reason = `The record of ${one.name.slice(0, 100)} is too long`;
      this.#problems.push(malformed(this.#what, "primary.xml", reason));
      return;
    }
    const stream = this.#streams.get(nevraOf(one));
    if (stream !== undefined) {
      this.#pairs.add(keyOf("stream", placeBytes(place)), Buffer.from(stream));
    }
    this.#addAll("name", [one.name], place);
    this.#addAll("provides", one.provides.map(nameOf), place);
    this.#addAll("obsoletes", one.obsoletes.map(nameOf), place);
    if (!this.#hasFileLists) this.#addAll("file", one.files, place);
  }

  #addAll(kind: IndexKind, names: readonly string[], place: number): void {
    const value = placeBytes(place);
    for (const name of new Set(names)) this.#pairs.add(keyOf(kind, name), value);
  }

  #note(what: string): (problems: readonly RecordProblem[]) => void {
    return (problems) => {
      const where = this.#what;
      this.#problems.push(...problems.map((one): Failure => ({ ...one, what, where })));
    };
  }
}

/** As a modules.yaml spells it: always with an epoch. */
function nevraOf({ name, version, architecture }: PrimaryPackage): string {
  return `${name}-${version.includes(":") ? version : `0:${version}`}.${architecture}`;
}

/** Of a plain relation: rich ones are neither provided nor obsoleted. */
function nameOf(relation: string): string {
  const space = relation.indexOf(" ");
  return space === -1 ? relation : relation.slice(0, space);
}

/** Runs the uncompressed bytes of an index through a reader. */
async function feed(
  file: IndexFile,
  access: RepositoryAccess,
  read: (chunks: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<Result<null>> {
  const { signal } = access;
  const options = { highWaterMark: 1024 * 1024, ...(signal === undefined ? {} : { signal }) };
  const stream = createReadStream(file.file, options);
  try {
    await read(inflate(stream, access, file));
    return success(null);
  } catch (error) {
    if (error instanceof UnsupportedCompression) {
      const reason = "it is compressed by bzip2, which is not read";
      return failed({ kind: "unsupported", what: file.file, where: null, reason });
    }
    if (error instanceof FormatError) return failed(toFailure(error, file.file, null));
    if (signal?.aborted === true)
      return failed({ kind: "cancelled", what: file.file, where: null });
    if (error instanceof Error && "code" in error) {
      return failed(systemFailure(error, file.file, null));
    }
    throw error;
  } finally {
    stream.destroy();
  }
}

class UnsupportedCompression extends Error {}

async function* inflate(
  source: AsyncIterable<Buffer>,
  access: RepositoryAccess,
  { file, sizeBytes }: IndexFile,
): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) return;
  const head = first.value;
  if (head.subarray(0, 3).toString("latin1") === "BZh") throw new UnsupportedCompression();
  const compression = detectCompression(head.subarray(0, compressionMagicBytes));
  let [readBytes, inflatedBytes] = [0, 0];
  const all = async function* (): AsyncGenerator<Uint8Array> {
    for (
      let next: IteratorResult<Buffer> = first;
      next.done !== true;
      next = await iterator.next()
    ) {
      readBytes += next.value.byteLength;
      access.onProgress?.(
        `Compiling ${file.slice(file.lastIndexOf("/") + 1)}`,
        readBytes,
        sizeBytes,
      );
      yield next.value;
    }
  };
  for await (const chunk of decompress(compression, all())) {
    inflatedBytes += chunk.byteLength;
    collectYoung(chunk.byteLength);
    if (inflatedBytes > maxInflatedBytes) {
      const [budget, limit] = ["size of an index", maxInflatedBytes];
      throw new OverLimitError("xml", { budget, limit, unit: "bytes" });
    }
    yield chunk;
  }
}
