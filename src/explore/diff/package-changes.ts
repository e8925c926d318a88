import { installedPackages } from "../../distros/installed-packages.ts";
import type { InstalledPackage } from "../../image/layer-facts.ts";
import type { Rootfs } from "../../image/rootfs.ts";

/** A package that is not the same in both. */
export interface PackageChange {
  readonly kind: "added" | "removed" | "changed";
  readonly name: string;
  readonly architecture: string | null;
  /** Versions; several where one name is installed more than once (kernels of rpm). Empty where it is not there. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Compares the packages of all databases, by name and architecture. Sorted by these. Pure. */
export function findPackageChanges(before: Rootfs, after: Rootfs): readonly PackageChange[] {
  const [old, now] = [versionsOf(before), versionsOf(after)];
  const keys = [...new Set([...old.keys(), ...now.keys()])].toSorted();
  return keys.flatMap((key) => {
    const [name = "", architecture = ""] = key.split("\n");
    const [was, is] = [old.get(key) ?? [], now.get(key) ?? []];
    if (was.join("\n") === is.join("\n")) return [];
    const kind = was.length === 0 ? "added" : is.length === 0 ? "removed" : "changed";
    return [{ kind, name, architecture: architecture || null, before: was, after: is } as const];
  });
}

function versionsOf(rootfs: Rootfs): ReadonlyMap<string, readonly string[]> {
  const packages = installedPackages(rootfs).databases.flatMap((database) => database.packages);
  const isForeign = hasSeveralArchitectures(packages);
  const versions = new Map<string, string[]>();
  for (const one of packages) {
    const key = isForeign(one) ? `${one.name}\n${one.architecture ?? ""}` : `${one.name}\n`;
    const known = versions.get(key);
    if (known === undefined) versions.set(key, [one.version]);
    else known.push(one.version);
  }
  for (const list of versions.values()) list.sort();
  return versions;
}

/** Images for two platforms have the same packages: an architecture is told only where a name is there for several. */
function hasSeveralArchitectures(
  packages: readonly InstalledPackage[],
): (one: InstalledPackage) => boolean {
  const byName = new Map<string, Set<string>>();
  for (const { name, architecture } of packages) {
    const known = byName.get(name) ?? new Set();
    byName.set(name, known.add(architecture ?? ""));
  }
  return ({ name }) => (byName.get(name)?.size ?? 0) > 1;
}
