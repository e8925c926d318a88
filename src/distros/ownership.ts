import type { AlternativeGroup } from "../formats/dpkg/alternatives.ts";
import type { InstalledPackage } from "../image/layer-facts.ts";
import type { Rootfs } from "../image/rootfs.ts";
import type { ImagePackages } from "./installed-packages.ts";

/** Which package a file of a merged image came with. */
export interface Ownership {
  /** The first package, in the order of the databases, that names this real path; null when none does. */
  ownerOf(realPath: string): InstalledPackage | null;
  /** All of them: a directory has many, a file that two packages share two. In the order of the databases. */
  ownersOf(realPath: string): readonly InstalledPackage[];
}

/**
 * Indexes the files of all packages by the path at which they really are: the links in the directory part of a listed
 * path are followed (`/lib/x` is `/usr/lib/x` where /usr is merged), the last part is not (a link is owned itself).
 * A diverted file is where it was put; links of update-alternatives belong to the package that they lead to. A listed file whose directory is not there is not indexed.
 */
export function indexOwnership(rootfs: Rootfs, { databases }: ImagePackages): Ownership {
  const places = new RealPlaces(rootfs);
  const index = new Map<string, InstalledPackage[]>();
  for (const database of databases) {
    const diverted = new Map(database.diversions.map((one) => [places.find(one.from), one]));
    for (const owner of database.packages) {
      for (const file of owner.files) {
        const listed = places.find(file);
        if (listed === null) continue;
        const diversion = diverted.get(listed);
        const isMoved = diversion !== undefined && diversion.by !== owner.name;
        const place = isMoved ? places.find(diversion.to) : listed;
        if (place !== null) addOwner(index, place, owner);
      }
    }
  }
  for (const { alternatives = [] } of databases) {
    for (const group of alternatives) addAlternatives(rootfs, { index, places }, group);
  }
  const omitsLinks = databases.some((database) => database.omitsLinks);
  const ownersOf = (path: string): readonly InstalledPackage[] =>
    index.get(path) ?? (omitsLinks ? ownersOfTarget(rootfs, index, path) : []);
  return { ownersOf, ownerOf: (path) => ownersOf(path)[0] ?? null };
}

/** A link that update-alternatives made is the package's whose file it leads to. */
function addAlternatives(
  rootfs: Rootfs,
  {
    index,
    places,
  }: { readonly index: Map<string, InstalledPackage[]>; readonly places: RealPlaces },
  { name, link, slaves }: AlternativeGroup,
): void {
  for (const one of [{ name, link }, ...slaves]) {
    for (const path of [one.link, `/etc/alternatives/${one.name}`]) {
      const place = places.find(path);
      if (place === null || index.has(place) || rootfs.lookup(place)?.entry.type !== "symlink")
        continue;
      const target = rootfs.resolve(place);
      const owner = target.kind === "found" ? index.get(target.path)?.[0] : undefined;
      if (owner !== undefined) addOwner(index, place, owner);
    }
  }
}

type Index = ReadonlyMap<string, readonly InstalledPackage[]>;

function addOwner(
  index: Map<string, InstalledPackage[]>,
  path: string,
  owner: InstalledPackage,
): void {
  const owners = index.get(path);
  if (owners === undefined) index.set(path, [owner]);
  else if (owners.at(-1) !== owner) owners.push(owner);
}

/** Folders that belong to the distribution. Source: FHS 3.0, sections 3 and 4.9. */
const systemPattern = /^\/(?:bin|sbin|etc|lib[^/]*|usr(?!\/local\/))\//;

/**
 * A link that no list names belongs, where lists leave links out, to the package of what it leads to, as `apk info
 * --who-owns` says; but only in the distribution's folders: a link of the app to `/usr/bin/python3` is the app's.
 */
function ownersOfTarget(rootfs: Rootfs, index: Index, path: string): readonly InstalledPackage[] {
  if (!systemPattern.test(path) || rootfs.lookup(path)?.entry.type !== "symlink") return [];
  const target = rootfs.resolve(path);
  return target.kind === "found" ? (index.get(target.path) ?? []) : [];
}

/** Real paths of listed ones; each directory is resolved once. */
class RealPlaces {
  readonly #rootfs: Rootfs;
  readonly #directories = new Map<string, string | null>();

  constructor(rootfs: Rootfs) {
    this.#rootfs = rootfs;
  }

  /** Null when the directory is not there. */
  find(path: string): string | null {
    const trimmed = trimEnd(path);
    const slash = trimmed.lastIndexOf("/");
    if (slash === -1) return "/";
    const directory = this.#directory(trimmed.slice(0, slash) || "/");
    const name = trimmed.slice(slash + 1);
    if (directory === null || name === "..") return null;
    return directory === "/" ? `/${name}` : `${directory}/${name}`;
  }

  #directory(path: string): string | null {
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    const resolved = this.#rootfs.resolve(path);
    const isThere = resolved.kind === "found" && resolved.node.entry.type === "directory";
    const real = isThere ? resolved.path : null;
    this.#directories.set(path, real);
    return real;
  }
}

/** Without `/` and `/.` at the end. No regular expression: a hostile path of slashes would make one try each of them. */
function trimEnd(path: string): string {
  let end = path.length;
  for (;;) {
    if (path.charAt(end - 1) === "/") end--;
    else if (path.charAt(end - 1) === "." && path.charAt(end - 2) === "/") end -= 2;
    else return path.slice(0, end);
  }
}
