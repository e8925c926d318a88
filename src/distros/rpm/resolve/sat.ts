import type { Clause } from "./clauses.ts";

/** Why a rule is there. `package` and `with` are numbers of packages, `relation` as the package writes it. */
export type RuleReason =
  | {
      readonly kind: "requires" | "conflicts" | "obsoletes";
      readonly package: number;
      readonly relation: string;
    }
  /** Two versions of one package. */
  | { readonly kind: "same-name"; readonly package: number; readonly with: number }
  /** What it asks for cannot be read. */
  | { readonly kind: "broken"; readonly package: number }
  /** What was asked for. */
  | { readonly kind: "asked"; readonly name: string }
  /** What is installed stays or is replaced by another version of itself. */
  | { readonly kind: "keep"; readonly package: number }
  /** A better architecture of the same package is there. */
  | { readonly kind: "architecture"; readonly package: number }
  /** Weak: for `of`, rather what is near to the installed system than something new. */
  | { readonly kind: "choice"; readonly of: Rule }
  | { readonly kind: "learnt"; readonly from: readonly Rule[] };

/** One of its literals must hold. */
export interface Rule {
  readonly literals: Clause;
  readonly reason: RuleReason;
  isDisabled: boolean;
  /** The two literals that are watched; 0 where there is only one. */
  watched: [number, number];
}

export function makeRule(literals: Clause, reason: RuleReason): Rule {
  const [first = 0, second = 0] = literals;
  return { literals, reason, isDisabled: false, watched: [first, second] };
}

/**
 * Which packages are decided, at which level and why. Level 1 is what must be; each free decision opens a level of its own.
 * Propagation by two watched literals, learning from conflicts as in libsolv src/solver.c (propagate, analyze, revert).
 */
export class SatState {
  readonly #levels = new Map<number, number>();
  readonly #trail: { readonly literal: number; readonly why: Rule | null }[] = [];
  readonly #watches = new Map<number, Rule[]>();
  readonly #literals: number[] = [];
  #propagated = 0;

  /** Literals in the order of decisions; the list changes with them. */
  get decided(): readonly number[] {
    return this.#literals;
  }

  /** 0 when it is undecided, above 0 when the package is to be there, below when it is not to be. */
  level(id: number): number {
    return this.#levels.get(id) ?? 0;
  }

  isTrue(literal: number): boolean {
    return literal > 0 ? this.level(literal) > 0 : this.level(-literal) < 0;
  }

  isFalse(literal: number): boolean {
    return literal !== 0 && this.isTrue(-literal);
  }

  watch(rule: Rule): void {
    for (const literal of rule.watched) if (literal !== 0) this.#watch(literal, rule);
  }

  decide(literal: number, level: number, why: Rule | null): void {
    this.#levels.set(Math.abs(literal), literal > 0 ? level : -level);
    this.#trail.push({ literal, why });
    this.#literals.push(literal);
  }

  /** Undoes all decisions above the level. */
  revert(level: number): void {
    for (let last = this.#trail.at(-1); last !== undefined; last = this.#trail.at(-1)) {
      const id = Math.abs(last.literal);
      if (Math.abs(this.level(id)) <= level) break;
      this.#levels.delete(id);
      this.#trail.pop();
      this.#literals.pop();
    }
    this.#propagated = Math.min(this.#propagated, this.#trail.length);
  }

  /** Decides what follows from the decisions so far; the rule that cannot hold any more, or null. */
  propagate(level: number): Rule | null {
    for (;;) {
      const next = this.#trail[this.#propagated];
      if (next === undefined) return null;
      this.#propagated++;
      const conflict = this.#propagateFalse(-next.literal, level);
      if (conflict !== null) return conflict;
    }
  }

