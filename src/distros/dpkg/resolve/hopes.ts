import type { PackageNode } from "./package-node.ts";
import type { Universe } from "./universe.ts";
import type { VersionNode } from "./version-node.ts";

/**
 * The candidates as apt remembers them where it asks whether a demand could be met. It looks anew at all that a name stands for only
 * when one of these is changed, so that a candidate that it does not think of any more may count for long.
 * Source: apt-pkg/depcache.cc, pkgDepCache::Update and the states of dependencies.
 */
export class Hopes {
  readonly #universe: Universe;
  /** By name; without one the first candidates count. */
  readonly #noticed = new Map<string, ReadonlySet<VersionNode>>();

  constructor(universe: Universe) {
    this.#universe = universe;
  }

  /** Whether a version that has the name, or stands in for it, counts as a candidate. */
  has(name: string, version: VersionNode): boolean {
    const noticed = this.#noticed.get(name);
    return noticed === undefined
      ? version.package.firstCandidate === version
      : noticed.has(version);
  }

  /** The package was changed: its candidate counts now, as do those of all that stand in for the same names. */
  notice({ name, current, candidate }: PackageNode): void {
    const names = new Set([name]);
    for (const version of [current, candidate]) {
      const isAny = version?.facts.relations.multiArch === "allowed";
      for (const provided of [name, ...(version?.provides ?? []).map((one) => one.name)]) {
        names.add(provided);
        if (isAny) names.add(`${provided}:any`);
      }
    }
    for (const one of names) this.#look(one);
  }

  #look(name: string): void {
    const candidate = this.#universe.node(name).candidate;
    const owners = this.#universe.provisions(name).map(({ owner }) => owner);
    const counting = owners.filter((owner) => owner.package.candidate === owner);
    this.#noticed.set(name, new Set(candidate === null ? counting : [candidate, ...counting]));
  }
}
