import type { Candidate, CheckAnswer, Choice, ChooseAnswer, Recipe } from "../model/answer.ts";
import type { BaseInfo } from "../model/base.ts";
import type { Coverage } from "../model/coverage.ts";
import type { Digest } from "../model/digest.ts";
import type { Failure } from "../model/failure.ts";
import type { Finding, FindingSubject } from "../model/finding.ts";
import type { Need } from "../model/need.ts";

/**
 * The JSON document of an answer: keys in the order of the model, two spaces, a line end at the end. The values are
 * untouched; what a terminal would obey is written as `\u001b` inside the strings. Schema: schema/<verb>@1.json.
 */
export function renderJson(answer: ChooseAnswer | CheckAnswer): string {
  const { schema, tool, asOf, platforms, targets, needs, candidates, data } = answer;
  const ordered = targets.map((target) =>
    first(["reference", "origin", "kind", "platform", "base", "addedPackages", "app"], target),
  );
  const common = {
    schema,
    tool,
    asOf,
    platforms,
    // Of the first platform: most questions are about one.
    target: ordered[0] ?? null,
    targets: ordered,
    needs: needs.map(orderNeed),
    candidates: candidates.map(orderCandidate),
  };
  const choices =
    answer.schema === "fromage/choose@1"
      ? { choices: answer.choices.map(orderChoice), choice: orderChoice(answer.choice) }
      : {};
  const coverage = orderCoverage(answer.coverage);
  const failures = answer.failures.map(orderFailure);
  return writeJson({ ...common, ...choices, data, coverage, failures });
}

/** Writes a document as all of them are written. */
export function writeJson(document: object): string {
  return `${JSON.stringify(document, null, 2).replace(unsafe, escapeOf)}\n`;
}

/** Not escaped by JSON itself, and obeyed by terminals. All of them can only stand inside strings. */
const unsafe = /[\u007f-\u009f\p{Cf}\u2028\u2029]/gu;

function escapeOf(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    const unit = character.charCodeAt(at).toString(16).padStart(4, "0");
    return `\\u${unit}`;
  }).join("");
}

/** The named keys in that order, then all others as they come: nothing is left out. */
export function first<Value extends object>(
  keys: readonly (keyof Value & string)[],
  value: Value,
): object {
  const named = new Set<string>(keys);
  const entries = Object.entries(value);
  const ordered = keys.flatMap((key) => entries.filter(([name]) => name === key));
  return Object.fromEntries([...ordered, ...entries.filter(([name]) => !named.has(name))]);
}

function orderNeed(need: Need): object {
  const { certainty, evidence, ...subject } = need;
  return { ...first(["kind"], subject), certainty, evidence };
}

function orderCandidate(candidate: Candidate): object {
  const { base, recipe, findings } = candidate;
  const ordered = {
    ...candidate,
    base: orderBase(base),
    recipe: orderRecipe(recipe),
    findings: findings.map(orderFinding),
    sizes: first(
      ["baseCompressedBytes", "baseUnpackedBytes", "resultCompressedBytes", "resultUnpackedBytes"],
      candidate.sizes,
    ),
  };
  return first(
    [
      "base",
      "platform",
      "strategy",
      "asIs",
      "verdict",
      "recipe",
      "packageSearch",
      "findings",
      "sizes",
      "support",
      "isPresent",
    ],
    ordered,
  );
}

function orderBase(base: BaseInfo): object {
  const measurement = first(["kind", "digest", "date", "source"], base.measurement);
  // What a `FROM` may be pinned to.
  const { digest } = base.measurement;
  const whole: BaseInfo & { readonly digest: Digest | null } = { ...base, digest };
  return first(
    [
      "id",
      "reference",
      "digest",
      "platform",
      "measurement",
      "compressedBytes",
      "unpackedBytes",
      "distro",
      "libc",
      "shell",
      "packageManager",
      "user",
      "packages",
      "cpuLevel",
      "support",
    ],
    { ...whole, measurement },
  );
}

function orderRecipe(recipe: Recipe | null): object | null {
  if (recipe === null) return null;
  const findings = recipe.findings.map(orderFinding);
  const copies = recipe.copies.map((copy) =>
    first(["from", "to", "sizeBytes", "provides", "package"], copy),
  );
  return first(["copies", "packages", "packageStep", "env", "findings"], {
    ...recipe,
    copies,
    findings,
  });
}

function orderChoice(choice: Choice | null): object | null {
  if (choice === null) return null;
  const ordered = { ...choice, base: orderBase(choice.base), recipe: orderRecipe(choice.recipe) };
  return first(["base", "platform", "strategy", "verdict", "recipe", "why", "dockerfile"], ordered);
}

function orderFinding(finding: Finding): object {
  const { code, severity, phase, program, evidence, ...own } = finding;
  return { code, severity, phase, program, ...own, evidence };
}

/** A problem of a start, which has no program and evidence of its own. */
export function orderProblem(
  severity: string,
  phase: string,
  { code, ...own }: FindingSubject,
): object {
  return { code, severity, phase, ...own };
}

export function orderFailure(failure: Failure): object {
  return first(["kind", "what", "where"], failure);
}

function orderCoverage(coverage: Coverage): object {
  if (coverage.state !== "partial") return first(["state"], coverage);
  return { state: coverage.state, failures: coverage.failures.map(orderFailure) };
}
