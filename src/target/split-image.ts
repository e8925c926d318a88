import { indexOwnership, type Ownership } from "../distros/ownership.ts";
import { installedPackages, type ImagePackages } from "../distros/installed-packages.ts";
import type { InstalledPackage } from "../image/layer-facts.ts";
import type { MergedRootfs } from "../image/merge.ts";
import type { RootfsNode } from "../image/rootfs.ts";
import { isSystemFolder, isSystemState } from "./system-state.ts";

/** The base at the bottom of an image, as far as it is known. */
export interface KnownBase {
  readonly rootfs: MergedRootfs;
  /** How many layers of the image are its own; null where somebody said which base it is and the layers do not show it. */
  readonly layers: number | null;
}

/** The three parts of an image. */
export interface ImageParts {
  /** Packages that the base does not have, or has in another version; sorted by name. */
  readonly addedPackages: readonly InstalledPackage[];
  /** Real paths that are the app's own, in the order of the tree. */
  readonly appPaths: readonly string[];
  readonly ownership: Ownership;
  readonly packages: ImagePackages;
}

/**
 * Splits a merged image into base, added packages and app. The app is what neither the base nor a package has: above a
 * known base all of that, without one only what lies outside the folders of the distribution (in them, it is what
 * maintainer scripts made). An image without any package database is all app. `appRoots` are taken whoever has them.
 */
export function splitImage(
  rootfs: MergedRootfs,
  base: KnownBase | null,
  appRoots: readonly string[],
): ImageParts {
  const packages = installedPackages(rootfs);
  const ownership = indexOwnership(rootfs, packages);
  const known = base === null ? [] : installedPackages(base.rootfs).packages;
  const versions = new Set(known.map(({ name, version }) => `${name} ${version}`));
  const addedPackages = packages.packages
    .filter(({ name, version }) => !versions.has(`${name} ${version}`))
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const isOfBase = base === null ? () => false : baseTest(base, rootfs);
  const isAllApp = base === null && packages.manager === "none";
  const isApp = (path: string): boolean => {
    if (appRoots.some((root) => path === root || path.startsWith(`${root}/`))) return true;
    const node = rootfs.lookup(path);
    if (path === "/" || node === null || isSystemState(path)) return false;
    if (isOfBase(path, node) || ownership.ownerOf(path) !== null) return false;
    return isAllApp || base !== null || !isSystemFolder(path);
  };
  const appPaths = [...rootfs.paths()].filter(isApp);
  return {
    addedPackages,
    appPaths: withoutBareDirectories(rootfs, appPaths, appRoots),
    ownership,
    packages,
  };
}

function baseTest(
  { rootfs, layers }: KnownBase,
  image: MergedRootfs,
): (path: string, node: RootfsNode) => boolean {
  if (layers !== null) return (_path, { layerIndex }) => layerIndex < layers;
  return (path, { entry }) => {
    const there = rootfs.lookup(path)?.entry;
    if (there === undefined || there.type !== entry.type) return false;
    if (entry.type === "directory") return true;
    const isSame = there.sizeBytes === entry.sizeBytes && there.linkTarget === entry.linkTarget;
    return isSame && there.mode === entry.mode && isSameCode(path, rootfs, image);
  };
}

/** Size does not tell a rebuilt program from the one before; of other files nothing more is known. */
function isSameCode(path: string, a: MergedRootfs, b: MergedRootfs): boolean {
  return (
    a.elfSha256(path) === b.elfSha256(path) &&
    a.shebang(path)?.line === b.shebang(path)?.line &&
    a.text(path) === b.text(path)
  );
}

/** Every image has these; they say nothing of the app. */
const usrLocal = /^\/usr\/local(?:\/(?:bin|sbin|lib|share|etc|include|man|src|games))?$/;

/**
 * A directory that a layer repeats for its contents (`/usr/local/bin`) is no part of the app; one of its own is: it may
 * be empty, and its owner and mode may matter.
 */
function withoutBareDirectories(
  rootfs: MergedRootfs,
  appPaths: readonly string[],
  appRoots: readonly string[],
): readonly string[] {
  return appPaths.filter((path) => {
    const isDirectory = rootfs.lookup(path)?.entry.type === "directory";
    return (
      !isDirectory || appRoots.includes(path) || !(isSystemFolder(path) || usrLocal.test(path))
    );
  });
}
