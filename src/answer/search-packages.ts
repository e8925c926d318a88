import type { Checked } from "../check/check-app.ts";
import {
  withPackages,
  type CandidateInput,
  type CheckedCandidate,
  type WithPackages,
} from "../choose/candidate.ts";
import { chooseForAll, chooseFrom } from "../choose/choose.ts";
import { compareCandidates, packageHandicapBytes } from "../choose/order.ts";
import { wishesWithOwn } from "../choose/own-libraries.ts";
import { wishContext, type Wish } from "../choose/wishes.ts";
import type { Candidate, PackageSearch } from "../model/answer.ts";
import type { Distro } from "../distros/distro.ts";
import { installedPackages } from "../distros/installed-packages.ts";
import type { Failure } from "../model/failure.ts";
import type { Target } from "../target/target.ts";
import type { Supplies } from "./find-supply.ts";

/** For which candidates packages are looked up: those that could be chosen then, all that lack something, none. */
export type PackagesWanted = "auto" | "all" | "never";

/** The candidates for one platform, and what they are candidates for. */
export interface PlatformList {
  readonly target: Pick<Target, "rootfs" | "summary">;
  readonly list: readonly Searchable[];
}

/** One candidate, and what it was made from. */
export interface Searchable {
  readonly input: CandidateInput;
  readonly checked: CheckedCandidate;
}

/** A candidate after the search. */
export interface Searched {
  readonly checked: CheckedCandidate;
  /** What could not be had of its packages or their indexes, and what is old of them. */
  readonly unread: readonly Failure[];
  /** All that is missing was found and read: what is wrong with an index beside that changes nothing. */
  readonly isSettled: boolean;
  /** The best that could have become of it; null where nothing is missing. */
  readonly hope: Candidate | null;
}

export interface SearchOptions {
  readonly wanted: PackagesWanted;
  /** Null where nothing may be asked. */
  readonly supplies: Pick<Supplies, "find"> | null;
}

/**
 * Looks for packages for the candidates that lack something which packages may bring. With `auto` only as long as one that was
 * not looked at could be chosen, for its platform or for all of them together. One list for each platform, in its order.
 */
export async function searchPackages(
  platforms: readonly PlatformList[],
  { wanted, supplies }: SearchOptions,
): Promise<readonly (readonly Searched[])[]> {
  const lists = platforms.map(({ target, list }) => {
    const described = describeTarget(target);
    return list.map((one) => new Entry(one, described));
  });
  if (supplies !== null && wanted !== "never") {
    const next = wanted === "all" ? firstPending : mostHopeful;
    for (let entry = next(lists); entry !== null; entry = next(lists)) await entry.search(supplies);
  }
  const reason = supplies === null || wanted === "never" ? "off" : "cannot-win";
  return lists.map((list) => list.map((entry) => entry.finish(reason)));
}

type Lists = readonly (readonly Entry[])[];

function firstPending(lists: Lists): Entry | null {
  return lists.flat().find(({ isPending }) => isPending) ?? null;
}

/** One that would be chosen if packages made the best of all that were not looked up; null when each choice stands. */
function mostHopeful(lists: Lists): Entry | null {
  const ranked = lists.map((list) => {
    const entries = new Map(list.map((entry) => [entry.prospect, entry]));
    return { entries, ordered: [...entries.keys()].toSorted(compareCandidates) };
  });
  const each = ranked.map(({ ordered }) => chooseFrom(ordered));
  const together = chooseForAll(
    ranked.map(({ ordered }) => ordered),
    compareCandidates,
  );
  for (const chosen of [each, together ?? []]) {
    const entries = chosen.map((one, at) => (one === null ? null : ranked[at]?.entries.get(one)));
    const pending = entries.find((entry) => entry?.isPending === true);
    if (pending) return pending;
  }
  return null;
}

/** One candidate while it is looked after. */
class Entry {
  /** Something is missing that packages may bring, and nobody looked yet. */
  isPending: boolean;
  /** What it is; as long as it is pending, the best that it may be. */
  prospect: Candidate;
  readonly #from: Searchable;
  readonly #target: TargetPackages;
  readonly #wishes: readonly Wish[];
  readonly #hope: Candidate | null;
  #checked: CheckedCandidate;
  #unread: readonly Failure[] = [];
  #isUnproved = false;

