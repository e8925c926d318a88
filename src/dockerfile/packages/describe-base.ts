import type { Rootfs } from "../../image/rootfs.ts";
import type { BaseInfo } from "../../model/base.ts";
import type { FolderLink, PackageBase } from "./package-base.ts";

/** What of a measured base decides how packages come into it. Pure. */
export function describePackageBase(info: BaseInfo, rootfs: Rootfs): PackageBase {
  return {
    platform: info.platform,
    user: info.user,
    packageManager: info.packageManager,
    folderLinks: folderLinks(rootfs),
    hasLoaderCache: rootfs.resolve("/etc/ld.so.cache").kind === "found",
    dpkgDatabase: dpkgDatabase(rootfs),
    release: info.distro?.version ?? null,
    hasShell: info.shell !== null,
  };
}

/**
 * Links to folders one and two levels below the root: `/lib`, `/var/run`. Deeper ones are a package's own, and so is
 * what is behind them. One whose name would need quoting is of no distribution.
 */
function folderLinks(rootfs: Rootfs): readonly FolderLink[] {
  const links: FolderLink[] = [];
  const look = (folder: string, isDeep: boolean): void => {
    for (const name of rootfs.names(folder)) {
      const path = `${folder === "/" ? "" : folder}/${name}`;
      const type = rootfs.lookup(path)?.entry.type;
      if (type === "directory" && !isDeep) look(path, true);
      if (type !== "symlink") continue;
      const resolved = rootfs.resolve(path);
      const isFolder = resolved.kind === "found" && resolved.node.entry.type === "directory";
      if (isFolder && isPlain(path) && isPlain(resolved.path)) {
        links.push({ path, target: resolved.path });
      }
    }
  };
  look("/", false);
  return links.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function isPlain(path: string): boolean {
  return path !== "/" && /^[A-Za-z0-9_+@~.,:=/-]+$/.test(path);
}

/** distroless has no status file; where both are there dpkg itself reads the one file. */
function dpkgDatabase(rootfs: Rootfs): PackageBase["dpkgDatabase"] {
  const status = rootfs.resolve("/var/lib/dpkg/status");
  const isStatus = status.kind === "found" && status.node.entry.sizeBytes > 0;
  return isStatus ? "status" : "status.d";
}
