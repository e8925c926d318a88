/** What is known of the system that a script finds. */
export interface TestWorld {
  /** True when something is at the path for certain, false when nothing is, null when that is not known. */
  exists(path: string): boolean | null;
}

const fileTests = new Set(["-e", "-f", "-r", "-s", "-x", "-d", "-h", "-L"]);

/**
 * What `test` (or `[`, without its bracket) says of these words; null where a word or the answer is not known. `-a` and `-o` bind as
 * dash has it. Source: POSIX test.
 */
export function evaluateTest(words: readonly (string | null)[], world: TestWorld): boolean | null {
  const or = words.indexOf("-o");
  if (or > 0 && words.length > 3) {
    return either(
      evaluateTest(words.slice(0, or), world),
      evaluateTest(words.slice(or + 1), world),
    );
  }
  const and = words.indexOf("-a");
  if (and > 0 && words.length > 3) {
    return both(
      evaluateTest(words.slice(0, and), world),
      evaluateTest(words.slice(and + 1), world),
    );
  }
  const [first, second, third] = words;
  if (words.length > 1 && first === "!") return not(evaluateTest(words.slice(1), world));
  if (words.length === 0) return false;
  if (words.length === 1) return first === null ? null : first !== "";
  if (words.length === 2) return evaluateUnary(first, second, world);
  if (words.length > 3 || first === null || third === null) return null;
  if (second === "=" || second === "==") return first === third;
  return second === "!=" ? first !== third : null;
}

function evaluateUnary(
  operator: string | null | undefined,
  word: string | null | undefined,
  world: TestWorld,
): boolean | null {
  if (typeof operator !== "string" || typeof word !== "string") return null;
  if (operator === "-n") return word !== "";
  if (operator === "-z") return word === "";
  return fileTests.has(operator) ? (word === "" ? false : world.exists(word)) : null;
}

export const not = (value: boolean | null): boolean | null => (value === null ? null : !value);

export function both(a: boolean | null, b: boolean | null): boolean | null {
  if (a === false || b === false) return false;
  return a === null || b === null ? null : true;
}

export function either(a: boolean | null, b: boolean | null): boolean | null {
  return not(both(not(a), not(b)));
}

/**
 * The arguments of `dpkg --compare-versions` where the first version may be empty, as at a first installation: it is earlier than any,
 * or, for operators with `-nl`, later. Null for two versions. Source: dpkg(1).
 */
export function compareWithNothing(args: readonly (string | null)[]): boolean | null {
  const [, version, operator, other] = args;
  if (version !== "" || typeof operator !== "string" || typeof other !== "string") return null;
  if (other === "") return null;
  const isLater = operator.endsWith("-nl");
  if (/^(?:lt|le|lt-nl|le-nl|<<|<=|<)$/.test(operator)) return !isLater;
  if (/^(?:gt|ge|gt-nl|ge-nl|>>|>=|>)$/.test(operator)) return isLater;
  return operator === "eq" || operator === "=" ? false : operator === "ne" ? true : null;
}
