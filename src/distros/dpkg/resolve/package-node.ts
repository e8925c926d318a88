import type { VersionNode } from "./version-node.ts";

/** What is to become of a package. */
export type Mode = "keep" | "install" | "delete";

/** A name with all its versions and with what is planned for it. A name that is only provided has no versions. */
export class PackageNode {
  readonly name: string;
  /** Newest first. */
  versions: readonly VersionNode[] = [];
  /** The installed version. */
  current: VersionNode | null = null;
  /** The one that is taken when it is installed or upgraded; null when there is none. */
  candidate: VersionNode | null = null;
  /** The candidate before anything was done. */
  firstCandidate: VersionNode | null = null;
  /** The one that is there afterwards, as planned so far. */
  planned: VersionNode | null = null;
  mode: Mode = "keep";
  /** Whether there was a newer version for the installed one, even if it is not thought of any more. */
  isOutdated = false;
  /** What was asked for, and what alone can bring it, is not changed any more. */
  isProtected = false;
  /** There only because another package needs it. */
  isAutomatic = false;
  isEssential = false;
  isImportant = false;
  /** Higher where apt met the name later; see `MentionOrder`. */
  mention = 0;

  constructor(name: string) {
    this.name = name;
  }
}
