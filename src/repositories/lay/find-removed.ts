import type { ImagePackages } from "../../distros/installed-packages.ts";
import { indexOwnership } from "../../distros/ownership.ts";
import type { FileEntry } from "../../image/layer-facts.ts";
import type { MergedRootfs } from "../../image/merge.ts";

/**
 * Whiteouts for what goes with packages that are removed or replaced: their files and links that no other package has. What is in
 * /etc stays (configuration is removed with `purge` only, and one that an upgrade no longer has stays too), and so do folders.
 * In the order of the root.
 */
export function findRemoved(
  rootfs: MergedRootfs,
  installed: ImagePackages,
  going: ReadonlySet<string>,
): readonly FileEntry[] {
  if (going.size === 0) return [];
  const ownership = indexOwnership(rootfs, installed);
  const whiteouts: FileEntry[] = [];
  for (const path of rootfs.paths()) {
    if (path.startsWith("/etc/")) continue;
    if (rootfs.lookup(path)?.entry.type === "directory") continue;
    const owners = ownership.ownersOf(path);
    if (owners.length === 0 || !owners.every(({ name }) => going.has(name))) continue;
    whiteouts.push({ path, type: "whiteout", mode: 0, uid: 0, gid: 0, sizeBytes: 0 });
  }
  return whiteouts;
}
