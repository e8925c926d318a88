import { installedPackages } from "../distros/installed-packages.ts";
import type { Rootfs } from "../image/rootfs.ts";
import { success, type Result } from "../model/failure.ts";
import type { Platform } from "../model/platform.ts";
import type { RepositoryAccess } from "./access.ts";
import type { PackageSource } from "./package-source.ts";

/**
 * Opens the repositories that a base names, by the family of its package database; null for a base that has none. Fails
 * with `not-found` where it names no repository, and as those of the families do.
 */
export async function openPackageSource(
  rootfs: Rootfs,
  platform: Platform,
  access: RepositoryAccess,
): Promise<Result<PackageSource | null>> {
  // Most runs meet one family.
  switch (installedPackages(rootfs).manager) {
    case "apk":
      return (await import("./apk/open-apk-source.ts")).openApkSource(rootfs, platform, access);
    case "dpkg":
      return (await import("./apt/open-apt-source.ts")).openAptSource(rootfs, platform, access);
    case "rpm":
      return (await import("./yum/open-yum-source.ts")).openYumSource(rootfs, platform, access);
    case "none":
      return success(null);
  }
}
