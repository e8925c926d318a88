import { anySha256, hashFile } from "../../image/cache/hash-file.ts";
import { systemFailure } from "../../image/system-failure.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import type { RepositoryAccess } from "../access.ts";
import { KeptFiles } from "../fetch/kept-files.ts";
import { TableWriter } from "./table-writer.ts";
import { Table } from "./table.ts";

/** Goes up when the layout of tables changes; who compiles has a revision of his own in the name. */
const layoutRevision = 1;

/** A table, from the cache or made now. */
export interface CompiledTable {
  readonly table: Table;
  /** What is worth saying: the one that was kept was damaged, or it could not be kept. */
  readonly problems: readonly Failure[];
}

/**
 * Opens the table that was compiled from `name` (what it is, a revision and the digest of the input, so that another input is
 * another table), or has it built and keeps it. `build` adds all pairs; where it fails nothing is kept. Several processes may
 * build the same at once. Failures: those of `build`, and the system's where not even the run's own folder can be written.
 */
export async function openCompiled(
  access: RepositoryAccess,
  name: string,
  build: (writer: TableWriter) => Promise<Result<null>>,
): Promise<Result<CompiledTable>> {
  const { cacheFolder, temporaryFolder, now } = access;
  const key = `table ${layoutRevision} ${name}`;
  const store = new KeptFiles({ cacheFolder, temporaryFolder, now });
  const problems: Failure[] = [];
  const kept = store.find(key);
  if (kept !== null) {
    const opened = Table.open(kept.file);
    if (opened.ok) return success({ table: opened.value, problems });
    // Made anew, and said.
    problems.push(opened.failure);
    store.remove(kept);
  }
  for (const files of [store, new KeptFiles({ cacheFolder: null, temporaryFolder, now })]) {
    const made = await make(files, key, build);
    if (made.ok) {
      const told = files.problem === null ? problems : [...problems, files.problem];
      return success({ table: made.value, problems: told });
    }
    // A full disk of the cache is not one of the run's folder.
    if (!made.failure.isOfDisk || files !== store || cacheFolder === null) {
      return failed(made.failure.failure);
    }
    problems.push(made.failure.failure);
  }
  throw new Error(`Cannot make the table ${key}: neither folder was tried`);
}

interface MakeFailure {
  readonly failure: Failure;
  readonly isOfDisk: boolean;
}

async function make(
  store: KeptFiles,
  key: string,
  build: (writer: TableWriter) => Promise<Result<null>>,
): Promise<Result<Table, MakeFailure>> {
  let draft;
  try {
    draft = store.begin();
    const { file } = draft;
    const writer = new TableWriter(file);
    const built = await finish(writer, build);
    const hashed = built.ok ? await hashFile(file, { digest: anySha256 }) : built;
    if (!hashed.ok) {
      draft.drop();
      return failed({ failure: hashed.failure, isOfDisk: false });
    }
    const confirmedAt = new Date().toISOString();
    const record = { digest: hashed.value, confirmedAt, etag: null, lastModified: null };
    const opened = Table.open(draft.keep(key, record).file);
    return opened.ok ? opened : failed({ failure: opened.failure, isOfDisk: true });
  } catch (error) {
    draft?.drop();
    return failed({ failure: systemFailure(error, "a compiled index", null), isOfDisk: true });
  }
}

/** Whatever comes, the file is closed. Throws the system's errors. */
async function finish(
  writer: TableWriter,
  build: (writer: TableWriter) => Promise<Result<null>>,
): Promise<Result<null>> {
  let isBuilt = false;
  try {
    const built = await build(writer);
    isBuilt = built.ok;
    if (built.ok) writer.finish();
    return built;
  } finally {
    if (!isBuilt) writer.abandon();
  }
}
