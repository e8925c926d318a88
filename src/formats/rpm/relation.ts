import { FormatError } from "../format-error.ts";
import { quoteStart } from "../path-budget.ts";

/** How the version of what is there must stand to the one that is named; `any` where none is named. */
export type RpmComparison = "any" | "<" | "<=" | "=" | ">=" | ">";

/** A name, a soname with markers or a path, and the versions of it that are meant: `x >= 1:2-3`. */
export interface RpmRelation {
  readonly kind: "relation";
  readonly name: string;
  readonly comparison: RpmComparison;
  /** `[epoch:]version[-release]`; empty where none is named. */
  readonly version: string;
}

/** What a package may ask for: a plain relation or a rich one. Source: rpm docs/manual/boolean_dependencies.md. */
export type RpmDependency =
  | RpmRelation
  /** `with` and `without`: one package that is all of the first and (not) the others. */
  | {
      readonly kind: "and" | "or" | "with" | "without";
      readonly parts: readonly RpmDependency[];
    }
  | {
      readonly kind: "if" | "unless";
      readonly then: RpmDependency;
      readonly condition: RpmDependency;
      readonly otherwise: RpmDependency | null;
    };

/** Longest relation that is read, in UTF-16 code units; sound ones stay below 4,096. */
const maxChars = 64 * 1024;
/** Parentheses in each other that are read. */
const maxLevels = 32;

const comparisons: ReadonlySet<string> = new Set(["<", "<=", "=", ">=", ">"]);
const isComparison = (text: string): text is RpmComparison => comparisons.has(text);
const operators: ReadonlySet<string> = new Set([
  "and",
  "or",
  "with",
  "without",
  "if",
  "unless",
  "else",
]);

/**
 * Reads one relation as `rpm -q --requires` writes it. Throws FormatError.
 *
 *     libc.so.6(GLIBC_2.34)(64bit)
 *     x >= 1:2-3
 *     (a if (b >= 2 or c) else d)
 *
 * Source: rpm lib/rpmds.c, rpmrichParse.
 */
export function parseRpmDependency(text: string): RpmDependency {
  if (text.length > maxChars) {
    throw new FormatError("rpm", `A relation of ${text.length} characters: ${quoteStart(text)}`);
  }
  if (!text.trimStart().startsWith("(")) return parsePlain(text);
  const reader = new RichReader(text);
  const dependency = reader.group(1);
  reader.expectEnd();
  return dependency;
}

/** The relation as it is written; rich ones with one space between words. */
export function formatRpmDependency(dependency: RpmDependency): string {
  switch (dependency.kind) {
    case "relation": {
      const { name, comparison, version } = dependency;
      return comparison === "any" ? name : `${name} ${comparison} ${version}`;
    }
    case "and":
    case "or":
    case "with":
    case "without":
      return `(${dependency.parts.map(formatRpmDependency).join(` ${dependency.kind} `)})`;
    case "if":
    case "unless": {
      const [then, condition] = [dependency.then, dependency.condition].map(formatRpmDependency);
      const { kind, otherwise } = dependency;
      const end = otherwise === null ? "" : ` else ${formatRpmDependency(otherwise)}`;
      return `(${then} ${kind} ${condition}${end})`;
    }
  }
}

function parsePlain(text: string): RpmRelation {
  const [name = "", comparison, version, ...rest] = text.trim().split(/\s+/);
  if (name === "") throw new FormatError("rpm", "A relation has no name");
  if (comparison === undefined) return { kind: "relation", name, comparison: "any", version: "" };
  if (!isComparison(comparison) || version === undefined || rest.length > 0) {
    throw new FormatError("rpm", `Not a relation: ${quoteStart(text)}`);
  }
  return { kind: "relation", name, comparison, version };
}

class RichReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  group(level: number): RpmDependency {
    if (level > maxLevels) this.#fail(`more than ${maxLevels} parentheses in each other`);
    this.#skipSpace();
    this.#at++;
    const first = this.#operand(level);
    const operator = this.#operator();
    if (operator === null) return first;
    switch (operator) {
      case "if":
      case "unless":
        return this.#conditional(operator, first, level);
      case "and":
      case "or":
      case "with":
      case "without":
        return this.#chain(operator, first, level);
    }
    return this.#fail(`"${operator}" stands where it means nothing`);
  }

  expectEnd(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail("there is more behind it");
  }

  #conditional(kind: "if" | "unless", then: RpmDependency, level: number): RpmDependency {
    const condition = this.#operand(level);
    const next = this.#operator();
    if (next === null) return { kind, then, condition, otherwise: null };
    if (next !== "else") this.#fail(`"${next}" behind "${kind}"`);
    const otherwise = this.#operand(level);
    if (this.#operator() !== null) this.#fail("a word behind the last part");
    return { kind, then, condition, otherwise };
  }

  #chain(
    kind: "and" | "or" | "with" | "without",
    first: RpmDependency,
    level: number,
  ): RpmDependency {
    const parts = [first];
    for (let next: string | null = kind; next !== null; next = this.#operator()) {
      if (next !== kind) this.#fail(`"${next}" and "${kind}" without parentheses between them`);
      parts.push(this.#operand(level));
    }
    return { kind, parts };
  }

  #operand(level: number): RpmDependency {
    this.#skipSpace();
    if (this.#text[this.#at] === "(") return this.group(level + 1);
    const name = this.#word();
    if (name === "") this.#fail("a name is missing");
    const before = this.#at;
    const comparison = this.#word();
    if (!isComparison(comparison)) {
      this.#at = before;
      return { kind: "relation", name, comparison: "any", version: "" };
    }
    const version = this.#word();
    if (version === "") this.#fail("a version is missing");
    return { kind: "relation", name, comparison, version };
  }

  /** The word between two parts; null at the end of the group, which is passed. */
  #operator(): string | null {
    this.#skipSpace();
    if (this.#text[this.#at] === ")") {
      this.#at++;
      return null;
    }
    const word = this.#word();
    if (!operators.has(word)) this.#fail("a word between two parts is missing");
    return word;
  }

  /** Up to a space or a parenthesis that the word did not open itself: names have some, too. */
  #word(): string {
    this.#skipSpace();
    const start = this.#at;
    let open = 0;
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text.charAt(this.#at);
      if (/\s/.test(character)) break;
      if (character === "(") open++;
      else if (character === ")" && open-- === 0) break;
    }
    return this.#text.slice(start, this.#at);
  }

  #skipSpace(): void {
    while (/\s/.test(this.#text.charAt(this.#at))) this.#at++;
  }

  #fail(reason: string): never {
    throw new FormatError("rpm", `${quoteStart(this.#text)}: ${reason}`, this.#at);
  }
}
