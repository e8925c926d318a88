import { isSatisfied, type ApkDependency } from "../../../formats/apk/dependency.ts";
import { isApkVersion } from "../../../formats/versions/apk.ts";
import type { ApkGeneration, Pool, PoolPackage } from "./pool.ts";

/** A package while the solver thinks about it. */
export class PackageState {
  readonly found: PoolPackage;
  readonly isInstalled: boolean;
  /** One bit for each repository that has it. */
  readonly repositories: number;
  /** The same, and when it is installed all that are not tagged. */
  readonly allowedFrom: number;
  isDiscovered = false;
  /** Nothing decided so far excludes it. */
  isSelectable: boolean;
  /** Relations of what is chosen that it does not satisfy, counted each time they are applied. */
  conflicts = 0;
  /** Tags whose repositories it may come from. */
  readonly tags = new Set<string | null>([null]);
  isTagAllowed: boolean;
  isTagPreferred: boolean;
  /** Its `install_if` holds; cannot hold any more. */
  isTriggered = false;
  isTriggerFailed: boolean;
  /** It was among the options when the dependencies of its name were last put together; and was so then. */
  isMerged = false;
  wasMerged = false;
  /** Length of the longest chain of dependencies below it, as far as it was known when it was discovered. */
  chain = 0;

  constructor(found: PoolPackage, pool: Pool, generation: ApkGeneration) {
    this.found = found;
    this.isInstalled = pool.isInstalled(found);
    const untagged = pool.repositoriesTagged(null);
    this.repositories = pool.repositoriesOf(found);
    this.allowedFrom = this.isInstalled ? this.repositories | untagged : this.repositories;
    this.isSelectable = generation === 2 ? !found.isBroken || this.isInstalled : isSound3(found);
    this.isTriggerFailed = found.installIf.length === 0;
    this.isTagPreferred = (this.allowedFrom & untagged) !== 0;
    this.isTagAllowed = this.isTagPreferred || this.isInstalled;
  }
}

/** apk 3 takes no package, installed or not, that asks for a version that is none to it. */
function isSound3({ isBroken, depends }: PoolPackage): boolean {
  return !isBroken && depends.every(({ test }) => test === null || isApkVersion(test.version, 3));
}

/** A package for a name, and the version in which it brings it. */
export interface Offer {
  readonly package: PackageState;
  readonly version: string | null;
}

/** A name while the solver thinks about it: of a package, or of what packages provide. */
export class NameState {
  readonly name: string;
  readonly offers: readonly Offer[];
  /** Names whose packages depend on this one, as far as they are discovered. */
  readonly dependents = new Set<NameState>();
  isSeen = false;
  /** It was asked for on the command line. */
  isAsked = false;
  requirers = 0;
  isLocked = false;
  /** What it is decided to be; null: nothing. Counts once it is locked. */
  chosen: Offer | null = null;
  mustCheckDependencies = false;
  mustCheckTriggers = false;
  /** More than one package may still be chosen, or only one whose repository is not allowed yet. */
  hasOptions = false;
  hasTriggered = false;
  neverTriggers = true;
  areDependentsDone = false;
  chain = 0;
  /** Generation 3: place in the order of decisions, and whether a package can be chosen without being named. */
  place = 0;
  isAutoSelectable = false;
  isTriggerNeeded = false;

  /** Whether a package is called so. */
  readonly isPackage: boolean;
  /** 0: only packages of this name, 1: others provide it too, 2: it is only provided. */
  readonly priority: 0 | 1 | 2;

  constructor(name: string, offers: readonly Offer[]) {
    this.name = name;
    this.offers = offers;
    const own = offers.filter((offer) => offer.package.found.name === name).length;
    this.isPackage = own > 0;
    this.priority = own === offers.length ? 0 : own === 0 ? 2 : 1;
  }
}

const noNames: readonly NameState[] = [];

/** Two packages that cannot both be there. */
export interface Clash {
  readonly package: PackageState;
  readonly with: PackageState;
  readonly name: string;
}

/** More work than any real index needs; a hostile one would go on for hours. */
export const maxSteps = 50_000_000;

/** Thrown when a search took `maxSteps`. */
export class StepsUsedUp extends Error {}

/** All that the solver knows during one search. */
export class SolverState {
  readonly pool: Pool;
  readonly generation: ApkGeneration;
  /** Names that have to be looked at again, first come first served. */
  readonly dirty = new Set<NameState>();
  readonly clashes: Clash[] = [];
  /** Packages that were chosen although something excludes them. */
  readonly forced: PackageState[] = [];
  /** Names that are required and that nothing brings. */
  readonly missing: NameState[] = [];
  readonly #names = new Map<string, NameState>();
  readonly #packages = new Map<PoolPackage, PackageState>();
  #steps = 0;

  constructor(pool: Pool, generation: ApkGeneration) {
    this.pool = pool;
    this.generation = generation;
  }

  nameOf(name: string): NameState {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const offers = this.pool.offersOf(name).map((offer): Offer => ({
      package: this.packageOf(offer.package),
      version: offer.version,
    }));
    const made = new NameState(name, offers);
    this.#names.set(name, made);
    return made;
  }

  packageOf(found: PoolPackage): PackageState {
    const known = this.#packages.get(found);
    if (known !== undefined) return known;
    const made = new PackageState(found, this.pool, this.generation);
    this.#packages.set(found, made);
    return made;
  }

  /** Names that are triggered by this one and known to the search. */
  triggeredBy(name: string): readonly NameState[] {
    const names = this.pool.triggeredBy(name);
    return names.length === 0 ? noNames : names.map((triggered) => this.nameOf(triggered));
  }

  /** Counts work; throws StepsUsedUp. */
  step(count = 1): void {
    this.#steps += count;
    if (this.#steps > maxSteps) throw new StepsUsedUp();
  }

  /** Whether an offer satisfies a relation of `by`; apk 3 lets no package exclude itself. */
  isSatisfied(dependency: ApkDependency, offer: Offer | null, by: PackageState | null): boolean {
    const isOwn = this.generation === 3 && dependency.isConflict && offer?.package === by;
    return (isOwn && offer !== null) || isSatisfied(dependency, offer);
  }
}

/** The name of a package and the names that it provides, in that order, each once. */
export function namesOf(found: PoolPackage): ReadonlySet<string> {
  return new Set([found.name, ...found.provides.map(({ name }) => name)]);
}
