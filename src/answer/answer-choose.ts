import type { BaseRoot } from "../check/base-root.ts";
import { findNeeds } from "../check/find-needs.ts";
import { makeCandidate, type CandidateInput, type CheckedCandidate } from "../choose/candidate.ts";
import { chooseForAll, chooseFrom, whyChosen } from "../choose/choose.ts";
import { compareCandidates } from "../choose/order.ts";
import { asNeeds, undeclaredNeeds, type UndeclaredNeed } from "../choose/undeclared-needs.ts";
import { readUndeclaredTable } from "../choose/undeclared-table.ts";
import { installedPackages } from "../distros/installed-packages.ts";
import type { Candidate, CheckAnswer, Choice, ChooseAnswer, DataSource } from "../model/answer.ts";
import type { Coverage } from "../model/coverage.ts";
import { success, type Failure, type Result } from "../model/failure.ts";
import type { Need } from "../model/need.ts";
import { openTargets } from "../target/open-target.ts";
import type { Target } from "../target/target.ts";
import { baseIsOf } from "./base-is.ts";
import { openBases } from "./open-bases.ts";
import { openSupplies } from "./find-supply.ts";
import type { AnswerOptions } from "./options.ts";
import { searchPackages, type PackagesWanted } from "./search-packages.ts";
import { writeDockerfile } from "./write-dockerfile.ts";

/** Which bases it runs on, in order of preference, and which one to take. */
export async function answerChoose(
  reference: string,
  options: AnswerOptions,
): Promise<Result<ChooseAnswer>> {
  const checked = await checkTargets(reference, options, options.packages ?? "auto");
  if (!checked.ok) return checked;
  const { perPlatform, common } = checked.value;
  const lists = perPlatform.map(({ checked }) => candidatesOf(checked).toSorted(compareCandidates));
  const choices = lists.map((list, index) => toChoice(chooseFrom(list), perPlatform[index]));
  const isSingle = lists.length === 1;
  const together = isSingle ? null : chooseForAll(lists, compareCandidates);
  const choice = isSingle ? (choices[0] ?? null) : toChoice(together?.[0] ?? null, perPlatform[0]);
  return success({
    schema: "fromage/choose@1",
    ...common,
    candidates: lists.flat(),
    choices,
    choice,
  });
}

/** Whether it runs on the named bases, in their order. */
export async function answerCheck(
  reference: string,
  options: AnswerOptions,
): Promise<Result<CheckAnswer>> {
  const checked = await checkTargets(reference, options, options.packages ?? "all");
  if (!checked.ok) return checked;
  const { perPlatform, common } = checked.value;
  const candidates = perPlatform.flatMap((one) => candidatesOf(one.checked));
  return success({ schema: "fromage/check@1", ...common, candidates });
}

interface PlatformCheck {
  readonly target: Target;
  /** In the order of the bases. */
  readonly checked: readonly CheckedCandidate[];
}

const candidatesOf = (checked: readonly CheckedCandidate[]): readonly Candidate[] =>
  checked.map(({ candidate }) => candidate);

interface CheckedTargets {
  readonly perPlatform: readonly PlatformCheck[];
  readonly common: Omit<CheckAnswer, "schema" | "candidates">;
}

