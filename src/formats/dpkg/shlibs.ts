import { quoteStart } from "../path-budget.ts";
import { ProblemLog, type Records } from "../record-problem.ts";
import { textLines } from "../text-lines.ts";

/** What a package that links to a library has to depend on. */
export interface LibraryDependency {
  /** Of another kind of package: `udeb`; null for ordinary ones. */
  readonly type: string | null;
  /** `libpq`, of `libpq.so.5` or `libpq-5.so`. */
  readonly name: string;
  /** `5`. */
  readonly version: string;
  /** As in Depends; may be empty. */
  readonly depends: string;
}

/**
 * Reads the `shlibs` file of a package:
 *
 *     libpq 5 libpq5
 *     udeb: libpq 5 libpq5-udeb (>= 15)
 *
 * In order; a broken line loses only itself. Source: deb-shlibs(5).
 */
export function parseShlibs(bytes: Uint8Array): Records<LibraryDependency> {
  const problems = new ProblemLog("shlibs");
  const records: LibraryDependency[] = [];
  for (const { text, offsetBytes } of textLines(bytes)) {
    const line = text.trim();
    if (line === "" || line.startsWith("#")) continue;
    const [first = "", ...others] = line.split(/\s+/);
    const type = first.endsWith(":") ? first.slice(0, -1) : null;
    const [name, version, ...depends] = type === null ? [first, ...others] : others;
    if (name === undefined || version === undefined) {
      problems.malformed(
        `A line is no "library version dependency": ${quoteStart(line)}`,
        offsetBytes,
      );
      continue;
    }
    records.push({ type, name, version, depends: depends.join(" ") });
  }
  return { records, problems: problems.toArray() };
}
