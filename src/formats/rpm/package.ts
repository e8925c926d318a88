import { FormatError } from "../format-error.ts";
import { quoteStart, type PathBudget } from "../path-budget.ts";
import type { ProblemLog } from "../record-problem.ts";
import { RpmHeader } from "./header.ts";
import { readRelationLines, type RpmRelationLines } from "./relation-lines.ts";

/** One installed package of an rpm database. */
export interface RpmPackage {
  readonly name: string;
  /** `[epoch:]version-release`; no epoch where the package has none. */
  readonly version: string;
  readonly architecture: string | null;
  /** File name of the source package, `glibc-2.34-83.el9.src.rpm`. */
  readonly sourceRpm: string | null;
  /** Absent where it has none at all. */
  readonly relations?: RpmRelationLines;
  /** Size of its files as rpm counts it; absent where the header does not say it. */
  readonly installedBytes?: number;
  /** Absolute paths: files, links, directories, and those that were not installed (documentation, ghosts). */
  readonly files: readonly string[];
}

/** Numbers of tags. Source: rpm include/rpm/rpmtag.h. */
const tags = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  size: 1009,
  architecture: 1022,
  oldFileNames: 1027,
  sourceRpm: 1044,
  directoryIndexes: 1116,
  baseNames: 1117,
  directoryNames: 1118,
  /** Instead of `size` when that is not enough. */
  longSize: 5009,
} as const;

/** Name under which imported public keys are kept among the packages. */
const publicKeyName = "gpg-pubkey";

/**
 * Reads one header blob. Null for a public key, which is no package. Throws FormatError for a header that is broken
 * or has no name, version or release; what only its relations have wrong is logged.
 */
export function parseRpmPackage(
  blob: Uint8Array,
  budget: PathBudget,
  problems: ProblemLog,
): RpmPackage | null {
  const header = new RpmHeader(blob);
  const name = header.text(tags.name) ?? "";
  if (name === publicKeyName) return null;
  const [version, release] = [header.text(tags.version) ?? "", header.text(tags.release) ?? ""];
  if (name === "") throw new FormatError("rpm", "A package has no name");
  if (version === "" || release === "") {
    throw new FormatError("rpm", `${quoteStart(name)} has no version or no release`);
  }
  const epoch = header.integer(tags.epoch);
  const installedBytes = header.integer(tags.longSize) ?? header.integer(tags.size);
  const relations = readRelationLines(header, problems);
  return {
    name,
    version: `${epoch === null ? "" : `${epoch}:`}${version}-${release}`,
    architecture: header.text(tags.architecture),
    sourceRpm: header.text(tags.sourceRpm) || null,
    ...(Object.keys(relations).length > 0 && { relations }),
    ...(installedBytes !== null && { installedBytes }),
    files: readFiles(header, name, budget),
  };
}

/** A file is a name and the number of its directory; packages before rpm 4 have whole paths instead. */
function readFiles(header: RpmHeader, name: string, budget: PathBudget): readonly string[] {
  // What is not to be kept is not read: a database of empty names would take minutes.
  if (budget.isSpent) return [];
  const limit = budget.leftPaths;
  if (Math.max(header.count(tags.baseNames), header.count(tags.oldFileNames)) > limit) {
    budget.spend();
    return [];
  }
  const baseNames = header.texts(tags.baseNames, limit);
  if (baseNames.length === 0) {
    const paths = header.texts(tags.oldFileNames, limit);
    return paths.map((path) => budget.join("", path, null)).filter((path) => path !== null);
  }
  const directories = header.texts(tags.directoryNames, Math.max(limit, 1));
  const indexes = header.integers(tags.directoryIndexes);
  if (indexes.length !== baseNames.length) {
    const counts = `${baseNames.length} file names and ${indexes.length} directory numbers`;
    throw new FormatError("rpm", `${quoteStart(name)} has ${counts}`);
  }
  const paths = baseNames.map((baseName, index) => {
    const directory = directories[indexes[index] ?? -1];
    if (directory === undefined) {
      throw new FormatError(
        "rpm",
        `${quoteStart(name)} has a file in a directory that is not there`,
      );
    }
    return budget.join(directory, baseName, null);
  });
  return paths.filter((path) => path !== null);
}
