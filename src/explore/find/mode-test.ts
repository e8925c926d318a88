const allBits = 0o7777;

/** Bits of each letter: for the user, the group, the others. */
const letters: Readonly<Record<string, number>> = {
  r: 0o444,
  w: 0o222,
  x: 0o111,
  s: 0o6000,
  t: 0o1000,
};
/** The bits that a clause for somebody may touch; the sticky bit is everybody's. */
const reaches: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o0007, a: allBits };

/**
 * `MODE` is exactly these bits, `-MODE` all of them, `/MODE` any of them (and everything for none). MODE is octal or
 * symbolic: `u=rwx,g+s`. Null when the text has another form. Source: find(1), -perm.
 */
export function parseModeTest(text: string): ((mode: number) => boolean) | null {
  const sign = /^[-/]/.exec(text)?.[0] ?? "";
  const wanted = parseMode(text.slice(sign.length));
  if (wanted === null) return null;
  return (mode) => {
    const bits = mode & allBits;
    if (sign === "-") return (bits & wanted) === wanted;
    return sign === "/" ? wanted === 0 || (bits & wanted) !== 0 : bits === wanted;
  };
}

function parseMode(text: string): number | null {
  if (/^[0-7]{1,4}$/.test(text)) return parseInt(text, 8);
  let mode = 0;
  for (const clause of text.split(",")) {
    const [, who = "", action = "", what = ""] = /^([ugoa]*)([+=-])([rwxst]*)$/.exec(clause) ?? [];
    if (action === "") return null;
    const reach = Array.from(who === "" ? "a" : who).reduce(
      (bits, one) => bits | (reaches[one] ?? 0),
      0,
    );
    // The sticky bit belongs to nobody in particular.
    const sticky = what.includes("t") ? 0o1000 : 0;
    const bits =
      Array.from(what).reduce((sum, one) => sum | (letters[one] ?? 0), 0) & (reach | sticky);
    mode = action === "-" ? mode & ~bits : (action === "=" ? mode & ~reach : mode) | bits;
  }
  return mode;
}
