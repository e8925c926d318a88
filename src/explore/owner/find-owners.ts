import type { FamilyId } from "../../distros/family.ts";
import { installedPackages, type ImagePackages } from "../../distros/installed-packages.ts";
import { indexOwnership, type Ownership } from "../../distros/ownership.ts";
import type { InstalledPackage } from "../../image/layer-facts.ts";
import type { MergedRootfs } from "../../image/merge.ts";
import { findPath } from "../find-path.ts";
import type { View } from "../open-view.ts";
import { findPackageLayers } from "../packages/package-layers.ts";

/** A package as an owner. */
export interface Owner {
  readonly manager: FamilyId;
  readonly name: string;
  readonly version: string;
  readonly architecture: string | null;
  /** The layer that brought the package. */
  readonly layerIndex: number | null;
}

/** Whose a path is. */
export interface OwnedPath {
  /** As asked. */
  readonly path: string;
  /** Where it really is: the directory part without links; null when it is not in the image. */
  readonly realPath: string | null;
  /** The layer that its content is of. */
  readonly layerIndex: number | null;
  /** Packages that name it, in the order of the databases: of a directory all that have something in it. */
  readonly owners: readonly Owner[];
  /** Of a link that no package owns, or whose target is another's: where it leads and whose that is. */
  readonly target: { readonly realPath: string; readonly owners: readonly Owner[] } | null;
  /** Paths that are like it, where nobody knows it: it is not in the image and no package names it. */
  readonly near: readonly string[];
}

/**
 * Answers as `dpkg -S`, `rpm -qf` and `apk info --who-owns` do, on a merged /usr under either name: links in the directory
 * part are followed, a link itself belongs to who brought the link. A path that a list names and that is not in the image
 * (documentation that was left out) has its owner too. The view must have the sections `packages` and `texts`. Pure.
 */
export function findOwners(
  { layers, rootfs }: Pick<View, "layers" | "rootfs">,
  paths: readonly string[],
): readonly OwnedPath[] {
  const packages = installedPackages(rootfs);
  const layerOf = findPackageLayers(layers);
  const managers = new Map(
    packages.databases.flatMap(({ manager, packages: all }) => all.map((one) => [one, manager])),
  );
  const toOwner = (one: InstalledPackage): Owner => ({
    manager: managers.get(one) ?? packages.manager,
    name: one.name,
    version: one.version,
    architecture: one.architecture,
    layerIndex: layerOf(one),
  });
  const lookup = { rootfs, packages, ownership: indexOwnership(rootfs, packages) };
  return paths.map((path) => findOwner(path, { ...lookup, toOwner }));
}

interface Lookup {
  readonly rootfs: MergedRootfs;
  readonly packages: ImagePackages;
  readonly ownership: Ownership;
  readonly toOwner: (one: InstalledPackage) => Owner;
}

function findOwner(path: string, { rootfs, packages, ownership, toOwner }: Lookup): OwnedPath {
  const place = findPlace(rootfs, path);
  const owners = place === null ? listedOwners(packages, path) : ownership.ownersOf(place);
  const node = place === null ? null : rootfs.lookup(place);
  const target = node?.entry.type === "symlink" && place !== null ? rootfs.resolve(place) : null;
  const behind = target?.kind === "found" ? ownership.ownersOf(target.path) : [];
  const isSame = behind.length === owners.length && behind.every((one) => owners.includes(one));
  return {
    path,
    realPath: node === null ? null : place,
    layerIndex: node?.layerIndex ?? null,
    owners: owners.map(toOwner),
    target:
      target?.kind === "found" && !isSame
        ? { realPath: target.path, owners: behind.map(toOwner) }
        : null,
    near: node === null && owners.length === 0 ? nearPaths(rootfs, path) : [],
  };
}

function nearPaths(rootfs: MergedRootfs, path: string): readonly string[] {
  const found = findPath(rootfs, path, { where: "", followsLast: false });
  return !found.ok && found.failure.kind === "not-found" ? found.failure.near : [];
}

/** The real directory and the name in it, whether that is there or not; null where the directory is not there. */
function findPlace(rootfs: MergedRootfs, path: string): string | null {
  const trimmed = path.replace(/\/+$/, "");
  const slash = trimmed.lastIndexOf("/");
  const name = trimmed.slice(slash + 1);
  // With a slash behind it, or as a dot, it is the directory that a link leads to.
  if (path.endsWith("/") || name === "" || name === "." || name === "..") {
    const resolved = rootfs.resolve(path);
    return resolved.kind === "found" ? resolved.path : null;
  }
  const folder = rootfs.resolve(trimmed.slice(0, Math.max(slash, 0)));
  if (folder.kind !== "found" || folder.node.entry.type !== "directory") return null;
  return folder.path === "/" ? `/${name}` : `${folder.path}/${name}`;
}

/** Of a path whose directory is not in the image: who names it, letter by letter. */
function listedOwners({ databases }: ImagePackages, path: string): readonly InstalledPackage[] {
  const absolute = path.startsWith("/") ? path : `/${path}`;
  return databases.flatMap(({ packages }) =>
    packages.filter(({ files }) => files.includes(absolute)),
  );
}
