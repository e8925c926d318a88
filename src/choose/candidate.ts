import type { BaseRoot } from "../check/base-root.ts";
import { checkApp, type Checked } from "../check/check-app.ts";
import { verdictOf } from "../check/verdict.ts";
import { judgeSupport } from "../catalogue/support.ts";
import type { Candidate, PackageSearch, PackageStep, Recipe } from "../model/answer.ts";
import type { Verdict } from "../model/verdict.ts";
import { undeclaredFindings } from "./undeclared-findings.ts";
import type { UndeclaredNeed } from "./undeclared-needs.ts";
import { copyLibraries, type LibrarySource } from "./copy-libraries.ts";

export interface CandidateInput {
  readonly source: LibrarySource;
  readonly base: BaseRoot;
  /** ISO day at which support is judged. */
  readonly asOf: string;
  /** Id of the base that the target stands on; null when it is not known. */
  readonly presentId: string | null;
  /** Of the app's files under gzip; null when nobody measured it. */
  readonly appCompressedBytes: number | null;
  /** The same of one file of the target, by its path there. */
  compressedBytesOf(path: string): number | null;
  /** What packages of these names, in the base's distribution, need and do not declare. */
  undeclaredBy(names: readonly string[]): readonly UndeclaredNeed[];
}

/** A candidate, and the checks that it rests on. */
export interface CheckedCandidate {
  readonly candidate: Candidate;
  /** As it is known, without anything added. */
  readonly base: BaseRoot;
  readonly asIs: Checked;
}

/** A base with packages and the check on it. */
export interface WithPackages {
  readonly base: BaseRoot;
  readonly checked: Checked;
  readonly step: PackageStep;
}

const order: readonly Verdict[] = ["runs", "unproven", "fails"];

/** Checks the app on one base, as it is and, where libraries are missing that the target has, with them. Pure. */
export function makeCandidate(input: CandidateInput): CheckedCandidate {
  const asIs = checkApp(input.source.app, input.base);
  const search = { state: "not-needed" } as const;
  return finish(input, { asIs, search, packages: null });
}

/** The same candidate with what came of looking for packages: their check replaces that of copied libraries where it is better. Pure. */
export function withPackages(
  input: CandidateInput,
  { asIs }: Pick<CheckedCandidate, "asIs">,
  found: { readonly search: PackageSearch; readonly packages: WithPackages | null },
): CheckedCandidate {
  return finish(input, { asIs, ...found });
}

interface Found {
  readonly asIs: Checked;
  readonly search: PackageSearch;
  readonly packages: WithPackages | null;
}

function finish(input: CandidateInput, { asIs, search, packages }: Found): CheckedCandidate {
  const { source, base, asOf, presentId, appCompressedBytes } = input;
  const { app } = source;
  const { info } = base;
  const best = bestRecipe(input, { asIs, packages });
  const recipe = best?.recipe ?? null;
  const step = recipe?.packageStep ?? null;
  const copies = recipe?.copies ?? [];
  const copied = copies.map(({ from }) => input.compressedBytesOf(from));
  const addedBytes = copies.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const ofPackages = step === null ? [] : [null];
  const candidate: Candidate = {
    base: info,
    platform: info.platform,
    strategy: "copy",
    asIs: asIs.verdict,
    verdict: best?.checked.verdict ?? asIs.verdict,
    recipe,
    packageSearch: search,
    findings: asIs.findings,
    sizes: {
      baseCompressedBytes: info.compressedBytes,
      baseUnpackedBytes: info.unpackedBytes,
      // Nobody knows how the layer of the packages compresses.
      resultCompressedBytes: sumOrNull([
        ...[info.compressedBytes, appCompressedBytes, ...copied],
        ...ofPackages,
      ]),
      resultUnpackedBytes:
        info.unpackedBytes + app.layer.uncompressedBytes + addedBytes + (best?.packageBytes ?? 0),
    },
    support: judgeSupport(info, asOf),
    isPresent: info.id === presentId,
  };
  return { candidate, base, asIs };
}

interface Best {
  readonly recipe: Recipe;
  readonly checked: Checked;
  /** Bytes of the files of its packages. */
  readonly packageBytes: number;
}

/**
 * Packages where they help, else files of the target: what is copied by packages is seen by scanners and comes from the release
 * of the base. Libraries that no package brings are copied over them. Null when nothing helps.
 */
function bestRecipe(
  input: CandidateInput,
  { asIs, packages }: Pick<Found, "asIs" | "packages">,
): Best | null {
  const { source, base } = input;
  const onPackages = packages === null ? null : packageRecipe(input, packages);
  const helping = onPackages !== null && isBetter(onPackages.checked, asIs) ? onPackages : null;
  if (helping !== null && rankOf(helping.checked) === 0) return helping;
  const made = asIs.verdict === "fails" ? copyLibraries(source, base, asIs) : null;
  if (made === null || !isBetter(made.checked, helping?.checked ?? asIs)) return helping;
  return { ...made, packageBytes: 0 };
}

function packageRecipe(input: CandidateInput, packages: WithPackages): Best {
  const { source } = input;
  const { base, step } = packages;
  const checked = withUndeclared(input, packages);
  const copied = checked.verdict === "fails" ? copyLibraries(source, base, checked) : null;
  const isUsed = copied !== null && isBetter(copied.checked, checked);
  const names = step.packages.map(({ name }) => name);
  const common = { packages: names, packageStep: step, env: {} };
  // Of files that were not read the index says how big they are.
  const packageBytes = base.addedBytes ?? step.installedBytes ?? 0;
  if (isUsed) return { ...copied, recipe: { ...copied.recipe, ...common }, packageBytes };
  const recipe = { ...common, copies: [], findings: checked.findings };
  return { recipe, checked, packageBytes };
}

/** What the added packages use without declaring it, where it is not there. */
function withUndeclared(input: CandidateInput, { base, checked, step }: WithPackages): Checked {
  // Nothing was laid over the base: what is there is not known.
  if (base.addedPackages === undefined) return checked;
  const names = step.packages.map(({ name }) => name);
  const found = undeclaredFindings({
    needs: input.undeclaredBy(names),
    rootfs: checked.rootfs,
    addedPackages: base.addedPackages,
    program: input.source.app.programs[0] ?? "",
  });
  const findings = [...checked.findings, ...found];
  return { ...checked, findings, verdict: verdictOf(findings) };
}

/**
 * A recipe that helps nothing is no recipe. That a base is a stand-in holds with and without: it does not hide what the recipe
 * mends.
 */
function isBetter(made: Checked, asIs: Checked): boolean {
  return rankOf(made) < rankOf(asIs);
}

const rankOf = ({ findings }: Checked): number =>
  order.indexOf(verdictOf(findings.filter(({ code }) => code !== "base-stand-in")));

/** Unknown is never counted as nothing. */
function sumOrNull(amounts: readonly (number | null)[]): number | null {
  return amounts.reduce<number | null>(
    (sum, amount) => (sum === null || amount === null ? null : sum + amount),
    0,
  );
}
