import { installedPackages } from "../../distros/installed-packages.ts";
import type { InstalledPackage } from "../../image/layer-facts.ts";
import type { Rootfs } from "../../image/rootfs.ts";
import { failed, success, type Result } from "../../model/failure.ts";
import { nearest } from "../../model/nearest.ts";

/** A path that a package's list names. */
export interface PackageFile {
  /** As its list has it. */
  readonly path: string;
  /** Whether something is there: slim images leave documentation out. */
  readonly isThere: boolean;
}

export interface PackageFiles {
  readonly name: string;
  readonly version: string;
  readonly architecture: string | null;
  /** In the order of its list. */
  readonly files: readonly PackageFile[];
}

const maxNear = 5;

/**
 * What a package installed; `name` may say the architecture too, as `libc6:amd64` or `glibc.x86_64`. Several where more
 * than one is called that. `not-found` with the names that are near. `where`: the image, for failures. Pure.
 */
export function findPackageFiles(
  rootfs: Rootfs,
  name: string,
  where: string,
): Result<readonly PackageFiles[]> {
  const all = installedPackages(rootfs).databases.flatMap(({ packages }) => packages);
  const named = all.filter((one) => isNamed(one, name));
  if (named.length === 0) {
    const near = nearest(name, [...new Set(all.map((one) => one.name))]).slice(0, maxNear);
    return failed({ kind: "not-found", what: `package ${name}`, where, near });
  }
  return success(
    named.map((one) => ({
      name: one.name,
      version: one.version,
      architecture: one.architecture,
      files: one.files.map((path) => ({ path, isThere: rootfs.lookup(path) !== null })),
    })),
  );
}

function isNamed({ name, architecture }: InstalledPackage, asked: string): boolean {
  if (name === asked) return true;
  return (
    architecture !== null && [`${name}:${architecture}`, `${name}.${architecture}`].includes(asked)
  );
}