  constructor(from: Searchable, target: TargetPackages) {
    const { candidate } = from.checked;
    this.#from = from;
    this.#target = target;
    this.#checked = from.checked;
    this.#wishes = wishesFor(from, target);
    this.isPending = this.#wishes.length > 0;
    this.#hope = this.isPending ? bestHope(candidate) : null;
    const [best = candidate] = [candidate, this.#hope ?? candidate].toSorted(compareCandidates);
    this.prospect = best;
  }

  async search(supplies: Pick<Supplies, "find">): Promise<void> {
    const { input, checked } = this.#from;
    const wishes = this.#wishes;
    const found = await searchOne({ input, checked, wishes }, this.#target, supplies);
    this.#unread = found.unread;
    this.#isUnproved = found.isUnproved;
    this.#settle(found);
  }

  finish(reason: "off" | "cannot-win"): Searched {
    if (this.isPending) {
      this.#settle({ search: { state: "not-looked-up", reason }, packages: null });
    }
    const { verdict, packageSearch: search } = this.#checked.candidate;
    const isFound = search.state === "found" && search.missing.length === 0;
    const isSettled = isFound && verdict !== "fails" && !this.#isUnproved;
    return { checked: this.#checked, unread: this.#unread, isSettled, hope: this.#hope };
  }

  #settle(found: Parameters<typeof withPackages>[2]): void {
    this.#checked = withPackages(this.#from.input, this.#from.checked, found);
    this.prospect = this.#checked.candidate;
    this.isPending = false;
  }
}

interface Found {
  readonly search: PackageSearch;
  readonly packages: WithPackages | null;
  readonly unread: readonly Failure[];
  /** Files of its packages could not be had or read. */
  readonly isUnproved: boolean;
}

async function searchOne(
  { input, checked, wishes }: Searchable & { readonly wishes: readonly Wish[] },
  target: TargetPackages,
  supplies: Pick<Supplies, "find">,
): Promise<Found> {
  const { base, source } = input;
  const found = await supplies.find(base);
  if (found.kind === "none") {
    return { search: { state: "no-repository" }, packages: null, unread: [], isUnproved: false };
  }
  if (found.kind === "unavailable") {
    const { failure } = found;
    const search = { state: "unavailable", failure } as const;
    return { search, packages: null, unread: [failure], isUnproved: false };
  }
  // With all that lays packages over a base: most answers need none.
  const { addPackages } = await import("../choose/add-packages.ts");
  const {
    search,
    made,
    unread: files,
  } = await addPackages({
    app: source.app,
    source,
    base,
    asIs: checked.asIs,
    supply: found.supply,
    isSameRelease: isSameRelease(input, target),
    known: target.known,
    more: wishes.filter(({ wanted }) => wanted.kind === "package"),
  });
  const unread = [...found.supply.source.problems, ...failuresOf(search), ...files];
  return { search, packages: made, unread, isUnproved: files.length > 0 };
}

function failuresOf(search: PackageSearch): readonly Failure[] {
  if (search.state === "unavailable") return [search.failure];
  if (search.state !== "refused") return [];
  return search.problems.flatMap((one) => (one.kind === "not-read" ? [one.failure] : []));
}

/** What the check lacks, and on the same release what a script may use: every package that the image has beside its base. */
function wishesFor({ input, checked }: Searchable, target: TargetPackages): readonly Wish[] {
  const isSame = isSameRelease(input, target);
  const { source, base } = input;
  const context = wishContext(base, source.app, isSame);
  const lacking = wishesWithOwn({ source, base, checked: checked.asIs, context });
  if (!isSame || !mayUsePackages(checked.asIs)) return lacking;
  const there = new Set(installedPackages(input.base.rootfs).packages.map(({ name }) => name));
  return [...lacking, ...target.added.filter((name) => !there.has(name)).map(packageWish)];
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

function describeTarget({ rootfs, summary }: PlatformList["target"]): TargetPackages {
  if (summary.kind !== "image") return { distro: null, known: new Set(), added: [] };
  const { packages, distro } = installedPackages(rootfs);
  const known = new Set(packages.map(({ name }) => name));
  return { distro, known, added: summary.addedPackages.map(({ name }) => name) };
}

function isSameRelease({ base }: CandidateInput, { distro }: TargetPackages): boolean {
  const own = base.info.distro;
  return own !== null && distro !== null && own.id === distro.id && own.version === distro.version;
}

/**
 * The best that packages could make of it: it runs, as far as that can be said of its base, they weigh nothing, and nothing is
 * copied beside them.
 */
function bestHope(candidate: Candidate): Candidate {
  const { base, sizes, verdict } = candidate;
  const isStandIn = base.measurement.kind !== "measured";
  const copies = candidate.recipe?.copies ?? [];
  const copiedBytes = copies.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const resultUnpackedBytes = sizes.resultUnpackedBytes - copiedBytes + packageHandicapBytes;
  return {
    ...candidate,
    verdict: isStandIn && verdict !== "runs" ? "unproven" : "runs",
    recipe: null,
    sizes: { ...sizes, resultUnpackedBytes },
  };
}
