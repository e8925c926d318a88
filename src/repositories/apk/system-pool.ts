import type { InstalledPackage } from "../../image/layer-facts.ts";
import { addTriggers, IndexedPackage, type IndexPool } from "./index-pool.ts";
import type { Pool, PoolOffer, PoolPackage } from "./solver/pool.ts";

/** What there is to choose from on one system: what is installed there, then what its repositories have. */
export class SystemPool implements Pool {
  /** In the order of the database. */
  readonly installed: readonly PoolPackage[];
  readonly #index: IndexPool;
  readonly #isInstalled: ReadonlySet<PoolPackage>;
  readonly #offers = new Map<string, PoolOffer[]>();
  readonly #triggers = new Map<string, Set<string>>();

  constructor(index: IndexPool, installed: readonly InstalledPackage[]) {
    this.#index = index;
    this.installed = installed.map((found) => findBuild(index, found));
    this.#isInstalled = new Set(this.installed);
    for (const found of this.installed) {
      this.#add(found.name, { package: found, version: found.version });
      for (const { name, version } of found.provides) this.#add(name, { package: found, version });
      addTriggers(this.#triggers, found);
    }
  }

  offersOf(name: string): readonly PoolOffer[] {
    const known = this.#offers.get(name);
    const offers = this.#index.offersOf(name);
    if (known === undefined) return offers;
    return [...known, ...offers.filter((offer) => !this.#isInstalled.has(offer.package))];
  }

  triggeredBy(name: string): readonly string[] {
    const known = this.#triggers.get(name);
    const triggered = this.#index.triggeredBy(name);
    if (known === undefined && triggered.size === 0) return noNames;
    return [...(known === undefined ? triggered : new Set([...known, ...triggered]))];
  }

  isInstalled(found: PoolPackage): boolean {
    return this.#isInstalled.has(found);
  }

  repositoriesOf(found: PoolPackage): number {
    return found instanceof IndexedPackage ? found.repositories : 0;
  }

  repositoriesTagged(tag: string | null): number {
    return this.#index.repositoriesTagged(tag);
  }

  #add(name: string, offer: PoolOffer): void {
    const known = this.#offers.get(name);
    if (known === undefined) this.#offers.set(name, [offer]);
    else known.push(offer);
  }
}

const noNames: readonly string[] = [];

/** The package of the index with that name and version: the database as it is kept here has no checksum to tell builds apart. */
function findBuild(index: IndexPool, installed: InstalledPackage): IndexedPackage {
  const { name, version } = installed;
  const offer = index
    .offersOf(name)
    .find(({ package: found }) => found.name === name && found.version === version);
  return offer?.package ?? new IndexedPackage(installed, null);
}
