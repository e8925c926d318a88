import type { App } from "../check/app.ts";
import type { BaseRoot } from "../check/base-root.ts";
import { checkApp, type Checked } from "../check/check-app.ts";
import { installedPackages } from "../distros/installed-packages.ts";
import type { PackageProblem, PackageSearch, PackageStep } from "../model/answer.ts";
import type { Failure } from "../model/failure.ts";
import type { PackageContents } from "../repositories/contents/package-contents.ts";
import { layPackages, type LaidPackages } from "../repositories/lay-packages.ts";
import type { AddedPackage, Resolution } from "../repositories/package-source.ts";
import { makePackageStep } from "./package-step.ts";
import { pickProvider } from "./pick-provider.ts";
import type { Supply } from "./supply.ts";
import { wishesOf, type Wish } from "./wishes.ts";

/** How often a check may show that more is missing. Each round asks for one package more at least. */
const maxRounds = 12;
/** Packages that one recipe fetches at most: an app that needs more needs another base. */
const maxPackages = 400;
/** Package files that are fetched and read at the same time. */
const atOnce = 4;

export interface AddInput {
  readonly app: App;
  readonly base: BaseRoot;
  readonly asIs: Checked;
  readonly supply: Supply;
  /** The target is of the same release: its packages have the same names here. */
  readonly isSameRelease: boolean;
  /** Names of packages that the target has, of its base or added to it. */
  readonly known: ReadonlySet<string>;
  /** Wanted beside what the check lacks: packages that a script of the target may use. */
  readonly more: readonly Wish[];
}

/** What came of it. */
export interface Added {
  readonly search: PackageSearch;
  /** The base with the packages and the check on it; null when nothing could be added. */
  readonly made: {
    readonly base: BaseRoot;
    readonly checked: Checked;
    readonly step: PackageStep;
  } | null;
}

/**
 * Looks for packages that bring what the check lacks, as the package manager of the base's release would install them, lays
 * their files over the base and checks again, until nothing more is missing or nothing more is found. What is fetched is kept
 * by the supply.
 */
export async function addPackages(input: AddInput): Promise<Added> {
  const rounds = new Rounds(input);
  const context = { isSameRelease: input.isSameRelease, libc: input.base.info.libc?.kind ?? null };
  let { asIs: checked } = input;
  let made: Added["made"] = null;
  for (let round = 0; round < maxRounds; round++) {
    if (!rounds.askFor([...wishesOf(checked, context), ...input.more])) break;
    const next = await rounds.install();
    if (next.kind === "refused") return { search: refusal(next.problems), made };
    if (next.kind === "failed") return { search: unavailable(next.failure), made };
    ({ checked } = next.made);
    made = next.made;
  }
  const missing = rounds.unfulfilled(wishesOf(checked, context));
  if (made !== null) return { search: { state: "found", missing }, made };
  const isAll = missing.length === 0;
  return {
    search: isAll ? { state: "not-needed" } : { state: "nothing-found", wanted: missing },
    made,
  };
}

const refusal = (problems: readonly PackageProblem[]): PackageSearch => ({
  state: "refused",
  problems,
});
const unavailable = (failure: Failure): PackageSearch => ({ state: "unavailable", failure });

type Installed =
  | { readonly kind: "made"; readonly made: NonNullable<Added["made"]> }
  | { readonly kind: "refused"; readonly problems: readonly PackageProblem[] }
  | { readonly kind: "failed"; readonly failure: Failure };

/** What is asked for so far, and for what. */
class Rounds {
  readonly #input: AddInput;
  /** By name of the package: the wishes that it was asked for. */
  readonly #asked = new Map<string, Set<string>>();
  /** By name of a wish: packages that did not fulfil it. */
  readonly #refused = new Map<string, Set<string>>();
  readonly #contents = new Map<string, PackageContents>();

  constructor(input: AddInput) {
    this.#input = input;
  }

