import type { AlternativeGroup } from "../formats/dpkg/alternatives.ts";
import type { Diversion } from "../formats/dpkg/diversions.ts";
import type { InstalledPackage } from "../image/layer-facts.ts";
import type { Rootfs } from "../image/rootfs.ts";
import type { Failure } from "../model/failure.ts";

export type FamilyId = "apk" | "dpkg" | "rpm" | "none";

/** What the database of one family says about a merged image. */
export interface FamilyPackages {
  readonly manager: FamilyId;
  /** In the order of the database. */
  readonly packages: readonly InstalledPackage[];
  /** Files that some package names are put elsewhere; empty for all families but dpkg. */
  readonly diversions: readonly Diversion[];
  /** Names for which several packages stand in, sorted by name; absent for all families but dpkg. */
  readonly alternatives?: readonly AlternativeGroup[];
  /** Links are there that belong to a package and that no list names: status.d/*.md5sums has regular files only. */
  readonly omitsLinks: boolean;
  /** Whatever is in a database and could not be told: broken records, unread kinds, missing lists. */
  readonly problems: readonly Failure[];
}

/** Everything the program knows about one kind of package database. Holds no state. */
export interface Family {
  readonly id: FamilyId;
  /** Commands that install packages by name, best first. */
  readonly commands: readonly string[];
  /** `ID` and `ID_LIKE` words of os-release whose own packages are of this family. */
  readonly distroIds: readonly string[];
  /** The packages of a merged image; null when the image has no database of this family at all. Pure. */
  findPackages(rootfs: Rootfs): FamilyPackages | null;
}
