import { defaultBudgets } from "../../model/budgets.ts";
import { quoteStart, type DatabaseBudgets } from "../path-budget.ts";
import { ProblemLog, type Records } from "../record-problem.ts";
import { textLines } from "../text-lines.ts";

/** Files at `from` of every package but `by` are put at `to` instead. `by` is null for one made by hand. */
export interface Diversion {
  readonly from: string;
  readonly to: string;
  readonly by: string | null;
}

/**
 * Reads /var/lib/dpkg/diversions, three lines each:
 *
 *     /lib64/ld-linux-x86-64.so.2
 *     /lib64/ld-linux-x86-64.so.2.usr-is-merged
 *     libc6
 *
 * The third is `:` when the administrator made it. Nothing shows where a diversion begins, so that what follows a
 * broken one is lost too, and logged. Source: dpkg lib/dpkg/db-fsys-divert.c.
 */
export function parseDpkgDiversions(
  bytes: Uint8Array,
  { packages }: Pick<DatabaseBudgets, "packages"> = defaultBudgets,
): Records<Diversion> {
  const problems = new ProblemLog("dpkg");
  const records: Diversion[] = [];
  let pending: string[] = [];
  for (const { text, offsetBytes } of textLines(bytes)) {
    if (pending.length < 2 ? !text.startsWith("/") : text === "") {
      problems.malformed(`A diversion breaks off at ${quoteStart(text)}`, offsetBytes);
      return { records, problems: problems.toArray() };
    }
    if (pending.length === 0 && problems.isFull(records.length, packages)) break;
    pending.push(text);
    const [from, to, by] = pending;
    if (from === undefined || to === undefined || by === undefined) continue;
    records.push({ from, to, by: by === ":" ? null : by });
    pending = [];
  }
  if (pending.length > 0) problems.malformed("The last diversion is cut short", bytes.byteLength);
  return { records, problems: problems.toArray() };
}
