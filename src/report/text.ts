import type { Candidate, CheckAnswer, Choice, ChooseAnswer } from "../model/answer.ts";
import { count, firstFew, formatBytes } from "./amounts.ts";
import { baseSentence, explainBase } from "./base-words.ts";
import { candidateTable, verdictWords } from "./candidate-table.ts";
import { clean, cleanLines } from "./clean.ts";
import { explainCandidate, recipeSteps } from "./explain.ts";
import { describeFailure } from "./failure-words.ts";
import { paint, wrap, type TextOptions } from "./layout.ts";
import { needLines } from "./needs-text.ts";
import { firstCause, groupByReason, whyNotChosen, type ReasonGroup } from "./reasons.ts";

/** Lines shorter than this hold no table. */
const minColumns = 40;
/** Entries of a list that are printed without --explain. */
const maxEntries = 8;

/** The answer of `choose` or `check` for people. Ends in a line end. */
export function renderAnswer(answer: ChooseAnswer | CheckAnswer, options: TextOptions): string {
  return answer.schema === "fromage/choose@1"
    ? renderChoose(answer, options)
    : renderCheck(answer, options);
}

/** Which bases it runs on, which one to take and why, why the smaller ones were not taken, and what was not looked at. */
export function renderChoose(answer: ChooseAnswer, options: TextOptions): string {
  const isSeveral = answer.platforms.length > 1;
  const platforms = answer.platforms.map((platform, index) => {
    const candidates = candidatesOf(answer, platform);
    const choice = answer.choices[index] ?? null;
    return [
      ...heading(answer, platform, options),
      ...candidateTable(candidates, fitted(options)),
      "",
      ...choiceLines(choice, candidates, options),
      ...rejectedLines(choice, candidates, options),
    ];
  });
  const { choice } = answer;
  const together = !isSeveral
    ? []
    : [
        [
          "For all platforms:",
          ...choiceLines(choice, candidatesOf(answer, choice?.platform ?? ""), options),
        ],
      ];
  return toText([
    headerLines(answer, options),
    ...platforms,
    ...together,
    ...dockerfileBlocks(choice, options),
    ...(options.explain ? answer.candidates.map((one) => explainCandidate(one, options)) : []),
    unreadLines(answer, options),
  ]);
}

/** Whether it runs on each base, and where not, why and what to do. */
export function renderCheck(answer: CheckAnswer, options: TextOptions): string {
  const platforms = answer.platforms.map((platform) => {
    const candidates = candidatesOf(answer, platform);
    return [
      ...heading(answer, platform, options),
      ...candidateTable(candidates, fitted(options)),
      "",
      ...checkedLines(candidates, options),
    ];
  });
  return toText([
    headerLines(answer, options),
    ...platforms,
    ...(options.explain ? answer.candidates.map((one) => explainCandidate(one, options)) : []),
    unreadLines(answer, options),
  ]);
}

type Answer = ChooseAnswer | CheckAnswer;

function candidatesOf({ candidates }: Answer, platform: string): readonly Candidate[] {
  return candidates.filter((candidate) => candidate.platform === platform);
}

function fitted(options: TextOptions): TextOptions {
  return { ...options, columns: Math.max(options.columns, minColumns) };
}

function headerLines(answer: Answer, options: TextOptions): readonly string[] {
  const { targets, needs, asOf } = answer;
  const targetLines = targets.flatMap((target) => {
    const { reference, origin, kind, platform, app } = target;
    const from = origin === undefined ? "" : ` from ${clean(origin)}`;
    const what = `${clean(reference)}${from} (${kind}, ${platform})`;
    const size = `${count(app.files, "file")}, ${formatBytes(app.unpackedBytes)}`;
    const programs = firstFew(
      app.programs.map((program) => clean(program)),
      3,
    );
    const stands = baseSentence(target);
    const evidence = options.explain ? explainBase(target).map((line) => `    ${line}`) : [];
    const base = [...(stands === null ? [] : [`  ${stands}`]), ...evidence];
    return [`${what}: ${size}, starts ${programs}`, ...base];
  });
  const needed = needLines(needs, options.explain ? needs.length : 5);
  return [
    ...targetLines.flatMap((line) => wrap(line, options.columns, "")),
    ...(needed.length === 0 ? ["no need was found"] : []),
    ...needed.flatMap((line) => wrap(line, options.columns, "  ")),
    `support judged as of ${clean(asOf)}`,
  ];
}

function heading(answer: Answer, platform: string, { color }: TextOptions): readonly string[] {
  return answer.platforms.length > 1 ? [paint(`${clean(platform)}:`, "strong", color)] : [];
}

