import type { PackageProblem } from "../../../model/answer.ts";
import type { Pool } from "./pool.ts";
import type { Rule } from "./sat.ts";

/**
 * Rules that exclude each other, in words of packages: what nothing provides if that is among them, else what excludes
 * what, else what was left without a way to satisfy it. Each once, sorted.
 */
export function toProblems(pool: Pool, rules: readonly Rule[]): readonly PackageProblem[] {
  const missing = rules.filter((rule) => rule.literals.length === 1);
  const all = [...unsatisfied(pool, missing)];
  if (all.length === 0) all.push(...rules.flatMap((rule) => conflicts(pool, rule)));
  if (all.length === 0) all.push(...unsatisfied(pool, rules));
  const distinct = new Map(all.map((problem) => [JSON.stringify(problem), problem]));
  return [...distinct.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

function unsatisfied(pool: Pool, rules: readonly Rule[]): readonly PackageProblem[] {
  return rules.flatMap(({ reason }): readonly PackageProblem[] => {
    switch (reason.kind) {
      case "requires": {
        const { name } = pool.get(reason.package);
        return [{ kind: "unsatisfied", package: name, relation: reason.relation }];
      }
      case "broken": {
        const { name } = pool.get(reason.package);
        const [what, failure] = [name, "What it asks for cannot be read"];
        return [
          {
            kind: "not-read",
            package: name,
            failure: {
              kind: "malformed",
              what,
              where: null,
              format: "rpm",
              reason: failure,
              offsetBytes: null,
            },
          },
        ];
      }
      case "conflicts":
      case "obsoletes":
      case "same-name":
      case "asked":
      case "keep":
      case "architecture":
      case "choice":
      case "learnt":
        return [];
    }
  });
}

function conflicts(pool: Pool, { reason, literals }: Rule): readonly PackageProblem[] {
  switch (reason.kind) {
    case "conflicts":
    case "obsoletes": {
      const other = literals.find((literal) => literal < 0 && literal !== -reason.package);
      return [
        {
          kind: "conflict",
          package: pool.get(reason.package).name,
          with: other === undefined ? reason.relation : pool.get(-other).name,
          relation: reason.relation,
        },
      ];
    }
    case "same-name": {
      const [one, other] = [pool.get(reason.package), pool.get(reason.with)];
      const relation = `${other.name} = ${other.version}`;
      return [{ kind: "conflict", package: one.name, with: other.name, relation }];
    }
    case "requires":
    case "broken":
    case "asked":
    case "keep":
    case "architecture":
    case "choice":
    case "learnt":
      return [];
  }
}
