import { quoteStart } from "../path-budget.ts";
import { parseDebVersion } from "../versions/deb.ts";

/** `<<` and `>>` are strictly earlier and later. */
export type VersionOperator = "<<" | "<=" | "=" | ">=" | ">>";

/** One package that a relation names. */
export interface RelationTarget {
  readonly name: string;
  /** `any`, or an architecture; null where none is written. */
  readonly architecture: string | null;
  readonly condition: {
    readonly operator: VersionOperator;
    readonly version: string;
  } | null;
}

/** Packages of which one is enough. */
export interface Relation {
  /** As it is written, without the blanks around it. */
  readonly text: string;
  /** At least one; in the order of preference. */
  readonly alternatives: readonly RelationTarget[];
}

/** A relation that was passed over, or a part of one. */
export interface RelationProblem {
  /** Its start, as it is written. */
  readonly relation: string;
  readonly reason: string;
}

export interface Relations {
  readonly relations: readonly Relation[];
  readonly problems: readonly RelationProblem[];
}

/** Longest field that is read. The longest of Debian have some 30,000 characters. */
export const maxFieldLength = 1024 * 1024;

/**
 * Reads a field of relations (Depends, Pre-Depends, Conflicts, Breaks, Provides, Replaces …):
 *
 *     libc6 (>= 2.34), default-mta | mail-transport-agent, python3:any
 *
 * A broken relation loses only itself. Architectures and build profiles (`[amd64]`, `<!nocheck>`) have no meaning in a package that
 * was built: they are passed over and named, the relation is kept. `<` and `>` mean `<=` and `>=`.
 * Source: deb-control(5), deb-src-control(5), debian-policy 7.1, apt-pkg/deb/deblistparser.cc ConvertRelation.
 */
export function parseRelations(text: string): Relations {
  if (text.length > maxFieldLength) {
    const reason = `The field has ${text.length} characters, more than ${maxFieldLength}`;
    return { relations: [], problems: [{ relation: quoteStart(text), reason }] };
  }
  const relations: Relation[] = [];
  const problems: RelationProblem[] = [];
  for (const written of text.split(",")) {
    const relation = written.trim();
    // A comma at the end, or two in a row, is common and means nothing.
    if (relation === "") continue;
    const targets = relation.split("|").map((target) => new TargetScanner(target).read());
    const alternatives = targets.flatMap((found) => (found.ok ? [found.target] : []));
    const reason = targets.find((found) => !found.ok)?.reason ?? null;
    if (reason !== null) problems.push({ relation: quoteStart(relation), reason });
    else relations.push({ text: relation, alternatives });
    if (reason === null && targets.some((found) => found.ok && found.isLimited)) {
      const limited = "Its limit to architectures or build profiles is passed over";
      problems.push({ relation: quoteStart(relation), reason: limited });
    }
  }
  return { relations, problems };
}

type Scanned =
  | { readonly ok: true; readonly target: RelationTarget; readonly isLimited: boolean }
  | { readonly ok: false; readonly reason: string };

const operators: ReadonlyMap<string, VersionOperator> = new Map([
  ["<<", "<<"],
  ["<=", "<="],
  ["<", "<="],
  ["=", "="],
  [">=", ">="],
  [">", ">="],
  [">>", ">>"],
]);
const namePattern = /[a-zA-Z0-9][a-zA-Z0-9+.\-_]*/y;
const architecturePattern = /:[a-z0-9][a-z0-9-]*/y;
const operatorPattern = /[<=>]{1,2}/y;
const versionPattern = /[A-Za-z0-9.+\-:~]+/y;
const blankPattern = /\s*/y;
const limitPattern = /\[[^\]]*\]|<[^>]*>/y;

/** Goes over one target once, from left to right. */
class TargetScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Scanned {
    this.#take(blankPattern);
    const name = this.#take(namePattern);
    if (name === "") return refused("It has no proper package name");
    const architecture = this.#take(architecturePattern).slice(1);
    this.#take(blankPattern);
    let condition: RelationTarget["condition"] = null;
    if (this.#text[this.#at] === "(") {
      this.#at++;
      condition = this.#readCondition();
      if (condition === null) return refused("It has no proper condition on the version");
    }
    this.#take(blankPattern);
    const isLimited = this.#skipLimits();
    if (this.#at < this.#text.length) {
      return refused(`It goes on with ${quoteStart(this.#text.slice(this.#at))}`);
    }
    const target = { name, architecture: architecture || null, condition };
    return { ok: true, target, isLimited };
  }

  #readCondition(): RelationTarget["condition"] {
    this.#take(blankPattern);
    const operator = operators.get(this.#take(operatorPattern));
    this.#take(blankPattern);
    const version = this.#take(versionPattern);
    this.#take(blankPattern);
    if (operator === undefined || this.#text[this.#at++] !== ")") return null;
    return parseDebVersion(version) === null ? null : { operator, version };
  }

  #skipLimits(): boolean {
    const start = this.#at;
    while (this.#take(limitPattern) !== "") this.#take(blankPattern);
    return this.#at > start;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }
}

function refused(reason: string): Scanned {
  return { ok: false, reason };
}
