import type { FamilyId } from "../../distros/family.ts";
import { installedPackages } from "../../distros/installed-packages.ts";
import { indexOwnership, type Ownership } from "../../distros/ownership.ts";
import type { InstalledPackage } from "../../image/layer-facts.ts";
import type { MergedRootfs } from "../../image/merge.ts";
import type { Failure } from "../../model/failure.ts";
import { ownerOfFile } from "../du/group-files.ts";
import { measureUsage, rootOf } from "../du/usage.ts";
import type { View } from "../open-view.ts";
import { findPackageLayers } from "./package-layers.ts";

/** One installed package and what it takes. */
export interface ListedPackage {
  readonly manager: FamilyId;
  readonly name: string;
  readonly version: string;
  readonly architecture: string | null;
  /** The package that it was built from; its own name where the database does not say another. */
  readonly source: string;
  readonly sourceVersion: string;
  /** Paths that its list names, directories among them; null where its list is not there. */
  readonly files: number | null;
  /** Contents of the regular files of it that are in the image; of a file of two packages the first has it. Null as above. */
  readonly sizeBytes: number | null;
  /** The layer since which it is there in this version, 0 is the bottom. */
  readonly layerIndex: number | null;
}

export interface PackageList {
  /** Every database that is there, the one that counts first; empty where there is none. */
  readonly managers: readonly FamilyId[];
  /** By name, then architecture and version, by UTF-16 code unit. */
  readonly packages: readonly ListedPackage[];
  /** What of the databases could not be told. */
  readonly problems: readonly Failure[];
}

/** Lists the packages of all databases. The view must have the sections `packages` and `texts`. Pure. */
export function listPackages({ layers, rootfs }: Pick<View, "layers" | "rootfs">): PackageList {
  const found = installedPackages(rootfs);
  const managers = found.databases.map(({ manager }) => manager).filter((one) => one !== "none");
  if (found.databases.every((database) => database.packages.length === 0)) {
    return { managers, packages: [], problems: found.problems };
  }
  const layerOf = findPackageLayers(layers);
  const sizes = measurePackages(rootfs, indexOwnership(rootfs, found));
  const packages = found.databases.flatMap(({ manager, packages: all }) =>
    all.map((one): ListedPackage => {
      const { name, version, architecture, source, sourceVersion, files } = one;
      // dpkg keeps lists apart from packages, and one that is there has a line at least.
      const isListed = manager !== "dpkg" || files.length > 0;
      return {
        manager,
        name,
        version,
        architecture,
        source: source ?? name,
        sourceVersion: sourceVersion ?? version,
        files: isListed ? files.length : null,
        sizeBytes: isListed ? (sizes.get(one) ?? 0) : null,
        layerIndex: layerOf(one),
      };
    }),
  );
  return { managers, packages: packages.toSorted(comparePackages), problems: found.problems };
}

function measurePackages(
  rootfs: MergedRootfs,
  ownership: Ownership,
): ReadonlyMap<InstalledPackage, number> {
  const sizes = new Map<InstalledPackage, number>();
  for (const file of measureUsage(rootfs, rootOf(rootfs)).files) {
    const owner = ownerOfFile(file, ownership);
    if (owner !== null) sizes.set(owner, (sizes.get(owner) ?? 0) + file.sizeBytes);
  }
  return sizes;
}

type Named = Pick<ListedPackage, "name" | "architecture" | "version">;

function comparePackages(a: Named, b: Named): number {
  return (
    compare(a.name, b.name) ||
    compare(a.architecture ?? "", b.architecture ?? "") ||
    compare(a.version, b.version)
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
