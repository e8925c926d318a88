/** The three parts of a version of a Debian package, `[epoch:]upstream[-revision]`, each as it is written. */
export interface DebVersion {
  /** `0` where none is written. */
  readonly epoch: string;
  readonly upstream: string;
  /** `0` where none is written, which sorts the same. */
  readonly revision: string;
}

/** Source: deb-version(7); without the rule that upstream starts with a digit, which dpkg only warns about. */
const soundPattern = /^(?:[0-9]+:)?[A-Za-z0-9.+\-:~]+$/;

/**
 * Null where the text is no version: empty, not ASCII, a character that no version has, an empty upstream or revision.
 * Source: deb-version(7), dpkg lib/dpkg/parsehelp.c.
 */
export function parseDebVersion(text: string): DebVersion | null {
  if (!soundPattern.test(text)) return null;
  const version = splitVersion(text);
  const isSound = version.upstream !== "" && version.revision !== "" && /^\d+$/.test(version.epoch);
  return isSound ? version : null;
}

/**
 * Below 0 when `a` is the older version, above 0 when it is the newer one, 0 when they are the same (`1.0`, `0:1.00-0`).
 * Any two texts have an order; ask `parseDebVersion` where it matters that they are versions.
 * Source: deb-version(7), "Sorting algorithm".
 */
export function compareDebVersions(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [splitVersion(a), splitVersion(b)];
  return (
    compareParts(left.epoch, right.epoch) ||
    compareParts(left.upstream, right.upstream) ||
    compareParts(left.revision, right.revision)
  );
}

/** At the first `:` and the last `-`. */
function splitVersion(text: string): DebVersion {
  const colon = text.indexOf(":");
  const hyphen = text.lastIndexOf("-");
  const end = hyphen > colon ? hyphen : text.length;
  return {
    epoch: colon === -1 ? "0" : text.slice(0, colon),
    upstream: text.slice(colon + 1, end),
    revision: hyphen > colon ? text.slice(hyphen + 1) : "0",
  };
}

const [zero, nine, tilde] = [0x30, 0x39, 0x7e];

/** Runs of other characters and runs of digits in turns, each against its like. */
function compareParts(a: string, b: string): number {
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    while (isOther(a, i) || isOther(b, j)) {
      const order = weight(a, i++) - weight(b, j++);
      if (order !== 0) return order;
    }
    while (a.charCodeAt(i) === zero) i++;
    while (b.charCodeAt(j) === zero) j++;
    const [startA, startB] = [i, j];
    let order = 0;
    // The longer number is the larger one; of two alike the first digit that differs decides. Numbers have no upper bound.
    for (; isDigit(a, i) && isDigit(b, j); i++, j++) order ||= a.charCodeAt(i) - b.charCodeAt(j);
    while (isDigit(a, i)) i++;
    while (isDigit(b, j)) j++;
    order = i - startA - (j - startB) || order;
    if (order !== 0) return order;
  }
  return 0;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= zero && code <= nine;
}

function isOther(text: string, at: number): boolean {
  return at < text.length && !isDigit(text, at);
}

/** `~` before the end, the end (or a digit) before letters, letters before everything else. */
function weight(text: string, at: number): number {
  if (!isOther(text, at)) return 0;
  const code = text.charCodeAt(at);
  if (code === tilde) return -1;
  const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
  return isLetter ? code : code + 0x100;
}
