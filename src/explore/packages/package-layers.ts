import { installedPackages } from "../../distros/installed-packages.ts";
import type { ElfStore, InstalledPackage, LayerFacts } from "../../image/layer-facts.ts";
import { mergeLayers } from "../../image/merge.ts";

/** Which package it is, whatever its version. */
export const identityOf = ({ name, architecture }: InstalledPackage): string =>
  `${name} ${architecture ?? ""}`;

const keyOf = (one: InstalledPackage): string => `${identityOf(one)} ${one.version}`;

/** Finds no ELF facts: nothing about packages depends on them. */
const noElf: ElfStore = { get: () => null };

/**
 * Says of each package which layer brought it: the lowest from which on the package database has it in this version. The
 * packages must be of these layers, which must have the section `packages`. Pure.
 */
export function findPackageLayers(
  layers: readonly LayerFacts[],
): (found: InstalledPackage) => number | null {
  // To merge a big layer once more would be most of the work.
  if (layers.length < 2) return () => (layers.length === 0 ? null : 0);
  let brought = new Map<string, number>();
  let rootfs = mergeLayers([], noElf);
  layers.forEach((layer, index) => {
    rootfs = rootfs.over([layer], noElf);
    // Without a word of a database in it, the layer leaves all as it was.
    if (index > 0 && !touchesDatabase(layer)) return;
    const keys = installedPackages(rootfs).databases.flatMap(({ packages }) => packages.map(keyOf));
    brought = new Map(keys.map((key) => [key, brought.get(key) ?? index]));
  });
  return (found) => brought.get(keyOf(found)) ?? null;
}

function touchesDatabase({ packages, texts, entries }: LayerFacts): boolean {
  // os-release decides which of two databases counts, and a mark may remove one.
  if (Object.keys(packages.byPath).length > 0 || Object.keys(texts.byPath).length > 0) return true;
  return entries.some(({ type }) => type !== "file" && type !== "directory" && type !== "hardlink");
}
