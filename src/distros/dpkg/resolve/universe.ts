import { compareDebVersions } from "../../../formats/versions/deb.ts";
import type { RelationTarget } from "../../../formats/dpkg/parse-relations.ts";
import type { InstalledPackage } from "../../../image/layer-facts.ts";
import type { DebLookup } from "./deb-lookup.ts";
import { PackageNode } from "./package-node.ts";
import { VersionNode, type VersionFacts } from "./version-node.ts";

/** That a version stands in for a name. */
export interface Provision {
  readonly owner: VersionNode;
  /** Null where it has none: it then meets no demand for a version. */
  readonly version: string | null;
}

/** Thrown when a request looks at more packages than it may; caught by `resolveDebs`. */
export class TooManyPackages extends Error {}

const any = ":any";
/** apt takes itself for essential. Source: apt-pkg/deb/deblistparser.cc, forceEssential. */
const alwaysEssential = "apt";
/** Of the database of installed packages. Source: apt_preferences(5). */
const installedPin = 100;

/** The packages of all repositories and of the system, made when they are first looked at. */
export class Universe {
  readonly #lookup: DebLookup;
  readonly #native: string;
  readonly #maxPackages: number;
  readonly #installed = new Map<string, InstalledPackage>();
  readonly #installedProviding = new Map<string, Set<string>>();
  readonly #nodes = new Map<string, PackageNode>();
  readonly #provisions = new Map<string, readonly Provision[]>();
  /** Every installed package, in the order of its database. */
  readonly installed: readonly PackageNode[];

  constructor(options: {
    readonly lookup: DebLookup;
    readonly installed: readonly InstalledPackage[];
    readonly nativeArchitecture: string;
    readonly maxPackages: number;
  }) {
    this.#lookup = options.lookup;
    this.#native = options.nativeArchitecture;
    this.#maxPackages = options.maxPackages;
    for (const one of options.installed) {
      if (this.#isForUs(one.architecture ?? "all")) this.#installed.set(one.name, one);
    }
    this.installed = [...this.#installed.keys()].map((name) => this.node(name));
    for (const { name, current } of this.installed) {
      for (const provided of current?.provides ?? []) {
        const owners = this.#installedProviding.get(provided.name) ?? new Set();
        this.#installedProviding.set(provided.name, owners.add(name));
      }
    }
  }

  /** All that were looked at so far. */
  get known(): Iterable<PackageNode> {
    return this.#nodes.values();
  }

  node(name: string): PackageNode {
    const known = this.#nodes.get(name);
    if (known !== undefined) return known;
    if (this.#nodes.size >= this.#maxPackages) throw new TooManyPackages();
    const made = new PackageNode(name);
    this.#nodes.set(name, made);
    this.#fill(made);
    return made;
  }

  /** Who stands in for `name`, in the order in which apt goes through them: what was read last comes first. */
  provisions(name: string): readonly Provision[] {
    const known = this.#provisions.get(name);
    if (known !== undefined) return known;
    const made = name.endsWith(any)
      ? this.#provisionsOfAny(name, name.slice(0, -any.length))
      : this.#owners(name).flatMap((version) => provisionsBy(version, name));
    made.sort((a, b) => placeOf(b.owner) - placeOf(a.owner));
    this.#provisions.set(name, made);
    return made;
  }

  /** `python3:any` is met by what allows it, of every architecture: here that is the machine's own. Source: deblistparser.cc ParseProvides. */
  #provisionsOfAny(name: string, plain: string): Provision[] {
    const itself = this.node(plain).versions.filter(allowsAny);
    const owners = this.#owners(plain).filter(allowsAny);
    return [
      ...itself.map((owner) => ({ owner, version: owner.facts.version })),
      ...owners.flatMap((owner) => provisionsBy(owner, plain)),
      ...this.#owners(name).flatMap((owner) => provisionsBy(owner, name)),
    ];
  }

  #owners(name: string): readonly VersionNode[] {
    const plain = name.endsWith(any) ? name.slice(0, -any.length) : name;
    const offered = this.#lookup.providing(plain).map((deb) => deb.name);
    const names = new Set([...offered, ...(this.#installedProviding.get(plain) ?? [])]);
    return [...names].flatMap((owner) => this.node(owner).versions);
  }

  #isForUs(architecture: string): boolean {
    return architecture === "all" || architecture === this.#native;
  }

  #fill(node: PackageNode): void {
    const offered = this.#lookup
      .named(node.name)
      .filter(({ architecture }) => this.#isForUs(architecture));
    const byVersion = new Map<string, VersionNode>();
    for (const deb of [...offered].sort((a, b) => b.pin - a.pin || a.place - b.place)) {
      if (byVersion.has(deb.version)) continue;
      byVersion.set(deb.version, new VersionNode(node, { ...deb, deb }, this.#native));
      node.mention = deb.mention;
    }
    const installed = this.#installed.get(node.name);
    if (installed !== undefined) {
      const version = byVersion.get(installed.version) ?? this.#installedVersion(node, installed);
      byVersion.set(installed.version, version);
      node.current = version;
      node.planned = version;
    }
    node.versions = [...byVersion.values()].sort((a, b) =>
      compareDebVersions(b.facts.version, a.facts.version),
    );
    node.candidate = findCandidate(node);
    node.firstCandidate = node.candidate;
    node.isOutdated =
      node.current !== null && node.candidate !== null && node.candidate !== node.current;
    node.isEssential =
      node.name === alwaysEssential ||
      installed?.relations?.isEssential === true ||
      offered.some(({ relations }) => relations.isEssential);
    node.isImportant =
      node.name === alwaysEssential || offered.some(({ isProtected }) => isProtected);
  }

  #installedVersion(node: PackageNode, installed: InstalledPackage): VersionNode {
    const facts: VersionFacts = {
      version: installed.version,
      source: installed.source,
      sourceVersion: installed.sourceVersion ?? null,
      priority: "optional",
      relations: installed.relations ?? {},
      deb: null,
    };
    return new VersionNode(node, facts, this.#native);
  }
}

/** The newest of the repositories that are liked best; never older than the installed one. Source: apt-pkg/policy.cc GetCandidateVer. */
function findCandidate({ versions, current }: PackageNode): VersionNode | null {
  let best: VersionNode | null = null;
  let bestPin = -1;
  for (const version of versions) {
    const pin = Math.max(version.facts.deb?.pin ?? 0, version === current ? installedPin : 0);
    if (pin <= Math.max(bestPin, 0)) continue;
    const isOlder =
      current !== null && compareDebVersions(version.facts.version, current.facts.version) < 0;
    if (!isOlder) [best, bestPin] = [version, pin];
  }
  return best;
}

function provisionsBy(owner: VersionNode, name: string): readonly Provision[] {
  const plain = name.endsWith(any) ? name.slice(0, -any.length) : name;
  const architecture = name.endsWith(any) ? "any" : null;
  return owner.provides
    .filter((provided) => provided.name === plain && isOf(provided, architecture))
    .map(({ condition }) => ({ owner, version: condition?.version ?? null }));
}

function isOf({ architecture }: RelationTarget, wanted: string | null): boolean {
  return wanted === null ? architecture === null : architecture === wanted;
}

function allowsAny({ facts }: VersionNode): boolean {
  return facts.relations.multiArch === "allowed";
}

/** The database of installed packages is read last. */
function placeOf({ facts }: VersionNode): number {
  return facts.deb?.place ?? Number.MAX_SAFE_INTEGER;
}
