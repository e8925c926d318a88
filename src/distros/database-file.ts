import type { RecordProblem } from "../formats/record-problem.ts";
import type { InstalledPackage, PackageFact } from "../image/layer-facts.ts";
import type { Rootfs } from "../image/rootfs.ts";
import type { Failure } from "../model/failure.ts";

/** A package database file that is live in the merged image. */
export interface DatabaseFile {
  /** Its real path. */
  readonly path: string;
  /** Null when it could not be read; `problems` then says why. */
  readonly fact: PackageFact | null;
  readonly problems: readonly Failure[];
}

/** The database file at a path, links followed; null when there is none. */
export function findDatabaseFile(rootfs: Rootfs, path: string): DatabaseFile | null {
  const resolved = rootfs.resolve(path);
  if (resolved.kind !== "found" || resolved.node.entry.type !== "file") return null;
  const real = resolved.path;
  const fact = rootfs.packageFact(real);
  if (fact !== null) {
    return { path: real, fact, problems: fact.problems.map((problem) => toFailure(problem, real)) };
  }
  const reason = `No package database is read at this place, to which ${path} leads`;
  const problem = rootfs.packageProblem(real) ?? {
    kind: "unsupported",
    what: real,
    where: null,
    reason,
  };
  return { path: real, fact: null, problems: [problem] };
}

/** The packages of a database file of this family; empty when it was not read. */
export function packagesOf(file: DatabaseFile): readonly InstalledPackage[] {
  return file.fact !== null && "packages" in file.fact ? file.fact.packages : [];
}

/**
 * Of several databases of one family the first that holds packages counts (an upgrade left the others). Problems of
 * all are kept, and one that holds packages and does not count is a problem too. Files are told apart by real path.
 */
export function chooseDatabase(files: readonly DatabaseFile[]): {
  readonly packages: readonly InstalledPackage[];
  readonly problems: readonly Failure[];
} {
  const distinct = [...new Map(files.map((file) => [file.path, file])).values()];
  const filled = distinct.filter((file) => packagesOf(file).length > 0);
  const [chosen, ...others] = filled;
  const unused = others.map(({ path }): Failure => {
    const reason = `It stands beside ${chosen?.path}, which counts`;
    return { kind: "unsupported", what: path, where: null, reason };
  });
  return {
    packages: chosen === undefined ? [] : packagesOf(chosen),
    problems: [...distinct.flatMap((file) => file.problems), ...unused],
  };
}

function toFailure(problem: RecordProblem, what: string): Failure {
  return { ...problem, what, where: null };
}
