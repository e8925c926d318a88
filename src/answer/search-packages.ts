import type { Checked } from "../check/check-app.ts";
import { addPackages } from "../choose/add-packages.ts";
import { withPackages, type CandidateInput, type CheckedCandidate } from "../choose/candidate.ts";
import { compareCandidates, packageHandicapBytes } from "../choose/order.ts";
import { wishesOf, type Wish } from "../choose/wishes.ts";
import type { Candidate, PackageSearch } from "../model/answer.ts";
import type { Distro } from "../distros/distro.ts";
import { installedPackages } from "../distros/installed-packages.ts";
import type { Target } from "../target/target.ts";
import type { Supplies } from "./find-supply.ts";

/** For which candidates packages are looked up: those that could be chosen then, all that lack something, none. */
export type PackagesWanted = "auto" | "all" | "never";

/** One candidate, and what it was made from. */
export interface Searched {
  readonly input: CandidateInput;
  readonly checked: CheckedCandidate;
}

export interface SearchOptions {
  readonly target: Target;
  readonly wanted: PackagesWanted;
  /** Null where nothing may be asked. */
  readonly supplies: Supplies | null;
}

/**
 * Looks for packages for the candidates that lack something which packages may bring, the one that could come to the best place
 * first; with `auto` it stops where no other could still be chosen. In the order of the list.
 */
export async function searchPackages(
  list: readonly Searched[],
  options: SearchOptions,
): Promise<readonly CheckedCandidate[]> {
  const target = describeTarget(options.target);
  const results = list.map(({ checked }) => checked);
  const open = list
    .map((one, index) => ({ ...one, index, wishes: wishesFor(one, target) }))
    .filter(({ wishes }) => wishes.length > 0)
    .map((one) => ({ ...one, hope: bestHope(one.checked.candidate) }))
    .toSorted((a, b) => compareCandidates(a.hope, b.hope));
  for (const one of open) {
    const others = results.filter((_, index) => index !== one.index);
    const [best] = others.map(({ candidate }) => candidate).toSorted(compareCandidates);
    const isHopeless =
      best !== undefined && best.verdict !== "fails" && compareCandidates(one.hope, best) > 0;
    const reason =
      options.wanted === "never" || options.supplies === null
        ? "off"
        : options.wanted === "auto" && isHopeless
          ? "cannot-win"
          : null;
    const found =
      reason !== null || options.supplies === null
        ? notLookedUp(reason ?? "off")
        : await searchOne(one, target, options.supplies);
    results[one.index] = withPackages(one.input, one.checked, found);
  }
  return results;
}

type Found = Parameters<typeof withPackages>[2];

const notLookedUp = (reason: "off" | "cannot-win"): Found => ({
  search: { state: "not-looked-up", reason },
  packages: null,
});

async function searchOne(
  { input, checked, wishes }: Searched & { readonly wishes: readonly Wish[] },
  target: TargetPackages,
  supplies: Supplies,
): Promise<Found> {
  const { base, source } = input;
  const nothing = (search: PackageSearch): Found => ({ search, packages: null });
  const found = await supplies.find(base);
  if (found.kind === "none") return nothing({ state: "no-repository" });
  if (found.kind === "unavailable")
    return nothing({ state: "unavailable", failure: found.failure });
  const { search, made } = await addPackages({
    app: source.app,
    base,
    asIs: checked.asIs,
    supply: found.supply,
    isSameRelease: isSameRelease(input, target),
    known: target.known,
    more: wishes.filter(({ wanted }) => wanted.kind === "package"),
  });
  return { search, packages: made };
}

/** What the check lacks, and on the same release what a script may use: every package that the image has beside its base. */
function wishesFor({ input, checked }: Searched, target: TargetPackages): readonly Wish[] {
  const isSame = isSameRelease(input, target);
  const lacking = wishesOf(checked.asIs, {
    isSameRelease: isSame,
    libc: input.base.info.libc?.kind ?? null,
  });
  return isSame && mayUsePackages(checked.asIs)
    ? [...lacking, ...target.added.map(packageWish)]
    : lacking;
}

/** The rule `script-packages` says so. */
function mayUsePackages({ findings, starts }: Checked): boolean {
  const isScript = starts.some(({ steps }) => steps.some(({ kind }) => kind === "script"));
  return isScript && findings.some(({ severity }) => severity === "blocks");
}

const packageWish = (name: string): Wish => ({
  wanted: { kind: "package", name },
  name,
  folders: [],
});

/** What the target is made of, as far as packages go. */
interface TargetPackages {
  readonly distro: Distro | null;
  /** Names of all its packages. */
  readonly known: ReadonlySet<string>;
  /** Names of those that its base has not. */
  readonly added: readonly string[];
}

function describeTarget({ rootfs, summary }: Target): TargetPackages {
  if (summary.kind !== "image") return { distro: null, known: new Set(), added: [] };
  const { packages, distro } = installedPackages(rootfs);
  const known = new Set(packages.map(({ name }) => name));
  return { distro, known, added: summary.addedPackages.map(({ name }) => name) };
}

function isSameRelease({ base }: CandidateInput, { distro }: TargetPackages): boolean {
  const own = base.info.distro;
  return own !== null && distro !== null && own.id === distro.id && own.version === distro.version;
}

/** The best that packages could make of it: it runs, as far as that can be said of its base, and they weigh nothing. */
function bestHope(candidate: Candidate): Candidate {
  const { base, sizes, verdict } = candidate;
  const isStandIn = base.measurement.kind !== "measured";
  const resultUnpackedBytes = sizes.resultUnpackedBytes + packageHandicapBytes;
  return {
    ...candidate,
    verdict: isStandIn && verdict !== "runs" ? "unproven" : "runs",
    recipe: null,
    sizes: { ...sizes, resultUnpackedBytes },
  };
}
