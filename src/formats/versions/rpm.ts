/** The three parts of `[epoch:]version[-release]`, each as it is written. */
export interface RpmVersion {
  /** Digits; `0` where none is written. */
  readonly epoch: string;
  readonly version: string;
  /** Null where none is written, as in most relations. */
  readonly release: string | null;
}

/** What a tool prints for a tag that is not there, `rpm -q --qf "%{EPOCH}:%{VERSION}"`. */
const noEpoch = "(none):";

/**
 * Splits any text: an epoch is the digits before a colon at the start, the release what follows the last `-`.
 * Source: rpm rpmio/rpmver.cc, rpmverParse.
 */
export function parseRpmVersion(text: string): RpmVersion {
  const written = text.startsWith(noEpoch) ? text.slice(noEpoch.length) : text;
  const epoch = /^(\d*):/.exec(written)?.[1];
  const rest = epoch === undefined ? written : written.slice(epoch.length + 1);
  const hyphen = rest.lastIndexOf("-");
  return {
    epoch: epoch || "0",
    version: hyphen === -1 ? rest : rest.slice(0, hyphen),
    release: hyphen === -1 ? null : rest.slice(hyphen + 1),
  };
}

/**
 * Below 0 when `a` is the older version, above 0 when it is the newer one, 0 when they are the same (`1.0`, `0:1_00`).
 * Any two texts have an order. One without a release comes before any with one: it is an order for sorting; where a
 * relation has no release, rpm does not look at that of the package either, see `overlapsRpmRange`.
 * Source: rpm rpmio/rpmver.cc, rpmverCmp.
 */
export function compareRpmVersions(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [parseRpmVersion(a), parseRpmVersion(b)];
  return compareUpToVersion(left, right) || compareReleases(left.release, right.release);
}

/** One version, or all on one side of it. */
export interface RpmRange {
  readonly operator: "<" | "<=" | "=" | ">=" | ">";
  readonly version: string;
}

/**
 * Whether what one package provides and what another asks for have a version in common; null is any version. Where only
 * one has a release, the release says nothing as long as the other has `=`: `1` meets `1-2`, `>= 1` meets it, `> 1` does not.
 * Source: rpm rpmio/rpmver.cc, rpmverOverlap; lib/rpmds.cc, rpmdsCompare.
 */
export function overlapsRpmRange(a: RpmRange | null, b: RpmRange | null): boolean {
  if (a === null || b === null) return true;
  const [left, right] = [parseRpmVersion(a.version), parseRpmVersion(b.version)];
  let order = compareUpToVersion(left, right);
  if (order === 0 && left.release && right.release) {
    order = compareRpmParts(left.release, right.release);
  } else if (order === 0) {
    if (left.release && b.operator.includes("=")) return true;
    if (right.release && a.operator.includes("=")) return true;
  }
  if (order < 0) return a.operator.includes(">") || b.operator.includes("<");
  if (order > 0) return a.operator.includes("<") || b.operator.includes(">");
  return ["<", "=", ">"].some((sign) => a.operator.includes(sign) && b.operator.includes(sign));
}

function compareUpToVersion(a: RpmVersion, b: RpmVersion): number {
  return compareRpmParts(a.epoch, b.epoch) || compareRpmParts(a.version, b.version);
}

function compareReleases(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  return compareRpmParts(a, b);
}

const [zero, nine, tilde, caret] = [0x30, 0x39, 0x7e, 0x5e];

/**
 * The order of a version alone, or of a release alone: runs of digits and runs of letters, whatever stands between
 * them; `~` before everything, also the end; `^` after the end and before everything else.
 * Source: rpm rpmio/rpmvercmp.cc, rpmvercmp.
 */
export function compareRpmParts(a: string, b: string): number {
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    while (isSeparator(a, i)) i++;
    while (isSeparator(b, j)) j++;
    const order = weight(a, i) - weight(b, j);
    if (order !== 0) return order;
    const code = a.charCodeAt(i);
    if (code === tilde || code === caret) {
      i++;
      j++;
      continue;
    }
    const isNumber = isDigit(a, i);
    const [endA, endB] = [endOfRun(a, i, isNumber), endOfRun(b, j, isNumber)];
    const runs = compareRuns(a.slice(i, endA), b.slice(j, endB), isNumber);
    if (runs !== 0) return runs;
    [i, j] = [endA, endB];
  }
  return 0;
}

/** Two numbers, which have no upper bound, or two words by their bytes. */
function compareRuns(a: string, b: string, isNumber: boolean): number {
  const [left, right] = isNumber ? [withoutZeros(a), withoutZeros(b)] : [a, b];
  if (isNumber && left.length !== right.length) return left.length - right.length;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function withoutZeros(digits: string): string {
  let at = 0;
  while (digits.charCodeAt(at) === zero) at++;
  return digits.slice(at);
}

function endOfRun(text: string, start: number, isNumber: boolean): number {
  let end = start;
  while (isNumber ? isDigit(text, end) : isLetter(text, end)) end++;
  return end;
}

/** What comes first where two texts part: `~`, the end, `^`, a word, a number. */
function weight(text: string, at: number): number {
  if (at >= text.length) return 1;
  const code = text.charCodeAt(at);
  if (code === tilde) return 0;
  if (code === caret) return 2;
  return isDigit(text, at) ? 4 : 3;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= zero && code <= nine;
}

function isLetter(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

function isSeparator(text: string, at: number): boolean {
  if (at >= text.length || isDigit(text, at) || isLetter(text, at)) return false;
  const code = text.charCodeAt(at);
  return code !== tilde && code !== caret;
}
