import type { BaseRoot } from "../check/base-root.ts";
import { findNeeds } from "../check/find-needs.ts";
import { makeCandidate, type CandidateInput } from "../choose/candidate.ts";
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
import { lazySupplies } from "./lazy-supplies.ts";
import type { AnswerOptions } from "./options.ts";
import {
  searchPackages,
  type PackagesWanted,
  type PlatformList,
  type Searched,
} from "./search-packages.ts";
import { writeDockerfile } from "./write-dockerfile.ts";

/** Which bases it runs on, in order of preference, and which one to take. */
export async function answerChoose(
  reference: string,
  options: AnswerOptions,
): Promise<Result<ChooseAnswer>> {
  const checked = await checkTargets(reference, options, options.packages ?? "auto");
  if (!checked.ok) return checked;
  const { perPlatform } = checked.value;
  const lists = perPlatform.map((one) => candidatesOf(one).toSorted(compareCandidates));
  const chosen = lists.map(chooseFrom);
  const choices = chosen.map((one, index) => toChoice(one, perPlatform[index]));
  const isSingle = lists.length === 1;
  const together = isSingle ? null : chooseForAll(lists, compareCandidates);
  const choice = isSingle ? (choices[0] ?? null) : toChoice(together?.[0] ?? null, perPlatform[0]);
  const decisive = perPlatform.flatMap(({ searched }, index) =>
    searched.filter((one) => !isSingle || mayChange(one, chosen[index] ?? null)),
  );
  return success({
    schema: "fromage/choose@1",
    ...commonOf(checked.value, options, decisive),
    candidates: lists.flat(),
    choices,
    choice,
  });
}

/**
 * Whether what was not read of its packages could change the choice: the choice rests on them or would be proved better with
 * them, or another would come before it.
 */
function mayChange({ checked: { candidate }, hope }: Searched, chosen: Candidate | null): boolean {
  if (chosen === null) return true;
  if (candidate !== chosen) return hope !== null && compareCandidates(hope, chosen) < 0;
  const isBetter = hope !== null && hope.verdict !== candidate.verdict;
  return isBetter || (candidate.recipe?.packageStep ?? null) !== null;
}

/** Whether it runs on the named bases, in their order. */
export async function answerCheck(
  reference: string,
  options: AnswerOptions,
): Promise<Result<CheckAnswer>> {
  const checked = await checkTargets(reference, options, options.packages ?? "all");
  if (!checked.ok) return checked;
  const { perPlatform } = checked.value;
  const candidates = perPlatform.flatMap(candidatesOf);
  const decisive = perPlatform.flatMap(({ searched }) => searched);
  const common = commonOf(checked.value, options, decisive);
  return success({ schema: "fromage/check@1", ...common, candidates });
}

interface PlatformCheck {
  readonly target: Target;
  /** In the order of the bases. */
  readonly searched: readonly Searched[];
}

const candidatesOf = ({ searched }: PlatformCheck): readonly Candidate[] =>
  searched.map(({ checked }) => checked.candidate);

interface CheckedTargets {
  readonly perPlatform: readonly PlatformCheck[];
  readonly data: readonly DataSource[];
  /** Of targets and bases. */
  readonly failures: readonly Failure[];
}

async function checkTargets(
  reference: string,
  options: AnswerOptions,
  wanted: PackagesWanted,
): Promise<Result<CheckedTargets>> {
  const { repositories, catalogue, cache, signal } = options;
  const targets = await openTargets(reference, {
    ...options,
    baseIs: baseIsOf(options),
    read: {
      ...(cache === undefined ? {} : { cache }),
      ...(signal === undefined ? {} : { signal }),
      onProgress: (progress) => options.onProgress?.(reference, progress),
    },
  });
  if (!targets.ok) return targets;
  const opened = await openAllBases(targets.value, options);
  if (!opened.ok) return opened;
  const { platforms, data, failures } = opened.value;
  const supplies = repositories === undefined ? null : lazySupplies(catalogue, repositories);
  try {
    const searched = await searchPackages(platforms, { wanted, supplies });
    return success({
      perPlatform: platforms.map(({ target }, index) => ({
        target,
        searched: searched[index] ?? [],
      })),
      data: [...data, ...(supplies?.sources ?? []).flatMap((source) => source.data.map(onDay))],
      failures,
    });
  } finally {
    supplies?.close();
  }
}

interface OpenedPlatform extends PlatformList {
  readonly target: Target;
}

interface OpenedPlatforms {
  readonly platforms: readonly OpenedPlatform[];
  readonly data: readonly DataSource[];
  readonly failures: readonly Failure[];
}

/** Each target with its bases and what is said of them as they are. */
async function openAllBases(
  targets: readonly Target[],
  options: AnswerOptions,
): Promise<Result<OpenedPlatforms>> {
  const platforms: OpenedPlatform[] = [];
  const data: DataSource[] = [];
  const failures: Failure[] = [];
  for (const target of targets) {
    const bases = await openBases(target.summary.platform, options);
    if (!bases.ok) return bases;
    const { roots } = bases.value;
    failures.push(...target.failures, ...bases.value.failures);
    for (const { info } of roots) {
      const { source, date } = info.measurement;
      data.push({ name: `${info.id}: ${source}`, date });
    }
    const inputs = roots.map((base) => inputOf(target, base, options));
    platforms.push({
      target,
      list: inputs.map((input) => ({ input, checked: makeCandidate(input) })),
    });
  }
  return success({ platforms, data, failures });
}

/** `decisive`: candidates of which what was not read could change the answer. All that was not read is told. */
function commonOf(
  { perPlatform, data, failures }: CheckedTargets,
  { tool, asOf }: Pick<AnswerOptions, "tool" | "asOf">,
  decisive: readonly Searched[],
): Omit<CheckAnswer, "schema" | "candidates"> {
  const unread = (list: readonly Searched[]): readonly Failure[] =>
    distinct([...failures, ...list.flatMap((one) => one.unread)]);
  return {
    tool,
    asOf,
    platforms: perPlatform.map(({ target }) => target.summary.platform),
    targets: perPlatform.map(({ target }) => target.summary),
    needs: mergeNeeds(perPlatform.map(({ target }) => needsOf(target))),
    data: distinct(data).toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1)),
    coverage: coverageOf(unread(decisive.filter(({ isSettled }) => !isSettled))),
    failures: unread(perPlatform.flatMap(({ searched }) => searched)),
  };
}

const textOf = ({ name, date }: DataSource): string => `${name} ${date}`;

/** Each once, by what it says. */
function distinct<Value>(values: readonly Value[]): readonly Value[] {
  return [...new Map(values.map((one) => [JSON.stringify(one), one])).values()];
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
  const root = from.searched.find(({ checked }) => checked.candidate === candidate)?.checked.base;
  const dockerfile =
    isPresent || root === undefined ? null : writeDockerfile(from.target, candidate, root);
  const why = whyChosen(candidate);
  return { base, platform, strategy, verdict, recipe, why, dockerfile };
}

/** Indexes know the minute; an answer names days. */
function onDay({ name, date }: DataSource): DataSource {
  return { name, date: date.slice(0, 10) };
}
