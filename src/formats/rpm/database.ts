import { defaultBudgets } from "../../model/budgets.ts";
import { FormatError } from "../format-error.ts";
import { PathBudget, type DatabaseBudgets } from "../path-budget.ts";
import type { RandomAccess } from "../random-access.ts";
import { ProblemLog, type Records } from "../record-problem.ts";
import { readTable } from "../sqlite/table.ts";
import { parseRpmPackage, type RpmPackage } from "./package.ts";

/** Magic number of a Berkeley DB hash table, at byte 12 in the byte order of its machine. Source: db/src/dbinc/db_page.h. */
const berkeleyHashMagic = 0x0006_1561;

/**
 * Reads an rpm database of whatever kind, known by its content: `rpmdb.sqlite` package by package, in the order of
 * their installation. `Packages.db` (ndb) and `Packages` (Berkeley DB) are recognised and come back as `unsupported`.
 * A broken package loses only itself and is logged. Throws FormatError for anything else.
 */
export function parseRpmDatabase(
  file: RandomAccess,
  limits: DatabaseBudgets = defaultBudgets,
): Records<RpmPackage> {
  const head = Buffer.from(file.read(0, 16));
  const problems = new ProblemLog("rpm");
  if (head.toString("latin1").startsWith("SQLite format 3"))
    return readSqlite(file, problems, limits);
  if (head.toString("latin1", 0, 4) === "RpmP") {
    problems.add({ kind: "unsupported", reason: "rpm's ndb database is not read yet" });
  } else if (isBerkeleyHash(head)) {
    problems.add({ kind: "unsupported", reason: "rpm's Berkeley DB database is not read yet" });
  } else {
    throw new FormatError("rpm", "The file is no SQLite, ndb or Berkeley DB hash database", 0);
  }
  return { records: [], problems: problems.toArray() };
}

function isBerkeleyHash(head: Buffer): boolean {
  if (head.length < 16) return false;
  return head.readUInt32LE(12) === berkeleyHashMagic || head.readUInt32BE(12) === berkeleyHashMagic;
}

/** `CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)`. Source: rpm lib/backend/sqlite.c. */
function readSqlite(
  file: RandomAccess,
  problems: ProblemLog,
  limits: DatabaseBudgets,
): Records<RpmPackage> {
  const budget = new PathBudget(problems, limits);
  const records: RpmPackage[] = [];
  for (const { values, offsetBytes } of readTable(file, "Packages", problems)) {
    if (problems.isFull(records.length, limits.packages)) break;
    const blob = values[1];
    if (!(blob instanceof Uint8Array)) {
      problems.malformed("A row of Packages has no blob", offsetBytes);
      continue;
    }
    try {
      const found = parseRpmPackage(blob, budget);
      if (found !== null) records.push(found);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      problems.caught(error, offsetBytes);
    }
  }
  return { records, problems: problems.toArray() };
}
