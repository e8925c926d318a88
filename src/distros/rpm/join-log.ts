import { FormatError } from "../../formats/format-error.ts";
import { joinRpmDatabase } from "../../formats/rpm/joined-database.ts";
import type { SqliteLog } from "../../formats/sqlite/wal.ts";
import type { InstalledPackage, PackageFact } from "../../image/layer-facts.ts";
import { toInstalledRpmPackage } from "../../image/readers/rpm-package.ts";
import type { Rootfs } from "../../image/rootfs.ts";
import { findDatabaseFile, type DatabaseFile } from "../database-file.ts";

type RpmFact = Extract<PackageFact, { readonly manager: "apk" | "rpm" }>;

/**
 * A database with what is in the log beside it, `NAME-wal`, as SQLite would show the two, whichever layers they come
 * from. What is wrong with the log, or with a rollback journal that would have to be applied, is among the problems.
 * The file as it is where there is neither.
 */
export function joinLog(rootfs: Rootfs, file: DatabaseFile): DatabaseFile {
  // SQLite throws away what stands beside an empty file; other kinds of databases have nothing of the kind.
  const size = rootfs.lookup(file.path)?.entry.sizeBytes ?? 0;
  if (!file.path.endsWith(".sqlite") || size === 0) return file;
  const beside = ["-journal", "-wal"].flatMap(
    (ending) => findDatabaseFile(rootfs, file.path + ending) ?? [],
  );
  const problems = [...file.problems, ...beside.flatMap((found) => found.problems)];
  const log = beside.map(({ fact }) => (fact?.manager === "rpm-log" ? fact.log : null)).at(-1);
  const before = file.fact?.manager === "rpm" ? file.fact : null;
  if (log === null || log === undefined) return { ...file, problems };
  try {
    const { packages, problems: ofJoin } = join(before, log);
    const own = before === null ? problems.filter(({ what }) => what !== file.path) : problems;
    const told = ofJoin.map((problem) => ({ ...problem, what: `${file.path}-wal`, where: null }));
    return {
      path: file.path,
      fact: { manager: "rpm", packages, problems: before?.problems ?? [] },
      problems: [...own, ...told],
    };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const { format, message: reason, offsetBytes } = error;
    const what = `${file.path}-wal`;
    const failure = { kind: "malformed", what, where: null, format, reason, offsetBytes } as const;
    return { ...file, problems: [...problems, failure] };
  }
}

/** Null is a database that could not be read: without a table of packages, all of them are in the log. */
function join(before: RpmFact | null, log: SqliteLog): Pick<RpmFact, "packages" | "problems"> {
  const { records, problems } = joinRpmDatabase(before?.layout ?? null, log);
  const packages: InstalledPackage[] = [];
  for (const record of records) {
    const found =
      record.kind === "kept"
        ? before?.packages[record.index]
        : toInstalledRpmPackage(record.package);
    if (found === undefined) {
      throw new FormatError("rpm", "The log and the facts of the database do not fit together");
    }
    packages.push(found);
  }
  return { packages, problems };
}
