import { quoteStart } from "../path-budget.ts";
import type { ProblemLog } from "../record-problem.ts";
import { textLines } from "../text-lines.ts";

/** One paragraph of a control file. Names of fields are in lower case; only those that were asked for are kept. */
export interface Stanza {
  readonly fields: ReadonlyMap<string, string>;
  /** Of its first line, from the start of the file. */
  readonly offsetBytes: number;
}

/** A name has no blank, control character or colon and does not begin with `#` or `-`. Source: deb822(5). */
const namePattern = /^[!"$-,.-9;-~][!-9;-~]*$/;

/**
 * Reads the paragraphs of a control file:
 *
 *     Package: libc6
 *     Status: install ok installed
 *     Description: GNU C Library: Shared libraries
 *      Contains the standard libraries …
 *
 * Only fields in `wanted` (lower case) are kept; lines that go on with a value are joined by a newline, without the blanks around
 * them. A line that is no field is logged and passed over, its paragraph is kept. Of a field that comes twice the first counts; a
 * second `Package` begins a new paragraph (the empty line between was lost). Source: deb822(5), dpkg lib/dpkg/parse.c.
 */
export function* parseStanzas(
  bytes: Uint8Array,
  wanted: ReadonlySet<string>,
  problems: ProblemLog,
): Generator<Stanza> {
  let fields = new Map<string, string>();
  let startBytes: number | null = null;
  /** The field whose value may still go on; null where it is not kept. */
  let openKey: string | null = null;
  for (const { text, offsetBytes } of textLines(bytes)) {
    if (text === "") {
      openKey = null;
      if (startBytes !== null) yield { fields, offsetBytes: startBytes };
      [fields, startBytes] = [new Map<string, string>(), null];
      continue;
    }
    if (startBytes !== null && (text.startsWith(" ") || text.startsWith("\t"))) {
      const rest = text.trim();
      if (openKey !== null && rest !== "") fields.set(openKey, `${fields.get(openKey)}\n${rest}`);
      continue;
    }
    if (text.trim() === "" || text.startsWith("#")) continue;
    openKey = null;
    const colon = text.indexOf(":");
    const name = text.slice(0, Math.max(colon, 0)).trimEnd();
    if (!namePattern.test(name)) {
      problems.malformed(`A line is no "Field: value": ${quoteStart(text)}`, offsetBytes);
      startBytes ??= offsetBytes;
      continue;
    }
    const key = name.toLowerCase();
    if (key === "package" && startBytes !== null && fields.has(key)) {
      yield { fields, offsetBytes: startBytes };
      [fields, startBytes] = [new Map<string, string>(), null];
    }
    startBytes ??= offsetBytes;
    if (!wanted.has(key)) continue;
    if (fields.has(key)) {
      problems.malformed(`A paragraph has two "${name}" fields`, offsetBytes);
      continue;
    }
    fields.set(key, text.slice(colon + 1).trim());
    openKey = key;
  }
  if (startBytes !== null) yield { fields, offsetBytes: startBytes };
}
