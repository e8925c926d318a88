/** Longest name that is printed; the middle of a longer one is left out. Characters. */
const maxNameCharacters = 160;

/**
 * What moves a cursor, changes a title, hides or reorders text: control, format and line separator characters, private
 * use and lone surrogates. Source: Unicode general categories Cc, Cf, Zl, Zp, Co, Cs.
 */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;

/**
 * A name from an image, safe to print: what is no plain character is shown as `\x1b` or `\u{202e}`, and a name that is
 * too long loses its middle. What is left has no line end.
 */
export function clean(text: string, maxCharacters: number = maxNameCharacters): string {
  // Cut first: a name of a megabyte is not worth a megabyte of escapes. The result is cut again at the end.
  return shorten(shorten(text, maxCharacters).replace(unprintable, escapeOf), maxCharacters);
}

/** Text of many lines that this program made, with names of others in it: line ends stay, the rest as `clean` does. */
export function cleanLines(text: string): string {
  return text
    .split("\n")
    .map((line) => line.replace(unprintable, escapeOf))
    .join("\n");
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const short = { 9: "\\t", 10: "\\n", 13: "\\r" }[code];
  if (short !== undefined) return short;
  // A byte of a name that is no UTF-8, see `decodeName`.
  const isByte = code >= 0xdc80 && code <= 0xdcff;
  const hex = (isByte ? code & 0xff : code).toString(16);
  return code < 0x100 || isByte ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`;
}

/** Leaves out the middle: both the folder and the name at the end of a path tell something. */
export function shorten(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  const characters = Array.from(text);
  if (characters.length <= maxCharacters) return text;
  if (maxCharacters <= 1) return "…".slice(0, maxCharacters);
  const tail = Math.ceil((maxCharacters - 1) * 0.6);
  const head = maxCharacters - 1 - tail;
  return `${characters.slice(0, head).join("")}…${characters.slice(characters.length - tail).join("")}`;
}

/** Cells that a terminal gives to the text. Wide: East Asian wide and emoji; none: combining marks. Source: UAX #11. */
export function cellsOf(text: string): number {
  let cells = 0;
  for (const character of text) {
    if (/\p{Mn}|\p{Me}/u.test(character)) continue;
    cells += wide.test(character) ? 2 : 1;
  }
  return cells;
}

const wide =
  /[\u{1100}-\u{115f}\u{2e80}-\u{303e}\u{3041}-\u{a4cf}\u{ac00}-\u{d7a3}\u{f900}-\u{faff}\u{fe30}-\u{fe6f}\u{ff00}-\u{ff60}\u{ffe0}-\u{ffe6}\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
