import { overlapsRpmRange, type RpmRange } from "../../../formats/versions/rpm.ts";
import type { RpmRelation } from "../../../formats/rpm/relation.ts";
import { haveSameColor } from "./architectures.ts";
import type { RepositoryCandidate, RpmCandidate, RpmUniverse } from "./universe.ts";

/** One package as the solver numbers it: the installed ones first, then those of the repositories in their order. */
export interface Solvable extends RpmCandidate {
  /** From 1. */
  readonly id: number;
  readonly isInstalled: boolean;
  /** Lower is better. */
  readonly priority: number;
}

/** An installed package with its files. */
export interface InstalledCandidate extends RpmCandidate {
  readonly files: readonly string[];
}

/** What there is to choose from: the installed packages and those of the repositories that this machine takes. */
export class Pool {
  readonly installed: readonly Solvable[];
  readonly #universe: RpmUniverse;
  readonly #ranks: ReadonlyMap<string, number>;
  readonly #installedProvides = new Map<string, Solvable[]>();
  readonly #installedFiles: () => ReadonlyMap<string, readonly Solvable[]>;
  readonly #byId = new Map<number, Solvable>();
  readonly #providers = new Map<string, readonly Solvable[]>();

  constructor(
    universe: RpmUniverse,
    installed: readonly InstalledCandidate[],
    accepted: readonly string[],
  ) {
    this.#universe = universe;
    this.#ranks = new Map(["noarch", ...accepted].map((name, index) => [name, index + 1]));
    this.installed = installed.map((candidate, index) =>
      this.#keep({ ...candidate, id: index + 1, isInstalled: true, priority: 0 }),
    );
    for (const solvable of this.installed) {
      for (const name of new Set(solvable.provides.map((relation) => relation.name))) {
        addTo(this.#installedProvides, name, solvable);
      }
    }
    this.#installedFiles = once(() => indexFiles(installed, this.installed));
  }

  /** 0 for an architecture that this machine does not take, 1 for `noarch`, then the lower the better. */
  rank(architecture: string): number {
    return this.#ranks.get(architecture) ?? 0;
  }

  /** Throws for a number that it never gave out. */
  get(id: number): Solvable {
    const solvable = this.#byId.get(id);
    if (solvable === undefined) throw new Error(`There is no package ${id}`);
    return solvable;
  }

  /** All with this name, by number. */
  named(name: string): readonly Solvable[] {
    const installed = this.installed.filter((solvable) => solvable.name === name);
    return [...installed, ...this.#taken(this.#universe.named(name))];
  }

  /** All with this name, those that must not be taken among them. */
  namedAtAll(
    name: string,
  ): readonly Pick<Solvable, "version" | "architecture" | "priority" | "isInstalled">[] {
    const hidden = this.#universe.hidden(name).map((one) => ({ ...one, isInstalled: false }));
    return [...this.named(name), ...hidden];
  }

  /** All that satisfy the relation, by number. */
  providers(relation: RpmRelation): readonly Solvable[] {
    const key = `${relation.name}\0${relation.comparison}\0${relation.version}`;
    const known = this.#providers.get(key);
    if (known !== undefined) return known;
    const { name } = relation;
    const found = new Set([
      ...(this.#installedProvides.get(name) ?? []),
      ...this.#taken(this.#universe.providing(name)),
    ]);
    const matching = [...found].filter((solvable) => doesProvide(solvable, relation));
    const owners =
      name.startsWith("/") && relation.comparison === "any"
        ? [...(this.#installedFiles().get(name) ?? []), ...this.#taken(this.#universe.owning(name))]
        : [];
    const all = [...new Set([...matching, ...owners])].sort((a, b) => a.id - b.id);
    this.#providers.set(key, all);
    return all;
  }

  /** Packages that obsolete this one, by number. */
  obsoleting(solvable: Solvable): readonly Solvable[] {
    const all = [...this.installed, ...this.#taken(this.#universe.obsoleting(solvable.name))];
    return all.filter((other) => other.name !== solvable.name && doesObsolete(other, solvable));
  }

  /** Packages that this one obsoletes, by number. */
  obsoletedBy(solvable: Solvable): readonly { solvable: Solvable; relation: RpmRelation }[] {
    return solvable.obsoletes.flatMap((relation) =>
      this.named(relation.name)
        .filter((other) => other.id !== solvable.id && matchesNameAndVersion(other, relation))
        .map((other) => ({ solvable: other, relation })),
    );
  }

  /** The installed package that this one would take the place of; null when there is none. */
  replaced(solvable: Solvable): Solvable | null {
    if (solvable.isInstalled) return solvable;
    const isOlder = (other: Solvable): boolean =>
      other.name === solvable.name && haveSameColor(other.architecture, solvable.architecture);
    const named = this.installed.find(isOlder);
    return named ?? this.installed.find((other) => doesObsolete(solvable, other)) ?? null;
  }

  #taken(candidates: readonly RepositoryCandidate[]): readonly Solvable[] {
    return candidates
      .filter((candidate) => this.rank(candidate.architecture) > 0)
      .map((candidate) => {
        const id = this.installed.length + 1 + candidate.place;
        return this.#byId.get(id) ?? this.#keep({ ...candidate, id, isInstalled: false });
      });
  }

  #keep(solvable: Solvable): Solvable {
    this.#byId.set(solvable.id, solvable);
    return solvable;
  }
}

/** Whether one of its provides meets the relation; one without a version is any version. Source: rpm, rpmdsCompare. */
function doesProvide(candidate: RpmCandidate, relation: RpmRelation): boolean {
  return candidate.provides.some(
    (provided) =>
      provided.name === relation.name && overlapsRpmRange(toRange(provided), toRange(relation)),
  );
}

/** Obsoletes mean packages by their own name, whatever others provide. Source: rpm, "obsoletes" in dependencies.md. */
function doesObsolete(candidate: RpmCandidate, other: RpmCandidate): boolean {
  return candidate.obsoletes.some((relation) => matchesNameAndVersion(other, relation));
}

/** Whether the relation means the package itself. */
export function matchesNameAndVersion(candidate: RpmCandidate, relation: RpmRelation): boolean {
  if (candidate.name !== relation.name) return false;
  const own: RpmRange = { operator: "=", version: candidate.version };
  return overlapsRpmRange(own, toRange(relation));
}

function toRange({ comparison, version }: RpmRelation): RpmRange | null {
  return comparison === "any" ? null : { operator: comparison, version };
}

function indexFiles(
  candidates: readonly InstalledCandidate[],
  solvables: readonly Solvable[],
): ReadonlyMap<string, readonly Solvable[]> {
  const byPath = new Map<string, Solvable[]>();
  solvables.forEach((solvable, index) => {
    for (const path of candidates[index]?.files ?? []) addTo(byPath, path, solvable);
  });
  return byPath;
}

function addTo<Key, Item>(map: Map<Key, Item[]>, key: Key, item: Item): void {
  const items = map.get(key);
  if (items === undefined) map.set(key, [item]);
  else items.push(item);
}

/** Makes the value at the first call. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | null = null;
  return () => (made ??= { value: make() }).value;
}