async function checkTargets(
  reference: string,
  options: AnswerOptions,
  wanted: PackagesWanted,
): Promise<Result<CheckedTargets>> {
  const { asOf, tool } = options;
  const read = {
    ...(options.cache === undefined ? {} : { cache: options.cache }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  const targets = await openTargets(reference, {
    ...options,
    baseIs: baseIsOf(options),
    read: { ...read, onProgress: (progress) => options.onProgress?.(reference, progress) },
  });
  if (!targets.ok) return targets;
  const perPlatform: PlatformCheck[] = [];
  const failures: Failure[] = [];
  const data = new Map<string, DataSource>();
  const { repositories, catalogue } = options;
  const supplies = repositories === undefined ? null : openSupplies(catalogue, repositories);
  for (const target of targets.value) {
    const bases = await openBases(target.summary.platform, options);
    if (!bases.ok) return bases;
    failures.push(...target.failures, ...bases.value.failures);
    for (const { info } of bases.value.roots) {
      const { source, date } = info.measurement;
      data.set(`${info.id} ${source}`, { name: `${info.id}: ${source}`, date });
    }
    const inputs = bases.value.roots.map((base) => inputOf(target, base, options));
    const list = inputs.map((input) => ({ input, checked: makeCandidate(input) }));
    const found = await searchPackages(list, { target, wanted, supplies });
    failures.push(...searchFailures(found));
    perPlatform.push({ target, checked: found });
  }
  for (const source of supplies?.sources ?? []) {
    failures.push(...source.problems);
    for (const one of source.data) data.set(`${one.name} ${one.date}`, one);
  }
  supplies?.close();
  return success({
    perPlatform,
    common: {
      tool,
      asOf,
      platforms: perPlatform.map(({ target }) => target.summary.platform),
      targets: perPlatform.map(({ target }) => target.summary),
      needs: mergeNeeds(perPlatform.map(({ target }) => needsOf(target))),
      data: [...data.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      coverage: coverageOf(failures),
      failures,
    },
  });
}

/** Indexes that could not be had: once each. */
function searchFailures(found: readonly CheckedCandidate[]): readonly Failure[] {
  const failures = found.flatMap(({ candidate }) =>
    candidate.packageSearch.state === "unavailable" ? [candidate.packageSearch.failure] : [],
  );
  return [...new Map(failures.map((one) => [JSON.stringify(one), one])).values()];
}

function undeclaredOf(
  { rootfs }: Pick<BaseRoot, "rootfs">,
  names: readonly string[],
): readonly UndeclaredNeed[] {
  const { manager } = installedPackages(rootfs);
  if (names.length === 0 || manager === "none") return [];
  return undeclaredNeeds(
    readUndeclaredTable(),
    names.map((name) => ({ ecosystem: manager, name })),
  );
}

function inputOf(
  target: Target,
  base: BaseRoot,
  { asOf, libcSonames }: Pick<AnswerOptions, "asOf" | "libcSonames">,
): CandidateInput {
  const { app, rootfs, processes, summary, compressed } = target;
  return {
    source: { app, rootfs, processes, elf: app.elf, libcSonames },
    base,
    asOf,
    presentId: summary.base?.id ?? null,
    appCompressedBytes: compressed.appBytes,
    compressedBytesOf: (path) => compressed.byPath.get(path) ?? null,
    undeclaredBy: (names) => undeclaredOf(base, names),
  };
}

/** Of what is started, then what packages of the image are known to use without declaring it. */
function needsOf({ app, starts, rootfs, summary }: Target): readonly Need[] {
  const names = summary.addedPackages.map(({ name }) => name);
  return [...findNeeds(app, starts), ...asNeeds(undeclaredOf({ rootfs }, names))];
}

/** Of several platforms, each need once; those that differ (a loader) stay apart. */
function mergeNeeds(lists: readonly (readonly Need[])[]): readonly Need[] {
  const seen = new Map<string, Need>();
  for (const need of lists.flat()) {
    const key = JSON.stringify({ ...need, evidence: [] });
    if (!seen.has(key)) seen.set(key, need);
  }
  return [...seen.values()];
}

function coverageOf(failures: readonly Failure[]): Coverage {
  const [first, ...rest] = failures;
  return first === undefined
    ? { state: "complete" }
    : { state: "partial", failures: [first, ...rest] };
}

function toChoice(candidate: Candidate | null, from: PlatformCheck | undefined): Choice | null {
  if (candidate === null || from === undefined) return null;
  const { base, platform, strategy, verdict, recipe, isPresent } = candidate;
  const root = from.checked.find((one) => one.candidate === candidate)?.base;
  const dockerfile =
    isPresent || root === undefined ? null : writeDockerfile(from.target, candidate, root);
  const why = whyChosen(candidate);
  return { base, platform, strategy, verdict, recipe, why, dockerfile };
}
