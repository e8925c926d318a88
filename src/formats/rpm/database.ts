import { defaultBudgets } from "../../model/budgets.ts";
import { FormatError } from "../format-error.ts";
import { PathBudget, type DatabaseBudgets } from "../path-budget.ts";
import type { RandomAccess } from "../random-access.ts";
import { ProblemLog, type Records } from "../record-problem.ts";
import { readTable } from "../sqlite/table.ts";
import { readBerkeley } from "./berkeley.ts";
import { isBerkeleyHash } from "./berkeley-pages.ts";
import type { HeaderBlob } from "./header-blob.ts";
import { isNdb, readNdb } from "./ndb.ts";
import { parseRpmPackage, type RpmPackage } from "./package.ts";

/**
 * Reads an rpm database of whatever kind, known by its content: `rpmdb.sqlite` package by package in the order of
 * their installation, `Packages.db` (ndb) and `Packages` (Berkeley DB) in the order of the file. A broken package loses
 * only itself and is logged. Throws FormatError for anything else.
 */
export function parseRpmDatabase(
  file: RandomAccess,
  limits: DatabaseBudgets = defaultBudgets,
): Records<RpmPackage> {
  const problems = new ProblemLog("rpm");
  const records = parseHeaderBlobs(openBlobs(file, problems), problems, limits);
  return { records, problems: problems.toArray() };
}

function openBlobs(file: RandomAccess, problems: ProblemLog): Iterable<HeaderBlob> {
  const head = Buffer.from(file.read(0, 16));
  if (head.toString("latin1").startsWith("SQLite format 3")) return readSqlite(file, problems);
  if (isNdb(head)) return readNdb(file, problems);
  if (isBerkeleyHash(head)) return readBerkeley(file, problems);
  throw new FormatError("rpm", "The file is no SQLite, ndb or Berkeley DB hash database", 0);
}

/** `CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)`. Source: rpm lib/backend/sqlite.cc. */
function* readSqlite(file: RandomAccess, problems: ProblemLog): Generator<HeaderBlob> {
  for (const { values, offsetBytes } of readTable(file, "Packages", problems)) {
    const blob = values[1];
    if (blob instanceof Uint8Array) yield { blob, offsetBytes };
    else problems.malformed("A row of Packages has no blob", offsetBytes);
  }
}

/** Those that are sound and are packages, in their order; what is passed over is logged. */
export function parseHeaderBlobs(
  blobs: Iterable<HeaderBlob>,
  problems: ProblemLog,
  limits: DatabaseBudgets = defaultBudgets,
): readonly RpmPackage[] {
  const budget = new PathBudget(problems, limits);
  const records: RpmPackage[] = [];
  for (const { blob, offsetBytes } of blobs) {
    if (problems.isFull(records.length, limits.packages)) break;
    try {
      const found = parseRpmPackage(blob, budget, problems);
      if (found !== null) records.push(found);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      problems.caught(error, offsetBytes);
    }
  }
  return records;
}
