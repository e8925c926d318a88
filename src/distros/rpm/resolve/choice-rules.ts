import type { Pool, Solvable } from "./pool.ts";
import { makeRule, type Rule } from "./sat.ts";

/**
 * Where something new would satisfy a relation as well as an installed package or a newer version of it, the latter is
 * taken. Source: libsolv src/rules.c, solver_addchoicerules.
 */
export function choiceRules(
  pool: Pool,
  rules: readonly Rule[],
  keeps: ReadonlyMap<number, Rule>,
): readonly Rule[] {
  const choices: Rule[] = [];
  for (const rule of rules) {
    const { literals } = rule;
    const wanted = literals.filter((literal) => literal > 0);
    if (wanted.length < 2 || wanted.length === literals.length) continue;
    const pairs = wanted.map((id) => ({ id, replaced: pool.replaced(pool.get(id)) }));
    const near = pairs.filter(
      ({ id, replaced }) => replaced !== null && isLegal(pool, id, replaced),
    );
    const isNew = pairs.some(({ replaced }) => replaced === null);
    if (!isNew || near.length === 0) continue;
    const isAllUpdates = near.every(({ replaced }) =>
      (keeps.get(replaced?.id ?? 0)?.literals ?? []).every((id) => wanted.includes(id)),
    );
    if (isAllUpdates) continue;
    const denied = literals.filter((literal) => literal < 0);
    choices.push(makeRule([...denied, ...near.map(({ id }) => id)], { kind: "choice", of: rule }));
  }
  return choices;
}

/** Not another architecture. */
function isLegal(pool: Pool, id: number, replaced: Solvable): boolean {
  const { architecture } = pool.get(id);
  const all = [architecture, replaced.architecture];
  return architecture === replaced.architecture || all.includes("noarch");
}

/** What the rule behind a weak one would also take. */
export function othersOf({ reason, literals }: Rule): readonly number[] {
  if (reason.kind !== "choice") return [];
  return reason.of.literals.filter((literal) => literal > 0 && !literals.includes(literal));
}

/** With all others that have one of the same packages in their way. Source: libsolv, solver_disablechoicerules. */
export function disableChoice(rule: Rule, rules: readonly Rule[]): void {
  const others = new Set(othersOf(rule));
  rule.isDisabled = true;
  for (const other of rules) {
    const { reason } = other;
    if (reason.kind === "choice" && reason.of.literals.some((id) => others.has(id))) {
      other.isDisabled = true;
    }
  }
}
