import { defaultBudgets } from "../../model/budgets.ts";
import { FormatError } from "../format-error.ts";
import { PathBudget, type DatabaseBudgets } from "../path-budget.ts";
import { ProblemLog, type Records } from "../record-problem.ts";
import { joinTable } from "../sqlite/joined-table.ts";
import type { SqliteLayout } from "../sqlite/layout.ts";
import type { SqliteLog } from "../sqlite/wal.ts";
import { packagesTable, withoutBlob } from "./database.ts";
import { parseRpmPackage, type RpmPackage } from "./package.ts";

/** A package after the log: as it was, by its index among those of the database, or as the log has it. */
export type JoinedPackage =
  | { readonly kind: "kept"; readonly index: number }
  | { readonly kind: "written"; readonly package: RpmPackage };

/**
 * The packages of `rpmdb.sqlite` after what its write-ahead log has, in the order of their installation. Null for a layout
 * is a database without packages. Throws FormatError when the two do not fit together.
 */
export function joinRpmDatabase(
  layout: SqliteLayout | null,
  log: SqliteLog,
  limits: DatabaseBudgets = defaultBudgets,
): Records<JoinedPackage> {
  const problems = new ProblemLog("rpm");
  const budget = new PathBudget(problems, limits);
  const records: JoinedPackage[] = [];
  for (const row of joinTable(layout, log, { table: packagesTable, problems })) {
    if (problems.isFull(records.length, limits.packages)) break;
    if (row.kind === "kept") {
      if (row.item !== null) records.push({ kind: "kept", index: row.item });
      continue;
    }
    const [, blob] = row.values;
    try {
      if (!(blob instanceof Uint8Array)) throw new FormatError("rpm", withoutBlob);
      const found = parseRpmPackage(blob, budget, problems);
      if (found !== null) records.push({ kind: "written", package: found });
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      problems.caught(error, null);
    }
  }
  return { records, problems: problems.toArray() };
}
