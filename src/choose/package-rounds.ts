import type { App } from "../check/app.ts";
import type { BaseRoot } from "../check/base-root.ts";
import { checkApp } from "../check/check-app.ts";
import type { InstalledPackage } from "../image/layer-facts.ts";
import { installedPackages } from "../distros/installed-packages.ts";
import type { PackageProblem, PackageStep } from "../model/answer.ts";
import type { Failure } from "../model/failure.ts";
import type { PackageContents } from "../repositories/contents/package-contents.ts";
import { layPackages, type LaidPackages } from "../repositories/lay-packages.ts";
import type {
  AddedPackage,
  RepositoryPackage,
  Resolution,
} from "../repositories/package-source.ts";
import { failuresOf } from "../target/read-image.ts";
import type { WithPackages } from "./candidate.ts";
import { makePackageStep } from "./package-step.ts";
import { pickProvider } from "./pick-provider.ts";
import type { Supply } from "./supply.ts";
import type { Wish } from "./wishes.ts";

/** Packages that one recipe fetches at most: an app that needs more needs another base. */
const maxPackages = 400;
/** Package files that are fetched and read at the same time. */
const atOnce = 4;

export interface RoundsInput {
  readonly app: App;
  readonly base: BaseRoot;
  readonly supply: Supply;
  /** Names of packages that the target has, of its base or added to it. */
  readonly known: ReadonlySet<string>;
}

/** A package whose file could not be had or read. */
export interface UnreadPackage {
  readonly package: string;
  readonly version: string;
  readonly failure: Failure;
}

/** What came of one round. */
export type Installed =
  | { readonly kind: "made"; readonly made: WithPackages }
  /** Nothing is asked for any more. */
  | { readonly kind: "nothing" }
  | { readonly kind: "refused"; readonly problems: readonly PackageProblem[] }
  /** They would come, and the files of some could not be had or read. */
  | {
      readonly kind: "not-read";
      readonly unread: readonly UnreadPackage[];
      readonly step: PackageStep;
    }
  | { readonly kind: "failed"; readonly failure: Failure };

/** What is asked for so far, for what, and what did not help. */
export class PackageRounds {
  readonly #input: RoundsInput;
  /** By name of the package: the wishes that it was asked for. */
  readonly #asked = new Map<string, Set<string>>();
  /** By name of a wish: packages that did not fulfil it. */
  readonly #refused = new Map<string, Set<string>>();
  readonly #contents = new Map<string, PackageContents>();
  readonly #installed: readonly InstalledPackage[];
  #damages: readonly Failure[] = [];
  /** Names of packages that the last round asked for, whatever came of it. */
  #attempted: ReadonlySet<string> = new Set();
  /** Those that the last check had: what is still missing then is not in them. */
  #tried: ReadonlySet<string> = new Set();

  constructor(input: RoundsInput) {
    this.#input = input;
    this.#installed = installedPackages(input.base.rootfs).packages;
  }

  /** What is broken in the files of the packages that were laid over the base last: what lies there was not seen. */
  get damages(): readonly Failure[] {
    return this.#damages;
  }

