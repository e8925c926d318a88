import { disableChoice, othersOf } from "./choice-rules.ts";
import { makeRules, type Job, type RuleSet } from "./make-rules.ts";
import { orderCandidates, pruneCandidates } from "./policy.ts";
import type { Pool, Solvable } from "./pool.ts";
import { SatState, type Rule } from "./sat.ts";
import { isRecommended, isSuggested } from "./weak.ts";

/** What can be done, or the rules that exclude each other. */
export type Solution =
  | { readonly kind: "solved"; readonly there: readonly Solvable[] }
  | { readonly kind: "unsolvable"; readonly rules: readonly Rule[] }
  /** It was given up after `decisions` free choices. */
  | { readonly kind: "too-hard"; readonly decisions: number };

/** Free choices until it is given up; real requests need some hundreds. */
const maxDecisions = 10_000;

/**
 * The packages that are there when all jobs are done. What is asked for comes first, then what is installed stays, then
 * open relations are decided in the order of the rules, those without a choice first; where another choice would have done
 * without a package, it is made. Source: libsolv src/solver.c, solver_run_sat.
 */
export function solve(pool: Pool, jobs: readonly Job[]): Solution {
  return new Solver(pool, makeRules(pool, jobs)).run();
}

/** A choice among several that was made at `level`; `tried` of them were taken so far. */
interface Branch {
  readonly candidates: readonly Solvable[];
  readonly tried: Set<Solvable>;
  readonly level: number;
}

/** Rules that exclude each other at level 1. */
class Unsolvable extends Error {
  readonly rules: readonly Rule[];

  constructor(rules: readonly Rule[]) {
    super("Unsolvable");
    this.rules = rules;
  }
}

class TooHard extends Error {}

class Solver {
  readonly #pool: Pool;
  readonly #rules: Rule[];
  readonly #given: RuleSet;
  #state = new SatState();
  #level = 1;
  #branches: Branch[] = [];
  #decisions = 0;

  constructor(pool: Pool, given: RuleSet) {
    this.#pool = pool;
    this.#given = given;
    this.#rules = [...given.rules];
  }

