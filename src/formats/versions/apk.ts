/** One part of a version, in the order in which the kinds may follow each other; the later kind is the older version. */
type Kind = "first" | "number" | "letter" | "suffix" | "suffix-number" | "hash" | "revision" | End;
type End = "end" | "invalid";

/** `text` without its mark: `.`, `_`, `~`, `-r`. */
interface Part {
  readonly kind: Kind;
  readonly text: string;
}

const kindRanks: Readonly<Record<Kind, number>> = {
  first: 0,
  number: 1,
  letter: 2,
  suffix: 3,
  "suffix-number": 4,
  hash: 5,
  revision: 6,
  end: 7,
  invalid: 8,
};

/** Below 0 sorts before the version without a suffix. Source: apk-tools src/version.c; apk-package(5). */
const suffixRanks: ReadonlyMap<string, number> = new Map([
  ["alpha", -4],
  ["beta", -3],
  ["pre", -2],
  ["rc", -1],
  ["cvs", 1],
  ["svn", 2],
  ["git", 3],
  ["hg", 4],
  ["p", 5],
]);

/** What may come after each kind. */
const followers: Readonly<Record<Exclude<Kind, End>, readonly Kind[]>> = {
  first: ["number", "letter", "suffix", "hash", "revision"],
  number: ["number", "letter", "suffix", "hash", "revision"],
  // A number only in apk 2; Alpine has had such versions (sudo 1.8.28p1).
  letter: ["number", "suffix", "hash", "revision"],
  suffix: ["suffix", "suffix-number", "hash", "revision"],
  "suffix-number": ["suffix", "hash", "revision"],
  hash: ["revision"],
  revision: [],
};

const patterns: readonly (readonly [Exclude<Kind, End>, RegExp])[] = [
  ["number", /\.(\d+)/y],
  ["letter", /([a-z])/y],
  ["suffix", /_([a-z]+)/y],
  ["suffix-number", /(\d+)/y],
  ["hash", /~([0-9a-f]+)/y],
  ["revision", /-r(\d+)/y],
];

/**
 * Whether the text is a version of an apk package: `1.2.3b_rc1~4f2a-r0`, without an epoch. `generation` is that of apk-tools: 2
 * lets a number follow the letter, 3 does not; without one it is what either takes.
 * Source: apk-package(5), "version"; apk-tools src/version.c.
 */
export function isApkVersion(text: string, generation: 2 | 3 = 2): boolean {
  const parts = readParts(text);
  if (parts.at(-1)?.kind !== "end") return false;
  const isNew = (part: Part, at: number): boolean =>
    part.kind !== "letter" || parts[at + 1]?.kind !== "number";
  return generation === 2 || parts.every(isNew);
}

/**
 * Below 0 when `a` is the older version, above 0 when it is the newer one, 0 when they are the same. Texts that are no
 * versions are compared as far as they look like one; ask `isApkVersion` where that matters.
 * Source: apk-tools 3 src/version.c; apk-tools 2 differs for numbers that start with zeros.
 */
export function compareApkVersions(a: string, b: string): number {
  return a === b ? 0 : compareParts(readParts(a), readParts(b));
}

/** Whether `version` is `prefix` or begins with its parts: `1.2.3-r0` does with `1.2`, `1.20` does not. */
export function startsWithApkVersion(version: string, prefix: string): boolean {
  const [parts, wanted] = [readParts(version), readParts(prefix)];
  if (wanted.at(-1)?.kind !== "end") return compareParts(parts, wanted) === 0;
  const cut = wanted.slice(0, -1);
  return cut.every((part, index) => {
    const found = parts[index];
    return found?.kind === part.kind && comparePart(found, part) === 0;
  });
}

function compareParts(left: readonly Part[], right: readonly Part[]): number {
  for (let index = 0; ; index++) {
    const [a, b] = [left[index], right[index]];
    if (a === undefined || b === undefined) return 0;
    if (a.kind !== b.kind) return compareKinds(a, b);
    const order = comparePart(a, b);
    if (order !== 0) return order;
  }
}

/** Of two that are alike so far the one that goes on is the newer, unless it goes on as something that comes before a release. */
function compareKinds(a: Part, b: Part): number {
  if (a.kind === "suffix" && rankOf(a) < 0) return -1;
  if (b.kind === "suffix" && rankOf(b) < 0) return 1;
  return kindRanks[b.kind] - kindRanks[a.kind];
}

function comparePart(a: Part, b: Part): number {
  switch (a.kind) {
    case "number":
      // Behind a zero the digits are those of a fraction: 1.09 comes before 1.1.
      return a.text.startsWith("0") || b.text.startsWith("0")
        ? compareTexts(a.text, b.text)
        : compareNumbers(a.text, b.text);
    case "first":
    case "suffix-number":
    case "revision":
      return compareNumbers(a.text, b.text);
    case "suffix":
      return rankOf(a) - rankOf(b);
    case "letter":
    case "hash":
      return compareTexts(a.text, b.text);
    case "end":
    case "invalid":
      return 0;
  }
}

function rankOf(suffix: Part): number {
  return suffixRanks.get(suffix.text) ?? 0;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Numbers have no upper bound. */
function compareNumbers(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
  return left.length - right.length || compareTexts(left, right);
}

/** The last part is `end`, or `invalid` where the text stops being a version. */
function readParts(text: string): readonly Part[] {
  const digits = /^\d+/.exec(text)?.[0];
  if (digits === undefined) return [{ kind: "invalid", text: "" }];
  const parts: Part[] = [{ kind: "first", text: digits }];
  let kind: Exclude<Kind, End> = "first";
  for (let offset = digits.length; offset < text.length;) {
    const next = readPart(text, offset, kind);
    if (next === null || !followers[kind].includes(next.kind)) {
      return [...parts, { kind: "invalid", text: "" }];
    }
    parts.push(next);
    kind = next.kind;
    offset = next.end;
  }
  return [...parts, { kind: "end", text: "" }];
}

function readPart(
  text: string,
  offset: number,
  before: Kind,
): (Part & { readonly kind: Exclude<Kind, End>; readonly end: number }) | null {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = offset;
    const found = pattern.exec(text)?.[1];
    if (found === undefined) continue;
    if (kind === "suffix" && !suffixRanks.has(found)) return null;
    if (kind === "number" && before === "letter") return null;
    const isNumber = kind === "suffix-number" && before === "letter";
    return { kind: isNumber ? "number" : kind, text: found, end: pattern.lastIndex };
  }
  return null;
}