  #propagateFalse(literal: number, level: number): Rule | null {
    const rules = this.#watches.get(literal);
    if (rules === undefined) return null;
    let conflict: Rule | null = null;
    // From the end, where the newest are, as in the original's linked lists; those that stay keep their order.
    const kept: Rule[] = [];
    for (let index = rules.length - 1; index >= 0; index--) {
      const rule = rules[index];
      if (rule === undefined) continue;
      if (conflict !== null || !this.#moveWatch(rule, literal)) kept.push(rule);
      if (conflict !== null || rule.isDisabled || !rule.watched.includes(literal)) continue;
      const other = rule.watched[0] === literal ? rule.watched[1] : rule.watched[0];
      if (this.isTrue(other)) continue;
      if (other === 0 || this.isFalse(other)) conflict = rule;
      else this.decide(other, level, rule);
    }
    this.#watches.set(literal, kept.reverse());
    return conflict;
  }

  /** Whether another literal is watched from now on. */
  #moveWatch(rule: Rule, literal: number): boolean {
    if (rule.isDisabled) return false;
    const place = rule.watched[0] === literal ? 0 : 1;
    const other = rule.watched[1 - place] ?? 0;
    if (this.isTrue(other)) return false;
    const found = rule.literals.find(
      (one) => one !== other && one !== literal && !this.isFalse(one),
    );
    if (found === undefined) return false;
    rule.watched[place] = found;
    this.#watch(found, rule);
    return true;
  }

  #watch(literal: number, rule: Rule): void {
    const rules = this.#watches.get(literal);
    if (rules === undefined) this.#watches.set(literal, [rule]);
    else rules.push(rule);
  }

  /**
   * The rule that a conflict at a level above 1 teaches: its first literal is the one to decide, at the level that is
   * returned; all others are false there.
   */
  analyze(conflict: Rule, level: number): { readonly rule: Rule; readonly level: number } {
    const from: Rule[] = [];
    const seen = new Set<number>();
    const others: number[] = [];
    let [rule, open, backLevel, index]: [Rule, number, number, number] = [
      conflict,
      0,
      1,
      this.#trail.length,
    ];
    for (;;) {
      from.push(rule);
      for (const literal of rule.literals) {
        const id = Math.abs(literal);
        if (this.isTrue(literal) || seen.has(id)) continue;
        seen.add(id);
        const at = Math.abs(this.level(id));
        if (at === level) open++;
        else if (at > 1) {
          others.push(literal);
          backLevel = Math.max(backLevel, at);
        }
      }
      let decision = this.#trail[--index];
      while (decision !== undefined && !this.#isOpen(decision.literal, level, seen)) {
        decision = this.#trail[--index];
      }
      if (decision === undefined) throw new Error("A conflict without a decision");
      if (--open === 0) {
        const literals = [-decision.literal, ...others];
        const learnt = makeRule(literals, { kind: "learnt", from });
        const highest = others.find((one) => Math.abs(this.level(Math.abs(one))) === backLevel);
        learnt.watched = [-decision.literal, highest ?? 0];
        return { rule: learnt, level: backLevel };
      }
      if (decision.why === null) throw new Error("A free decision before the last of its level");
      rule = decision.why;
    }
  }

  #isOpen(literal: number, level: number, seen: ReadonlySet<number>): boolean {
    const id = Math.abs(literal);
    return seen.has(id) && Math.abs(this.level(id)) === level;
  }

  /** All rules that together make this one impossible at level 1, learnt ones by those they come from. */
  involved(conflict: Rule): readonly Rule[] {
    const whys = new Map(this.#trail.map(({ literal, why }) => [Math.abs(literal), why]));
    const all = new Set<Rule>();
    const waiting = [conflict];
    for (let rule = waiting.pop(); rule !== undefined; rule = waiting.pop()) {
      if (all.has(rule)) continue;
      all.add(rule);
      if (rule.reason.kind === "learnt") waiting.push(...rule.reason.from);
      for (const literal of rule.literals) {
        const why = whys.get(Math.abs(literal));
        if (why !== null && why !== undefined) waiting.push(why);
      }
    }
    return [...all].filter(({ reason }) => reason.kind !== "learnt");
  }
}