  run(): Solution {
    for (;;) {
      try {
        this.#start();
        do {
          this.#decideAll();
          while (this.#giveUpChoices()) this.#decideAll();
        } while (this.#minimise());
        const there = this.#state.decided.filter((literal) => literal > 0);
        return { kind: "solved", there: there.map((id) => this.#pool.get(id)) };
      } catch (error) {
        if (error instanceof TooHard) return { kind: "too-hard", decisions: this.#decisions };
        if (!(error instanceof Unsolvable)) throw error;
        const weak = error.rules.filter(({ reason }) => reason.kind === "choice");
        const last = this.#rules.findLast((rule) => weak.includes(rule));
        if (last === undefined) return { kind: "unsolvable", rules: error.rules };
        disableChoice(last, this.#rules);
      }
    }
  }

  /** From the beginning, with what must be. Learnt rules go, too: they may rest on one that was given up. */
  #start(): void {
    this.#rules.splice(this.#given.rules.length);
    this.#state = new SatState();
    this.#level = 1;
    this.#branches = [];
    // Backwards, so that the first rules are looked at first.
    for (const rule of this.#rules.toReversed()) {
      const [first = 0, second = 0] = rule.literals;
      rule.watched = [first, second];
      this.#state.watch(rule);
    }
    for (const rule of this.#rules) {
      const [only, second] = rule.literals;
      if (second !== undefined || rule.isDisabled) continue;
      if (only === undefined || this.#state.isFalse(only)) this.#fail(rule);
      if (!this.#state.isTrue(only)) this.#state.decide(only, 1, rule);
    }
    const conflict = this.#state.propagate(1);
    if (conflict !== null) this.#fail(conflict);
  }

  #fail(rule: Rule): never {
    throw new Unsolvable(this.#state.involved(rule));
  }

  /** Each step begins again when a conflict took decisions back that it does not know. */
  #decideAll(): void {
    const steps = [
      () => this.#decideJobs(),
      () => this.#keepInstalled(),
      () => this.#decideRules(),
    ];
    for (let at = 0; at < steps.length;) {
      const before = this.#level;
      steps[at]?.();
      at = this.#level < before ? 0 : at + 1;
    }
  }

  #decideJobs(): void {
    const { jobs } = this.#given;
    for (let at = 0; at < jobs.length;) {
      const open = this.#open(jobs[at]);
      if (open === null) {
        at++;
        continue;
      }
      const installed = open.filter((one) => one.isInstalled);
      const before = this.#level;
      this.#choose(installed.length > 0 ? installed : open, true);
      at = this.#level > before ? at + 1 : 0;
    }
  }

  #keepInstalled(): void {
    const start = this.#level;
    for (const isSecondPass of [false, true]) {
      for (let at = 0; at < this.#pool.installed.length;) {
        const one = this.#pool.installed[at];
        const before = this.#level;
        const isTried = one !== undefined && this.#keep(one, isSecondPass);
        // What was asked for may be undecided again.
        if (this.#level < start) return;
        // What a conflict taught may leave this one undecided.
        if (this.#level < before) at = 0;
        else if (!isTried || this.#level > before) at++;
      }
    }
  }

  /** Whether there was something to decide. Those that cannot stay are replaced after all others were kept. */
  #keep(one: Solvable, isSecondPass: boolean): boolean {
    const level = this.#state.level(one.id);
    if (level === 0) this.#take(one);
    const open = level < 0 && isSecondPass ? this.#open(this.#given.keeps.get(one.id)) : null;
    if (open !== null) this.#choose(open, false);
    return level === 0 || open !== null;
  }

  /** Goes round until a whole round found nothing to decide; what leaves a choice is put off to the end. */
  #decideRules(): void {
    const start = this.#level;
    let isPatient = true;
    let postponed = -1;
    for (let at = 0, quiet = 0; ; at++, quiet++) {
      if (quiet >= this.#rules.length) {
        if (!isPatient || postponed === -1) return;
        isPatient = false;
        [at, quiet] = [postponed, 0];
      }
      if (at >= this.#rules.length) at = 0;
      const rule = this.#rules[at];
      const open = this.#open(rule);
      if (open === null) continue;
      const left = isPatient ? pruneCandidates(this.#pool, open, this.#state.decided) : open;
      if (left.length > 1 && isPatient) {
        if (postponed === -1) postponed = at;
        continue;
      }
      this.#choose(left, false);
      if (this.#level < start) return;
      quiet = -1;
    }
  }

  /** The undecided packages of a rule that asks for one of them; null where it asks for nothing (more). */
  #open(rule: Rule | undefined): readonly Solvable[] | null {
    if (rule === undefined || rule.isDisabled) return null;
    const open: Solvable[] = [];
    for (const literal of rule.literals) {
      if (literal < 0 ? !this.#state.isFalse(literal) : this.#state.isTrue(literal)) return null;
      if (literal > 0 && this.#state.level(literal) === 0) open.push(this.#pool.get(literal));
    }
    return open.length === 0 ? null : open;
  }

  #choose(open: readonly Solvable[], isJob: boolean): void {
    let ordered = orderCandidates(this.#pool, open, this.#state.decided);
    if (isJob && ordered.length > 1) {
      // The installed ones are not decided yet here, but what replaces one of them is near to what was meant.
      const near = ordered.filter((one) => this.#pool.replaced(one) !== null);
      ordered = this.#withFuture(near.length > 0 ? near : ordered);
    }
    const [first] = ordered;
    if (first === undefined) return;
    if (ordered.length > 1) {
      this.#branches.push({ candidates: ordered, tried: new Set([first]), level: this.#level });
    }
    this.#take(first);
  }

  /** The order when all that is installed and not decided stays. */
  #withFuture(ordered: readonly Solvable[]): readonly Solvable[] {
    const staying = this.#pool.installed.filter(({ id }) => this.#state.level(id) === 0);
    const future = [...this.#state.decided, ...staying.map(({ id }) => id)];
    const [suggested, recommended] = [isSuggested, isRecommended].map((make) =>
      make(this.#pool, future),
    );
    return [suggested, recommended].reduce(
      (all, isGood) => [
        ...all.filter((one) => one.isInstalled || isGood?.(one) === true),
        ...all.filter((one) => !one.isInstalled && isGood?.(one) !== true),
      ],
      ordered,
    );
  }

  /** Decides freely that a package is there; learns from the conflicts that follow. */
  #take(solvable: Solvable): void {
    if (++this.#decisions > maxDecisions) throw new TooHard();
    this.#level++;
    this.#state.decide(solvable.id, this.#level, null);
    for (;;) {
      const conflict = this.#state.propagate(this.#level);
      if (conflict === null) return;
      if (this.#level === 1) this.#fail(conflict);
      const { rule, level } = this.#state.analyze(conflict, this.#level);
      this.#revert(level);
      this.#rules.push(rule);
      this.#state.watch(rule);
      this.#state.decide(rule.literals[0] ?? 0, level, rule);
    }
  }

  #revert(level: number): void {
    this.#level = level;
    this.#state.revert(level);
    while ((this.#branches.at(-1)?.level ?? -1) >= level) this.#branches.pop();
  }

  /**
   * A weak rule is in the way of what it stands for when one of the packages that it would not have is there: it is given up,
   * and all begins again. Source: libsolv, solver_check_unneeded_choicerules.
   */
  #giveUpChoices(): boolean {
    let isAny = false;
    for (const rule of this.#rules) {
      if (rule.reason.kind !== "choice" || rule.isDisabled) continue;
      const others = othersOf(rule);
      if (!others.some((id) => this.#state.level(id) > 0)) continue;
      disableChoice(rule, this.#rules);
      isAny = true;
    }
    if (isAny) this.#start();
    return isAny;
  }

  /**
   * Takes back the last choice where another one of its candidates came in later all the same, or is recommended and the
   * taken one is not; false when there is none.
   */
  #minimise(): boolean {
    const recommended = isRecommended(this.#pool, this.#state.decided);
    let found: { readonly branch: Branch; readonly other: Solvable } | null = null;
    for (const branch of this.#branches) {
      const { candidates, tried, level } = branch;
      const untried = candidates.filter((one) => !tried.has(one));
      const later = untried.find((one) => this.#state.level(one.id) > level);
      const current = candidates.find(
        (one) => tried.has(one) && this.#state.level(one.id) === level + 1,
      );
      const isReplaceable =
        current !== undefined && !recommended(current) && this.#pool.replaced(current) === null;
      const other = later ?? (isReplaceable ? untried.find(recommended) : undefined);
      // The earliest counts: going on from the last one, the original overwrites what it found.
      if (other !== undefined && found === null) found = { branch, other };
    }
    if (found === null) return false;
    const { branch, other } = found;
    branch.tried.add(other);
    const kept = this.#branches.slice(0, this.#branches.indexOf(branch) + 1);
    this.#revert(branch.level);
    this.#branches = kept;
    this.#take(other);
    return true;
  }
}
