import type { Candidate, Copy, Recipe } from "../model/answer.ts";
import type { BaseInfo } from "../model/base.ts";
import type { Finding, Searched } from "../model/finding.ts";
import { count, formatBytes } from "./amounts.ts";
import { verdictWords } from "./candidate-table.ts";
import { clean } from "./clean.ts";
import { becauseWords, foundWords } from "./finding-reasons.ts";
import { describeFinding, describeFix, pageOf } from "./finding-words.ts";
import { packageSearchWords, packageStepLines, packageWords } from "./package-words.ts";
import { paint, wrap, type TextOptions } from "./layout.ts";

/** All that is known of one candidate. */
export function explainCandidate(candidate: Candidate, options: TextOptions): readonly string[] {
  const { base, sizes, recipe, findings, platform } = candidate;
  const name = base.reference === null ? "" : ` (${clean(base.reference)})`;
  const search = packageSearchWords(candidate.packageSearch);
  const title = `${clean(base.id)}${name}, ${platform}: ${verdictWords(candidate)}`;
  const fact = (text: string) => wrap(text, options.columns, "  ");
  const size = (compressed: number | null, unpacked: number): string =>
    `${formatBytes(compressed)} download, ${formatBytes(unpacked)} on disk`;
  return [
    paint(title, "strong", options.color),
    ...fact(measurementWords(base)),
    ...fact(supportWords(candidate)),
    ...fact(`base: ${size(sizes.baseCompressedBytes, sizes.baseUnpackedBytes)}`),
    ...fact(equipmentWords(base)),
    ...fact(`result: ${size(sizes.resultCompressedBytes, sizes.resultUnpackedBytes)}`),
    ...(findings.length === 0 ? fact("findings: none") : fact("findings:")),
    ...findings.flatMap((finding) => findingLines(finding, base, options)),
    ...(search === null ? [] : fact(search)),
    ...(recipe === null ? [] : recipeLines(recipe, base, options)),
  ];
}

function measurementWords({ measurement, cpuLevel, packages }: BaseInfo): string {
  const { kind, digest, date, source } = measurement;
  const bytes = digest === null ? "no digest" : digest;
  const installed = packages === null ? "no package database" : count(packages, "package");
  return `${kind} ${clean(date)}: ${clean(source)}, ${bytes}; ${installed}, ${clean(cpuLevel)}`;
}

function equipmentWords({ libc, shell, packageManager, user }: BaseInfo): string {
  const library = libc === null ? "no libc" : `${clean(libc.kind)} ${clean(libc.version ?? "?")}`;
  const manager = clean(packageManager ?? "no package manager");
  return `${library}, ${clean(shell ?? "no shell")}, ${manager}, user ${clean(user) || "root"}`;
}

function supportWords({ base, support }: Candidate): string {
  if (base.support === null) return `support: ${support}`;
  const { product, cycle, ends, rule, source, sourceDate } = base.support;
  const until = ends === null ? clean(rule ?? "no date is known") : `until ${clean(ends)}`;
  return `support: ${support}; ${clean(product)} ${clean(cycle)} ${until}, says ${clean(source)} of ${clean(sourceDate)}`;
}

const phaseWords: Readonly<Record<Finding["phase"], string>> = {
  load: "at start",
  use: "at first use",
  behaviour: "in behaviour",
};

/** A finding with its fix, where was searched, what was seen and its page. */
export function findingLines(
  finding: Finding,
  base: BaseInfo,
  options: TextOptions,
): readonly string[] {
  const { code, severity, phase, program, evidence } = finding;
  const fix = describeFix(finding, base);
  const part = (text: string) => wrap(text, options.columns, "      ");
  const head = `    ${paint(code, severity === "blocks" ? "bad" : "doubtful", options.color)}`;
  return [
    `${head} ${severity} ${phaseWords[phase]}, ${clean(program)}`,
    ...part(describeFinding(finding)),
    ...(fix === null ? [] : part(`fix: ${fix}`)),
    ...("searched" in finding && finding.code === "library-missing"
      ? finding.searched.flatMap((place) => part(`searched ${placeWords(place)}`))
      : []),
    ...evidence.flatMap((seen) => part(`seen ${evidenceWords(seen)}`)),
    ...part(`page ${pageOf(code)}`),
  ];
}

export function placeWords({ path, because, found }: Searched): string {
  return `${clean(path)} (${becauseWords[because]}): ${foundWords[found]}`;
}

function evidenceWords({ file, offsetBytes, line, seen }: Finding["evidence"][number]): string {
  const at =
    line !== undefined ? ` line ${line}` : offsetBytes !== undefined ? ` byte ${offsetBytes}` : "";
  return `in ${clean(file)}${at}: ${clean(seen)}`;
}

/** What a recipe adds, and what stands in the way with it. */
export function recipeLines(
  recipe: Recipe,
  base: BaseInfo,
  options: TextOptions,
): readonly string[] {
  const left = recipe.findings;
  const { packageStep } = recipe;
  return [
    "  recipe:",
    ...recipeSteps(recipe).flatMap((step) => wrap(step, options.columns, "    ")),
    ...(packageStep === null
      ? []
      : packageStepLines(packageStep).flatMap((line) => wrap(line, options.columns, "      "))),
    ...(left.length === 0 ? [] : ["  findings with the recipe:"]),
    ...left.flatMap((finding) => findingLines(finding, base, options)),
  ];
}

/** `add libpq5 with apt-get …`, `copy FROM to TO (121.0 kB, libz.so.1 of zlib1g)`, `set NAME=value`. */
export function recipeSteps({ copies, packageStep, env }: Recipe): readonly string[] {
  return [
    ...(packageStep === null ? [] : [packageWords(packageStep)]),
    ...copies.map(copyWords),
    ...Object.entries(env).map(([name, value]) => `set ${clean(name)}=${clean(value)}`),
  ];
}

function copyWords({ from, to, sizeBytes, provides, package: owner }: Copy): string {
  const origin = owner === null ? "" : ` of ${clean(owner)}`;
  const target = from === to ? "" : ` to ${clean(to)}`;
  return `copy ${clean(from)}${target} (${formatBytes(sizeBytes)}, ${clean(provides)}${origin})`;
}
