/** One `path-exclude` or `path-include`; of those that match a path the last counts. */
export interface PathRule {
  readonly isExcluded: boolean;
  readonly pattern: string;
}

/**
 * Reads the filters of dpkg.cfg, in order; other options are passed over:
 *
 *     path-exclude /usr/share/doc/*
 *     path-include=/usr/share/doc/[a-z]?*
 *
 * Source: dpkg(1), --path-exclude; dpkg.cfg(5).
 */
export function parsePathRules(text: string): readonly PathRule[] {
  return text.split("\n").flatMap((line) => {
    const [, kind, pattern] = /^\s*path-(exclude|include)[\s=]+(\S.*?)\s*$/.exec(line) ?? [];
    if (kind === undefined || pattern === undefined) return [];
    return [{ isExcluded: kind === "exclude", pattern: pattern.replace(/^(["'])(.*)\1$/, "$2") }];
  });
}

/** Whether dpkg leaves out a file of a package. A directory, or a link, stays where a later `include` may hold something in it. */
export function isLeftOut(path: string, type: string, rules: readonly PathRule[]): boolean {
  let isOut = false;
  for (const { isExcluded, pattern } of rules) if (matches(pattern, path)) isOut = isExcluded;
  if (!isOut || (type !== "directory" && type !== "symlink")) return isOut;
  return !rules.some(({ isExcluded, pattern }) => {
    const [plain = ""] = pattern.split(/[*?[\\]/);
    const fixed = plain.replace(/\/$/, "");
    return !isExcluded && (fixed.startsWith(path) || path.startsWith(fixed));
  });
}

/** `*` and `?` go over slashes too, a leading dot is nothing special: fnmatch(3) without flags. Takes time of both lengths at most. */
function matches(pattern: string, path: string): boolean {
  let [at, from] = [0, 0];
  let star: { readonly at: number; from: number } | null = null;
  while (from < path.length) {
    const step = at < pattern.length && pattern[at] !== "*" ? matchOne(pattern, at, path[from]) : 0;
    if (step > 0) [at, from] = [at + step, from + 1];
    else if (pattern[at] === "*") [star, at] = [{ at, from }, at + 1];
    else if (star === null) return false;
    else [at, from] = [star.at + 1, ++star.from];
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}

/** How many characters of the pattern the character takes; 0 where it does not match. */
function matchOne(pattern: string, at: number, char: string | undefined): number {
  const one = pattern[at];
  if (one === "?") return 1;
  if (one === "\\") return pattern[at + 1] === char ? 2 : 0;
  if (one !== "[") return one === char ? 1 : 0;
  const end = pattern.indexOf("]", at + 2);
  if (end < 0) return char === "[" ? 1 : 0;
  const written = pattern.slice(at + 1, end);
  const isNegated = /^[!^]/.test(written);
  return isInSet(isNegated ? written.slice(1) : written, char ?? "") === isNegated
    ? 0
    : end + 1 - at;
}

function isInSet(set: string, char: string): boolean {
  for (let at = 0; at < set.length; at++) {
    const [first = "", dash, last = ""] = set.slice(at, at + 3);
    if (dash === "-" && last !== "") {
      if (char >= first && char <= last) return true;
      at += 2;
    } else if (char === first) return true;
  }
  return false;
}
