import {
  parseApkDependencies,
  parseApkProvides,
  type ApkDependency,
  type ApkProvide,
} from "../../formats/apk/dependency.ts";
import type { ApkRecord } from "../../formats/apk/record.ts";
import type { PackageRelations } from "../../image/layer-facts.ts";
import type { PoolOffer, PoolPackage } from "./solver/pool.ts";

/** The packages of one repository, and under which tags they may be taken (null: without one). */
export interface RepositoryRecords {
  readonly records: readonly ApkRecord[];
  readonly tags: readonly (string | null)[];
}

/** A package of the repositories or of the system. Its relations are read when they are first asked for. */
export class IndexedPackage implements PoolPackage {
  readonly name: string;
  readonly version: string;
  readonly providerPriority: number;
  /** Its record in the repository where it was seen first; null when it is only installed. */
  readonly record: ApkRecord | null;
  /** Number of that repository, from 0; null when it is only installed. */
  readonly repository: number | null;
  /** One bit for each repository that has it. */
  repositories: number;
  readonly #relations: PackageRelations;
  #depends: ReturnType<typeof parseApkDependencies> | null = null;
  #provides: readonly ApkProvide[] | null = null;
  #installIf: ReturnType<typeof parseApkDependencies> | null = null;

  constructor(
    found: {
      readonly name: string;
      readonly version: string;
      readonly relations?: PackageRelations;
    },
    place: { readonly record: ApkRecord; readonly repository: number } | null,
  ) {
    this.name = found.name;
    this.version = found.version;
    this.#relations = found.relations ?? {};
    this.providerPriority = this.#relations.providerPriority ?? 0;
    this.record = place?.record ?? null;
    this.repository = place?.repository ?? null;
    this.repositories = place === null ? 0 : 1 << place.repository;
  }

  get depends(): readonly ApkDependency[] {
    return this.#read().dependencies;
  }

  get isBroken(): boolean {
    return this.#relations.depends !== undefined && this.#read().broken.length > 0;
  }

  get provides(): readonly ApkProvide[] {
    return (this.#provides ??= parseApkProvides(this.#relations.provides ?? ""));
  }

  /** A part of a broken one would hold too easily. */
  get installIf(): readonly ApkDependency[] {
    this.#installIf ??= parseApkDependencies(this.#relations.installIf ?? "");
    return this.#installIf.broken.length > 0 ? [] : this.#installIf.dependencies;
  }

  get hasInstallIf(): boolean {
    return this.#relations.installIf !== undefined;
  }

  #read(): ReturnType<typeof parseApkDependencies> {
    return (this.#depends ??= parseApkDependencies(this.#relations.depends ?? ""));
  }
}

/** An offer of the index. */
export interface IndexOffer extends PoolOffer {
  readonly package: IndexedPackage;
}

/** apk counts repositories in the bits of a word. Source: apk-tools 2.14 src/apk_defines.h, APK_MAX_REPOS. */
export const maxRepositories = 31;

/**
 * All packages of all repositories, by every name that they bring. Does not change. It keeps who brings a name and reads in which
 * version when that is asked: half a million offers of Wolfi would be 100 MB.
 */
export class IndexPool {
  /** One package or several; most names have one. */
  readonly #packages = new Map<string, IndexedPackage | IndexedPackage[]>();
  readonly #triggers = new Map<string, Set<string>>();
  readonly #tags = new Map<string | null, number>();

  /** The same build in two repositories is one package. At most `maxRepositories`. */
  constructor(repositories: readonly RepositoryRecords[]) {
    const builds = new Map<string, IndexedPackage>();
    for (const [repository, { records, tags }] of repositories.entries()) {
      for (const tag of tags) {
        this.#tags.set(tag, (this.#tags.get(tag) ?? 0) | (1 << repository));
      }
      for (const record of records) {
        const build = `${record.name}\0${record.version}\0${record.checksum ?? ""}`;
        const known = builds.get(build);
        if (known !== undefined) known.repositories |= 1 << repository;
        else {
          const made = new IndexedPackage(record, { record, repository });
          builds.set(build, made);
          this.#addPackage(made, record);
        }
      }
    }
  }

  /** Those of the first repository first, each in the order of its index. */
  offersOf(name: string): readonly IndexOffer[] {
    const found = this.#packages.get(name);
    if (found === undefined) return [];
    return (Array.isArray(found) ? found : [found]).flatMap((one): IndexOffer[] => {
      const own = one.name === name ? [{ package: one, version: one.version }] : [];
      const provided = one.provides.filter((provide) => provide.name === name);
      return [...own, ...provided.map(({ version }) => ({ package: one, version }))];
    });
  }

  /** Names of packages that come by themselves with `name`, and what those provide. */
  triggeredBy(name: string): ReadonlySet<string> {
    return this.#triggers.get(name) ?? noNames;
  }

  /** The repositories under a tag, one bit each. */
  repositoriesTagged(tag: string | null): number {
    return this.#tags.get(tag) ?? 0;
  }

  #addPackage(found: IndexedPackage, { relations }: ApkRecord): void {
    this.#addName(found.name, found);
    for (const { name } of parseApkProvides(relations.provides ?? "")) this.#addName(name, found);
    if (found.hasInstallIf) addTriggers(this.#triggers, found);
  }

  #addName(name: string, found: IndexedPackage): void {
    const known = this.#packages.get(name);
    if (known === undefined) this.#packages.set(name, found);
    else if (!Array.isArray(known)) {
      if (known !== found) this.#packages.set(name, [known, found]);
    } else if (known.at(-1) !== found) known.push(found);
  }
}

const noNames: ReadonlySet<string> = new Set();

/** Notes every name of a package under each name that it waits for. */
export function addTriggers(triggers: Map<string, Set<string>>, found: PoolPackage): void {
  for (const { name } of found.installIf) {
    const names = triggers.get(name) ?? new Set();
    triggers.set(name, names);
    names.add(found.name);
    for (const provided of found.provides) names.add(provided.name);
  }
}
