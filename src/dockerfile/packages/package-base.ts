import type { PackageStep } from "../../model/answer.ts";

/** What of a base decides how packages come into it. Plain data. */
export interface PackageBase {
  /** `linux/amd64`. */
  readonly platform: string;
  /** USER of its config; empty means root. */
  readonly user: string;
  /** Its package manager's command, which installs in place: `apt-get`, `apk`, `microdnf`; null where it has none. */
  readonly packageManager: string | null;
  /** Its links to folders, both absolute, sorted by path: `/lib` to `/usr/lib`. What goes into one lands behind it. */
  readonly folderLinks: readonly FolderLink[];
  /** It has /etc/ld.so.cache, which then has to name the new libraries too. */
  readonly hasLoaderCache: boolean;
  /**
   * Where its dpkg database is: one file, or one per package as distroless has it. A base without one gets files of its
   * own, which scanners read as well.
   */
  readonly dpkgDatabase: "status" | "status.d";
  /** VERSION_ID of its os-release, for `dnf --releasever`; null where it has none. */
  readonly release: string | null;
  /** It has /bin/sh, which the scripts of packages need. */
  readonly hasShell: boolean;
}

/** `target` is absolute, whatever the link says. */
export interface FolderLink {
  readonly path: string;
  readonly target: string;
}

/** What a stage is made from. */
export interface PackageStageInput {
  readonly step: PackageStep;
  readonly base: PackageBase;
  /** Name of the stage that is made. */
  readonly stage: string;
  /** Name of the stage that is the base and nothing else. */
  readonly baseStage: string;
  /**
   * Whether commands name exact versions. Debian's practice speaks against it: a mirror keeps the newest version of a
   * release only, so such a build stops at the next security update. Versions stand in comments either way.
   */
  readonly pinVersions: boolean;
}

/** The lines of a Dockerfile that bring packages. No line needs BuildKit. */
export interface PackageLines {
  /** Build arguments, which stand before the first FROM. */
  readonly args: readonly string[];
  /** A stage before the last one; empty where packages are installed in place. */
  readonly stage: readonly string[];
  /** The stage copies from one named `baseStage`: the base then needs that name. */
  readonly needsBaseStage: boolean;
  /** In the last stage, right after its FROM. */
  readonly final: readonly string[];
  /** They end as root: USER has to be said again. */
  readonly endsAsRoot: boolean;
}