function choiceLines(
  choice: Choice | null,
  candidates: readonly Candidate[],
  options: TextOptions,
): readonly string[] {
  if (choice === null) return [paint("Choice: none, nothing fits", "bad", options.color)];
  const chosen = candidates.find((candidate) => isChosen(candidate, choice));
  const verdict = chosen === undefined ? choice.verdict : verdictWords(chosen);
  const name = clean(choice.base.reference ?? choice.base.id);
  const style = choice.verdict === "runs" ? "good" : "doubtful";
  const running = candidates.filter((candidate) => candidate.verdict === "runs").length;
  const why =
    choice.why === "smallest"
      ? `the best of ${running} that ${running === 1 ? "runs" : "run"}: supported first, then small`
      : "nothing runs for certain; this one is not refuted";
  const cause = chosen === undefined ? null : firstCause(chosen);
  return [
    paint(`Choice: ${name} (${verdict})`, style, options.color),
    ...wrap(why, options.columns, "  "),
    ...(chosen?.isPresent === true ? ["  it is the base of today: nothing has to change"] : []),
    ...(cause === null || chosen === undefined
      ? []
      : groupByReason([chosen]).flatMap(({ reason }) => wrap(reason, options.columns, "  "))),
    ...shownSteps(choice.recipe, options),
  ];
}

function shownSteps(recipe: Choice["recipe"], options: TextOptions): readonly string[] {
  if (recipe === null) return [];
  const steps = recipeSteps(recipe);
  const shown = options.explain ? steps : steps.slice(0, maxEntries);
  const more = steps.length - shown.length;
  return [
    ...shown.flatMap((step) => wrap(`+ ${step}`, options.columns, "  ")),
    ...(more > 0 ? [`  + ${count(more, "more step")} (--explain)`] : []),
  ];
}

function isChosen({ base, platform }: Candidate, choice: Choice): boolean {
  return base.id === choice.base.id && platform === choice.platform;
}

/** Those that are smaller than what was chosen; all where nothing was. */
function rejectedLines(
  choice: Choice | null,
  candidates: readonly Candidate[],
  options: TextOptions,
): readonly string[] {
  const chosen = choice === null ? null : candidates.find((one) => isChosen(one, choice));
  const limit = chosen?.sizes.resultUnpackedBytes ?? Number.POSITIVE_INFINITY;
  const smaller = candidates.filter(
    (candidate) => candidate !== chosen && candidate.sizes.resultUnpackedBytes < limit,
  );
  const groups = groupByReason(
    smaller,
    chosen === null || chosen === undefined ? undefined : (one) => whyNotChosen(one, chosen),
  );
  if (groups.length === 0) return [];
  return [
    "",
    choice === null ? "Rejected:" : "Smaller, and rejected:",
    ...groups.flatMap((group) =>
      wrap(`${groupNames(group, options)}: ${group.reason}`, options.columns, "  "),
    ),
  ];
}

/** Recipes, then for all that do not run for certain the first cause and its fix. */
function checkedLines(candidates: readonly Candidate[], options: TextOptions): readonly string[] {
  const recipes = candidates.flatMap(({ base, recipe }) => {
    const steps = shownSteps(recipe, options);
    return steps.length === 0 ? [] : [`${clean(base.id)} with this recipe:`, ...steps];
  });
  const doubtful = candidates.filter(({ verdict }) => verdict !== "runs");
  const causes = groupByReason(doubtful).flatMap((group) => [
    ...wrap(`${groupNames(group, options)}: ${group.reason}`, options.columns, ""),
    ...(group.fix === null ? [] : wrap(`fix: ${group.fix}`, options.columns, "  ")),
  ]);
  return [...recipes, ...causes];
}

function groupNames({ candidates }: ReasonGroup, { explain }: TextOptions): string {
  const names = candidates.map(({ base }) => clean(base.id, 60));
  return firstFew(names, explain ? names.length : 4);
}

function dockerfileBlocks(
  choice: Choice | null,
  { dockerfile, color }: TextOptions,
): readonly (readonly string[])[] {
  if (choice === null || choice.dockerfile === null || dockerfile === false) return [];
  const lines = cleanLines(choice.dockerfile.replace(/\n$/, "")).split("\n");
  return [[paint("Dockerfile:", "strong", color), ...lines.map((line) => `  ${line}`.trimEnd())]];
}

/** What the answer does not rest on because it was not looked at. */
function unreadLines(answer: Answer, options: TextOptions): readonly string[] {
  const { coverage, failures, targets } = answer;
  const inCoverage = coverage.state === "partial" ? coverage.failures : [];
  const sentences = [...new Set([...inCoverage, ...failures].map(describeFailure))];
  const unchecked = targets.flatMap(({ app }) => app.unchecked);
  const shown = options.explain ? sentences : sentences.slice(0, maxEntries);
  const more = sentences.length - shown.length;
  const scripts = firstFew(
    unchecked.map((path) => clean(path)),
    options.explain ? unchecked.length : 3,
  );
  const lines = [
    ...(coverage.state === "skipped" ? [clean(coverage.reason)] : []),
    ...shown,
    ...(more > 0 ? [`${more} more (--explain)`] : []),
    ...(unchecked.length === 0
      ? []
      : [`what nothing says is started (--program PATH): ${scripts}`]),
  ];
  if (lines.length === 0) return [];
  return ["Not looked at:", ...lines.flatMap((line) => wrap(line, options.columns, "  "))];
}

/** Blocks with an empty line between them. */
function toText(blocks: readonly (readonly string[])[]): string {
  const texts = blocks
    .map((lines) => lines.join("\n").replace(/^\n+|\n+$/g, ""))
    .filter((text) => text !== "");
  return `${texts.join("\n\n")}\n`;
}