  /** Takes a provider for each wish that is still there. False when nothing new was found. */
  askFor(wishes: readonly Wish[]): boolean {
    let isNew = false;
    for (const wish of wishes) {
      const before = [...this.#asked].find(([, names]) => names.has(wish.name))?.[0];
      const isPlain = wish.wanted.kind === "package";
      // It is installed and the wish is still there: another one has to be tried.
      if (before !== undefined && isPlain) continue;
      if (before !== undefined) this.#drop(before, wish.name);
      const providers = this.#input.supply.source.findProviders(wish.wanted);
      const picked = pickProvider(wish, providers, {
        asked: new Set(this.#asked.keys()),
        known: this.#input.known,
        refused: this.#refused.get(wish.name) ?? new Set(),
      });
      if (picked === null) continue;
      const { name } = picked.package;
      const names = this.#asked.get(name) ?? new Set();
      names.add(wish.name);
      this.#asked.set(name, names);
      isNew = true;
    }
    return isNew;
  }

  /** A package that was asked for this wish alone is not asked for any more. */
  #drop(name: string, wish: string): void {
    const refused = this.#refused.get(wish) ?? new Set();
    this.#refused.set(wish, refused.add(name));
    const names = this.#asked.get(name);
    names?.delete(wish);
    if (names?.size === 0) this.#asked.delete(name);
  }

  unfulfilled(wishes: readonly Wish[]): readonly string[] {
    return wishes.map(({ name }) => name).toSorted();
  }

  async install(): Promise<Installed> {
    const { base, supply, app } = this.#input;
    const asked = [...this.#asked.keys()].toSorted();
    const installed = installedPackages(base.rootfs).packages;
    const resolution = supply.source.resolve(asked, installed);
    if (resolution.problems.length > 0) return { kind: "refused", problems: resolution.problems };
    const packages = packagesOf(resolution);
    if (packages.length > maxPackages) {
      const limit = {
        budget: "packages of one recipe",
        limit: maxPackages,
        unit: "entries",
      } as const;
      return {
        kind: "failed",
        failure: {
          kind: "over-limit",
          what: asked.join(", "),
          where: supply.source.name,
          ...limit,
        },
      };
    }
    const step = (laid: LaidPackages | null): PackageStep =>
      makePackageStep({ supply, asked: this.#asked, resolution, laid });
    const refused = supply.problemsOf(step(null));
    if (refused.length > 0) return { kind: "refused", problems: refused };
    const failure = await this.#fetch(packages);
    if (failure !== null) return failure;
    const laid = layPackages({
      rootfs: base.rootfs,
      packages: packages.flatMap((one) => this.#contents.get(keyOf(one)) ?? []),
      replaced: resolution.changed.map(({ to }) => to.name),
      removed: resolution.removed,
      how: supply.how === "copy" ? "copied" : "installed",
    });
    const withPackages: BaseRoot = {
      ...base,
      rootfs: base.rootfs.over([laid.layer], laid.elf),
      addedPackages: packages.map(({ name }) => name),
      addedBytes: laid.layer.uncompressedBytes,
      unknownScripts: laid.unknownScripts,
    };
    const checked = checkApp(app, withPackages);
    return { kind: "made", made: { base: withPackages, checked, step: step(laid) } };
  }

  /** Null when all of them are there. A package that cannot be read is a reason against the recipe, not the end of it all. */
  async #fetch(packages: readonly AddedPackage[]): Promise<Installed | null> {
    const left = packages.filter((one) => !this.#contents.has(keyOf(one)));
    const problems: PackageProblem[] = [];
    const work = async (): Promise<void> => {
      for (let one = left.shift(); one !== undefined; one = left.shift()) {
        const read = await this.#input.supply.contentsOf(one);
        if (read.ok) this.#contents.set(keyOf(one), read.value);
        else problems.push({ kind: "not-read", package: one.name, failure: read.failure });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    const sorted = problems.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    return sorted.length === 0 ? null : { kind: "refused", problems: sorted };
  }
}

const packagesOf = ({ added, changed }: Resolution): readonly AddedPackage[] => [
  ...added,
  ...changed.map(({ to }) => to),
];

const keyOf = ({ name, version, architecture }: AddedPackage): string =>
  `${name} ${version} ${architecture}`;
