import type { InstalledPackage } from "../../image/layer-facts.ts";
import type { Failure } from "../../model/failure.ts";
import {
  chooseDatabase,
  findDatabaseFile,
  packagesOf,
  type DatabaseFile,
} from "../database-file.ts";
import type { Family } from "../family.ts";
import { joinLog } from "./join-log.ts";

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
    const joined = files.map((file) => joinLog(rootfs, file));
    const { packages, problems } = chooseDatabase(joined);
    return {
      manager: "rpm",
      packages,
      diversions: [],
      omitsLinks: false,
      problems: [...problems, ...withoutFiles(joined, packages)],
    };
  },
};

/** The manifest counts where there is no database; whose the files are is not known then. */
function withoutFiles(
  files: readonly DatabaseFile[],
  packages: readonly InstalledPackage[],
): readonly Failure[] {
  const manifest = files.find(({ path }) => path === marinerManifest);
  if (manifest === undefined || packages.length === 0 || packagesOf(manifest) !== packages)
    return [];
  const reason = "It lists packages without their files";
  return [{ kind: "unsupported", what: marinerManifest, where: null, reason }];
}
