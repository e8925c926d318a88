import type { InstalledPackage } from "../image/layer-facts.ts";
import type { Rootfs } from "../image/rootfs.ts";
import type { Failure } from "../model/failure.ts";
import { type Distro, readDistro } from "./distro.ts";
import type { Family, FamilyId, FamilyPackages } from "./family.ts";
import { families } from "./list.ts";

/** The packages of a merged image. */
export interface ImagePackages {
  /** Of the database that counts. */
  readonly manager: FamilyId;
  readonly distro: Distro | null;
  /** Of the database that counts, in its order. */
  readonly packages: readonly InstalledPackage[];
  /** Every database that is there, the one that counts first; `none` alone where there is none. */
  readonly databases: readonly [FamilyPackages, ...FamilyPackages[]];
  /** Of all databases. */
  readonly problems: readonly Failure[];
}

/**
 * Joins the live package database files of a merged image. Where several families have a database, the one with
 * packages counts; of several, the one that os-release speaks for, then the one with more packages. Pure.
 */
export function installedPackages(rootfs: Rootfs): ImagePackages {
  const distro = readDistro(rootfs);
  const found = families.flatMap((family) => {
    const packages = family.findPackages(rootfs);
    return packages === null ? [] : [{ family, packages }];
  });
  const ranked = found
    .map((one) => ({ ...one, rank: rankOf(one.family, one.packages, distro) }))
    .toSorted((a, b) => b.rank - a.rank || b.packages.packages.length - a.packages.packages.length);
  const [first, ...rest] = ranked
    .map(({ packages }) => packages)
    .filter(({ manager }, index) => index === 0 || manager !== "none");
  if (first === undefined) throw new Error("The family without a database always answers");
  const databases: ImagePackages["databases"] = [first, ...rest];
  return {
    manager: first.manager,
    distro,
    packages: first.packages,
    databases,
    problems: databases.flatMap(({ problems }) => problems),
  };
}

/** 3: has packages and is the distribution's own; 2: has packages; 1: a database without any; 0: none. */
function rankOf(family: Family, { packages }: FamilyPackages, distro: Distro | null): number {
  if (family.id === "none") return 0;
  if (packages.length === 0) return 1;
  const ids = distro === null ? [] : [distro.id, ...distro.idLike];
  return ids.some((id) => family.distroIds.includes(id)) ? 3 : 2;
}
