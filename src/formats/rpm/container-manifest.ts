import { defaultBudgets } from "../../model/budgets.ts";
import type { DatabaseBudgets } from "../path-budget.ts";
import { quoteStart } from "../path-budget.ts";
import { ProblemLog, type Records } from "../record-problem.ts";
import { textLines } from "../text-lines.ts";
import type { RpmPackage } from "./package.ts";

/** What rpm prints for a tag that is not there. */
const absent = "(none)";
const columnCount = 10;

/**
 * Reads `container-manifest-2`, which distroless images of CBL-Mariner and Azure Linux have instead of a database, a
 * package a line in the order of the file, without its files. A line of another form is logged.
 *
 *     glibc\t2.35-6.cm2\t1706000000\t1705000000\tMicrosoft Corporation\t(none)\t11000000\tx86_64\t0\tglibc-2.35-6.cm2.src.rpm
 *
 * Name, version-release, times of installation and build, vendor, epoch, size, architecture, epoch as a number, source.
 * Source: https://github.com/microsoft/marinara.
 */
export function parseContainerManifest(
  bytes: Uint8Array,
  limits: DatabaseBudgets = defaultBudgets,
): Records<RpmPackage> {
  const problems = new ProblemLog("rpm");
  const records: RpmPackage[] = [];
  for (const { text, offsetBytes } of textLines(bytes)) {
    if (text === "") continue;
    if (problems.isFull(records.length, limits.packages)) break;
    const found = parseLine(text);
    if (found === null) problems.malformed(`Not a package: ${quoteStart(text)}`, offsetBytes);
    else if (found.name !== "gpg-pubkey") records.push(found);
  }
  return { records, problems: problems.toArray() };
}

function parseLine(text: string): RpmPackage | null {
  const columns = text.split("\t").map((column) => (column === absent ? "" : column));
  const [name, version, , , , epoch, size, architecture, epochNumber, sourceRpm] = columns;
  if (columns.length !== columnCount || !name || !version?.includes("-")) return null;
  const written = epoch || (epochNumber === "0" ? "" : epochNumber);
  if (written && !/^\d+$/.test(written)) return null;
  const installedBytes = size !== undefined && /^\d{1,15}$/.test(size) ? Number(size) : null;
  return {
    name,
    version: written ? `${written}:${version}` : version,
    architecture: architecture || null,
    sourceRpm: sourceRpm || null,
    ...(installedBytes !== null && { installedBytes }),
    files: [],
  };
}
