import { chooseDatabase, findDatabaseFile } from "../database-file.ts";
import type { Family } from "../family.ts";

/** apk-tools 3 on a merged /usr, then apk-tools 2. Source: apk-tools src/database.c. */
const databasePaths = ["/usr/lib/apk/db/installed", "/lib/apk/db/installed"];

/** Alpine, Wolfi, Chainguard. The links to BusyBox are made by a script of its package, so that no list has them. */
export const apk: Family = {
  id: "apk",
  commands: ["apk"],
  distroIds: ["alpine", "wolfi", "chainguard", "postmarketos"],
  findPackages(rootfs) {
    const files = databasePaths
      .map((path) => findDatabaseFile(rootfs, path))
      .filter((file) => file !== null);
    if (files.length === 0) return null;
    return { manager: "apk", ...chooseDatabase(files), diversions: [], omitsLinks: true };
  },
};
