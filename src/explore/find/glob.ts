/** Whether a name is meant by a pattern. */
export type Matcher = (name: string) => boolean;

/** One part of a pattern that stands for one character, or `*`. */
type Part = "star" | ((character: string) => boolean);

/**
 * A pattern of the shell as `find -name` takes it: `*`, `?`, `[a-z]`, `[!a-z]`, `[[:digit:]]`, `\` before a character that
 * is meant itself; at the end it makes the pattern fit nothing. `*` and `?` stand for a slash and a dot at the start too. Source: fnmatch(3) without flags; POSIX 2.14.
 * In time of the length of both at most: a name from an image cannot make it slow.
 */
export function parseGlob(pattern: string, ignoresCase = false): Matcher {
  const fold = (text: string): string => (ignoresCase ? text.toLowerCase() : text);
  const parts = partsOf(fold(pattern));
  return (name) => matches(parts, Array.from(fold(name)));
}

/** On a mismatch only the last star takes one character more: that is enough. */
function matches(parts: readonly Part[], name: readonly string[]): boolean {
  let [at, part] = [0, 0];
  let star: { readonly part: number; at: number } | null = null;
  while (at < name.length) {
    const current = parts[part];
    if (current === "star") {
      star = { part, at };
      part++;
    } else if (current?.(name[at] ?? "") === true) {
      at++;
      part++;
    } else if (star !== null) {
      star.at++;
      at = star.at;
      part = star.part + 1;
    } else return false;
  }
  return parts.slice(part).every((one) => one === "star");
}

function partsOf(pattern: string): readonly Part[] {
  const characters = Array.from(pattern);
  const parts: Part[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    if (character === "*") parts.push("star");
    else if (character === "?") parts.push(() => true);
    else if (character === "[") {
      const set = readSet(characters, at);
      parts.push(set?.part ?? is("["));
      at = set?.end ?? at;
    } else if (character === "\\") {
      at++;
      // At the end it stands before nothing, which no name has.
      parts.push(is(characters[at] ?? ""));
    } else parts.push(is(character));
  }
  return parts;
}

const is =
  (wanted: string) =>
  (character: string): boolean =>
    character === wanted;

/** Source: POSIX 9.3.5 in the C locale. */
const classes: Readonly<Record<string, RegExp>> = {
  alnum: /^[A-Za-z0-9]$/,
  alpha: /^[A-Za-z]$/,
  blank: /^[ \t]$/,
  digit: /^\d$/,
  lower: /^[a-z]$/,
  punct: /^[!-/:-@[-`{-~]$/,
  space: /^[ \t\n\v\f\r]$/,
  upper: /^[A-Z]$/,
  xdigit: /^[0-9A-Fa-f]$/,
};

/** The set whose `[` stands at `start`; null when no `]` ends it: then the bracket is meant itself. */
function readSet(
  characters: readonly string[],
  start: number,
): { readonly part: (character: string) => boolean; readonly end: number } | null {
  let at = start + 1;
  const isNegated = characters[at] === "!" || characters[at] === "^";
  if (isNegated) at++;
  const tests: ((character: string) => boolean)[] = [];
  for (let isFirst = true; at < characters.length; isFirst = false) {
    const character = characters[at] ?? "";
    if (character === "]" && !isFirst) {
      const part = (one: string): boolean => tests.some((test) => test(one)) !== isNegated;
      return { part, end: at };
    }
    const named = /^\[:(\w+):\]/.exec(characters.slice(at, at + 12).join(""));
    const known = classes[named?.[1] ?? ""];
    if (named !== null && known !== undefined) {
      tests.push((one) => known.test(one));
      at += named[0].length;
      continue;
    }
    if (character === "\\") at++;
    const low = characters[at] ?? "";
    const high = characters[at + 2];
    if (characters[at + 1] === "-" && high !== undefined && high !== "]") {
      tests.push((one) => isWithin(one, low, high));
      at += 3;
    } else {
      tests.push(is(low));
      at++;
    }
  }
  return null;
}

function isWithin(character: string, low: string, high: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return code >= (low.codePointAt(0) ?? 0) && code <= (high.codePointAt(0) ?? 0);
}
