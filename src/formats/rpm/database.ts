import { defaultBudgets } from "../../model/budgets.ts";
import { FormatError } from "../format-error.ts";
import { PathBudget, type DatabaseBudgets } from "../path-budget.ts";
import type { RandomAccess } from "../random-access.ts";
import { ProblemLog, type Records } from "../record-problem.ts";
import { LayoutRecorder, type SqliteLayout } from "../sqlite/layout.ts";
import { SqliteTable } from "../sqlite/table.ts";
import { readBerkeley } from "./berkeley.ts";
import { isBerkeleyHash } from "./berkeley-pages.ts";
import type { HeaderBlob } from "./header-blob.ts";
import { isNdb, readNdb } from "./ndb.ts";
import { parseRpmPackage, type RpmPackage } from "./package.ts";

/** An rpm database. `layout` says where the packages are in it; of SQLite only, which may have a log beside it. */
export interface RpmDatabase extends Records<RpmPackage> {
  readonly layout?: SqliteLayout;
}

/** The table of packages. `CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)`. Source: rpm lib/backend/sqlite.cc. */
export const packagesTable = "Packages";
/** What is said of a row of another form. */
export const withoutBlob = "A row of Packages has no blob";

/**
 * Reads an rpm database of whatever kind, known by its content: `rpmdb.sqlite` package by package in the order of
 * their installation, `Packages.db` (ndb) and `Packages` (Berkeley DB) in the order of the file. A broken package loses
 * only itself and is logged. Throws FormatError for anything else.
 */
export function parseRpmDatabase(
  file: RandomAccess,
  limits: DatabaseBudgets = defaultBudgets,
): RpmDatabase {
  const head = Buffer.from(file.read(0, 16));
  const problems = new ProblemLog("rpm");
  if (head.toString("latin1").startsWith("SQLite format 3")) {
    return parseSqlite(file, problems, limits);
  }
  const blobs = openOldDatabase(file, head, problems);
  const { records } = parseHeaderBlobs(blobs, problems, limits);
  return { records, problems: problems.toArray() };
}

function openOldDatabase(
  file: RandomAccess,
  head: Buffer,
  problems: ProblemLog,
): Iterable<HeaderBlob> {
  if (isNdb(head)) return readNdb(file, problems);
  if (isBerkeleyHash(head)) return readBerkeley(file, problems);
  throw new FormatError("rpm", "The file is no SQLite, ndb or Berkeley DB hash database", 0);
}

function parseSqlite(
  file: RandomAccess,
  problems: ProblemLog,
  limits: DatabaseBudgets,
): RpmDatabase {
  const table = new SqliteTable(file, packagesTable, problems);
  const recorder = new LayoutRecorder();
  function* blobs(): Generator<HeaderBlob> {
    for (const row of table.rows()) {
      recorder.add(row);
      const [, blob] = row.values;
      if (blob instanceof Uint8Array) yield { blob, offsetBytes: row.offsetBytes };
      else problems.malformed(withoutBlob, row.offsetBytes);
    }
  }
  const { records, byOffset } = parseHeaderBlobs(blobs(), problems, limits);
  const layout = recorder.toLayout(table, (offset) => byOffset.get(offset) ?? null);
  return { records, problems: problems.toArray(), layout };
}

/** Those that are sound and are packages, in their order, and where each began; what is passed over is logged. */
function parseHeaderBlobs(
  blobs: Iterable<HeaderBlob>,
  problems: ProblemLog,
  limits: DatabaseBudgets,
): { readonly records: readonly RpmPackage[]; readonly byOffset: ReadonlyMap<number, number> } {
  const budget = new PathBudget(problems, limits);
  const records: RpmPackage[] = [];
  const byOffset = new Map<number, number>();
  for (const { blob, offsetBytes } of blobs) {
    if (problems.isFull(records.length, limits.packages)) break;
    try {
      const found = parseRpmPackage(blob, budget, problems);
      if (found === null) continue;
      byOffset.set(offsetBytes, records.length);
      records.push(found);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      problems.caught(error, offsetBytes);
    }
  }
  return { records, byOffset };
}