  /** Takes a provider for each wish that is still there. False when it comes to what was asked for already. */
  askFor(wishes: readonly Wish[]): boolean {
    for (const wish of wishes) {
      const taken = [...this.#asked].find(([, names]) => names.has(wish.name))?.[0];
      // What was asked for by its own name is there, whatever the check says.
      const isSettled = wish.wanted.kind === "package" || !this.#tried.has(taken ?? "");
      if (taken !== undefined && isSettled) continue;
      if (taken !== undefined) this.#drop(taken, wish.name);
      const picked = this.#pick(wish);
      if (picked === null) continue;
      const names = this.#asked.get(picked) ?? new Set();
      this.#asked.set(picked, names.add(wish.name));
    }
    const asked = [...this.#asked.keys()];
    return (
      asked.length !== this.#attempted.size || asked.some((name) => !this.#attempted.has(name))
    );
  }

  #pick(wish: Wish): string | null {
    const { supply, known } = this.#input;
    const providers = supply.source
      .findProviders(wish.wanted)
      .filter((one) => !this.#isThere(one.package));
    const picked = pickProvider(wish, providers, {
      asked: new Set(this.#asked.keys()),
      known,
      refused: this.#refused.get(wish.name) ?? new Set(),
    });
    return picked?.package.name ?? null;
  }

  /** What the base has in this version already does not help by being asked for. */
  #isThere({ name, version, architecture }: RepositoryPackage): boolean {
    return this.#installed.some(
      (one) =>
        one.name === name &&
        one.version === version &&
        (one.architecture ?? architecture) === architecture,
    );
  }

  /** Gives up what was asked for anew and cannot be there; all of it where the problems do not name it. */
  refuse(problems: readonly PackageProblem[]): void {
    const named = new Set(problems.flatMap(namesIn));
    const latest = [...this.#asked.keys()].filter((name) => !this.#tried.has(name));
    const guilty = latest.filter((name) => named.has(name));
    for (const name of guilty.length > 0 ? guilty : latest) {
      for (const wish of [...(this.#asked.get(name) ?? [])]) this.#drop(name, wish);
    }
  }

  /** A package that was asked for this wish alone is not asked for any more. */
  #drop(name: string, wish: string): void {
    const refused = this.#refused.get(wish) ?? new Set();
    this.#refused.set(wish, refused.add(name));
    const names = this.#asked.get(name);
    names?.delete(wish);
    if (names?.size === 0) this.#asked.delete(name);
  }

  /** Resolves what is asked for, fetches it, lays it over the base and checks the app there. */
  async install(): Promise<Installed> {
    const asked = [...this.#asked.keys()].toSorted();
    this.#attempted = new Set(asked);
    const installed = await this.#install(asked);
    if (installed.kind === "made" || installed.kind === "nothing") this.#tried = this.#attempted;
    return installed;
  }

  async #install(asked: readonly string[]): Promise<Installed> {
    const { supply } = this.#input;
    if (asked.length === 0) return { kind: "nothing" };
    const resolution = supply.source.resolve(asked, this.#installed);
    if (resolution.problems.length > 0) return { kind: "refused", problems: resolution.problems };
    const packages = packagesOf(resolution);
    if (packages.length === 0) return { kind: "nothing" };
    if (packages.length > maxPackages) {
      return { kind: "failed", failure: tooMany(asked, supply.source.name) };
    }
    const refused = supply.problemsOf(this.#step(resolution, null));
    if (refused.length > 0) return { kind: "refused", problems: refused };
    const unread = await this.#fetch(packages);
    if (unread.length > 0) return { kind: "not-read", unread, step: this.#step(resolution, null) };
    return this.#lay(packages, resolution);
  }

  #lay(packages: readonly AddedPackage[], resolution: Resolution): Installed {
    const { base, supply, app } = this.#input;
    const contents = packages.flatMap((one) => this.#contents.get(keyOf(one)) ?? []);
    this.#damages = contents.flatMap(({ problems, layer }) => [...problems, ...failuresOf(layer)]);
    const laid = layPackages({
      rootfs: base.rootfs,
      packages: contents,
      replaced: resolution.changed.map(({ to }) => to.name),
      removed: resolution.removed,
      how: supply.how === "copy" ? "copied" : "installed",
    });
    const step = this.#step(resolution, laid);
    // Now with the links that scripts ask for: they stand in the Dockerfile too.
    const refused = supply.problemsOf(step);
    if (refused.length > 0) return { kind: "refused", problems: refused };
    const withPackages: BaseRoot = {
      ...base,
      rootfs: base.rootfs.over([laid.layer], laid.elf),
      addedPackages: packages.map(({ name }) => name),
      addedBytes: laid.layer.uncompressedBytes,
      unknownScripts: laid.unknownScripts,
    };
    return {
      kind: "made",
      made: { base: withPackages, checked: checkApp(app, withPackages), step },
    };
  }

  #step(resolution: Resolution, laid: LaidPackages | null): PackageStep {
    const { supply } = this.#input;
    return makePackageStep({ supply, asked: this.#asked, resolution, laid });
  }

  /** What could not be read, in a fixed order; empty when all of them are there. */
  async #fetch(packages: readonly AddedPackage[]): Promise<readonly UnreadPackage[]> {
    const left = packages.filter((one) => !this.#contents.has(keyOf(one)));
    const unread: UnreadPackage[] = [];
    const work = async (): Promise<void> => {
      for (let one = left.shift(); one !== undefined; one = left.shift()) {
        const read = await this.#input.supply.contentsOf(one);
        if (read.ok) this.#contents.set(keyOf(one), read.value);
        else unread.push({ package: one.name, version: one.version, failure: read.failure });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return unread.toSorted((a, b) => (a.package < b.package ? -1 : 1));
  }
}

const tooMany = (asked: readonly string[], where: string): Failure => ({
  kind: "over-limit",
  what: asked.join(", "),
  where,
  budget: "packages of one recipe",
  limit: maxPackages,
  unit: "entries",
});

/** Names of packages that a problem is about. */
function namesIn(problem: PackageProblem): readonly string[] {
  switch (problem.kind) {
    case "no-such-package":
      return [problem.name];
    case "conflict":
      return [problem.package, problem.with];
    case "unsatisfied":
    case "libc":
    case "not-read":
      return [problem.package];
  }
}

const packagesOf = ({ added, changed }: Resolution): readonly AddedPackage[] => [
  ...added,
  ...changed.map(({ to }) => to),
];

const keyOf = ({ name, version, architecture }: AddedPackage): string =>
  `${name} ${version} ${architecture}`;
