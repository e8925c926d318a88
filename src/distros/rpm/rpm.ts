import type { Rootfs } from "../../image/rootfs.ts";
import type { Failure } from "../../model/failure.ts";
import { chooseDatabase, findDatabaseFile } from "../database-file.ts";
import type { Family } from "../family.ts";

/** Source: rpm macros `%_dbpath`: the old place, the one since Fedora 36, that of OSTree systems. */
const folders = ["/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm"];
/** Newest kind first: where several are there, an upgrade left the older ones. */
const names = ["rpmdb.sqlite", "Packages.db", "Packages"];
const paths = names.flatMap((name) => folders.map((folder) => `${folder}/${name}`));
/** What CBL-Mariner's distroless images have instead of a database. */
const marinerManifest = "/var/lib/rpmmanifest/container-manifest-2";

/** Red Hat and its family, Amazon Linux, SUSE, Mariner and Azure Linux, Photon. */
export const rpm: Family = {
  id: "rpm",
  commands: ["dnf", "dnf5", "microdnf", "yum", "tdnf", "zypper"],
  distroIds: [
    "rhel",
    "fedora",
    "centos",
    "suse",
    "opensuse",
    "sles",
    "amzn",
    "mariner",
    "azurelinux",
    "photon",
  ],
  findPackages(rootfs) {
    const files = [...paths, marinerManifest]
      .map((path) => findDatabaseFile(rootfs, path))
      .filter((file) => file !== null);
    if (files.length === 0) return null;
    const { packages, problems } = chooseDatabase(files);
    const unreadLogs = files
      .map(({ path }) => findUnreadLog(rootfs, path))
      .filter((failure) => failure !== null);
    const distinct = new Map(unreadLogs.map((failure) => [failure.what, failure]));
    return {
      manager: "rpm",
      packages,
      diversions: [],
      omitsLinks: false,
      problems: [...problems, ...distinct.values()],
    };
  },
};

/** An SQLite write-ahead log that is not empty may hold newer pages than the database, and is not read. */
function findUnreadLog(rootfs: Rootfs, path: string): Failure | null {
  const what = `${path}-wal`;
  const log = rootfs.lookup(what);
  if (log === null || log.entry.type !== "file" || log.entry.sizeBytes === 0) return null;
  const reason = "A write-ahead log may hold newer packages than its database and is not read yet";
  return { kind: "unsupported", what, where: null, reason };
}
