import { parseRelations, plainOf } from "../../distros/rpm/resolve/installed-candidate.ts";
import type { RepositoryCandidate, RpmUniverse } from "../../distros/rpm/resolve/universe.ts";
import { ModuleFilter } from "./module-filter.ts";
import type { PackedPackage } from "./packed-package.ts";
import type { YumRepository } from "./read-config.ts";
import type { PlaceKind, YumTable } from "./yum-table.ts";

/** One repository with its table. */
export interface OpenedRepository {
  readonly repository: YumRepository;
  /** Address that the places of packages are relative to. */
  readonly url: string;
  readonly table: YumTable;
}

/** A package with where it is from. */
export interface YumPackage extends RepositoryCandidate {
  readonly packed: PackedPackage;
  readonly from: OpenedRepository;
}

/** All packages of several repositories; what their settings or modules exclude is not there. Read as they are asked for, then kept. */
export class YumUniverse implements RpmUniverse {
  readonly #parts: readonly {
    readonly from: OpenedRepository;
    readonly start: number;
    readonly isHidden: (name: string) => boolean;
  }[];
  readonly #known = new Map<number, Known | null>();
  readonly #modules: ModuleFilter;

  /** `chosen`: streams of modules that the base has enabled, `module:stream`. */
  constructor(repositories: readonly OpenedRepository[], chosen: readonly string[] = []) {
    this.#modules = new ModuleFilter(
      repositories.map(({ table }) => table),
      chosen,
    );
    let start = 0;
    this.#parts = repositories.map((from) => {
      const part = { from, start, isHidden: hider(from.repository) };
      start += from.table.packageCount;
      return part;
    });
  }

  named(name: string): readonly YumPackage[] {
    return this.#find("name", name);
  }

  providing(name: string): readonly YumPackage[] {
    return this.#find("provides", name);
  }

  owning(path: string): readonly YumPackage[] {
    return this.#find("file", path);
  }

  obsoleting(name: string): readonly YumPackage[] {
    return this.#find("obsoletes", name);
  }

  hidden(name: string): readonly YumPackage[] {
    return this.#places("name", name).flatMap((place) => {
      const known = this.#read(place);
      return known?.isHidden === true ? [known.one] : [];
    });
  }

  /** Null where there is none, or it is excluded. */
  at(place: number): YumPackage | null {
    const known = this.#read(place);
    return known === null || known.isHidden ? null : known.one;
  }

  #read(place: number): Known | null {
    const known = this.#known.get(place);
    if (known !== undefined) return known;
    const part = this.#parts.findLast(({ start }) => start <= place);
    const packed = part?.from.table.at(place - part.start) ?? null;
    let made: Known | null = null;
    if (packed !== null && part !== undefined) {
      const isShown = this.#modules.isShown(part.from.table, place - part.start, packed.name);
      const isHidden = part.isHidden(packed.name) || !isShown;
      made = { one: toCandidate(packed, part.from, place), isHidden };
    }
    this.#known.set(place, made);
    return made;
  }

  #find(kind: PlaceKind, name: string): readonly YumPackage[] {
    return this.#places(kind, name)
      .map((place) => this.at(place))
      .filter((one) => one !== null);
  }

  #places(kind: PlaceKind, name: string): readonly number[] {
    return this.#parts.flatMap(({ from, start }) =>
      from.table.places(kind, name).map((place) => start + place),
    );
  }
}

/** A package that was read before. */
interface Known {
  readonly one: YumPackage;
  /** It must not be taken. */
  readonly isHidden: boolean;
}

function toCandidate(packed: PackedPackage, from: OpenedRepository, place: number): YumPackage {
  const { name, version, architecture } = packed;
  const read = (lines: readonly string[]): ReturnType<typeof parseRelations> =>
    parseRelations(lines.join("\n"));
  const [requires, conflicts] = [read(packed.requires), read(packed.conflicts)];
  return {
    ...{ name, version, architecture, place, packed, from },
    provides: plainOf(read(packed.provides).read),
    requires: requires.read,
    conflicts: conflicts.read,
    obsoletes: plainOf(read(packed.obsoletes).read),
    weak: {
      recommends: read(packed.recommends).read,
      suggests: read(packed.suggests).read,
      supplements: read(packed.supplements).read,
      enhances: read(packed.enhances).read,
    },
    isBroken: requires.isBroken || conflicts.isBroken,
    priority: from.repository.priority,
  };
}

/** Source: dnf.conf(5), `excludepkgs`, `includepkgs`. */
function hider({ excludes, includes }: YumRepository): (name: string) => boolean {
  const [hidden, shown] = [excludes.map(toPattern), includes.map(toPattern)];
  return (name) =>
    hidden.some((pattern) => pattern.test(name)) ||
    (shown.length > 0 && !shown.some((pattern) => pattern.test(name)));
}

/** `*` and `?` alone; each star is bounded, so that no pattern takes long. */
function toPattern(wildcard: string): RegExp {
  const escaped = wildcard
    .slice(0, 256)
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, "[^]{0,200}?")
    .replace(/\?/g, "[^]");
  return new RegExp(`^${escaped}$`);
}
