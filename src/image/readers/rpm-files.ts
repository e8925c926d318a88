import type { RandomAccess } from "../../formats/random-access.ts";
import { parseContainerManifest } from "../../formats/rpm/container-manifest.ts";
import { parseRpmDatabase } from "../../formats/rpm/database.ts";
import { parseWal } from "../../formats/sqlite/wal.ts";
import { defaultBudgets, type Budgets } from "../../model/budgets.ts";
import type { PackageFact } from "../layer-facts.ts";
import { toInstalledRpmPackage } from "./rpm-package.ts";

/** What a path means to rpm. `journal`: what an interrupted change of the database left to undo it. */
export type RpmFile = "database" | "log" | "journal" | "manifest";

/** The files of rpm, by path. Source: rpm macros `%_dbpath`; SQLite's file names; CBL-Mariner's own. */
export const rpmFiles: ReadonlyMap<string, RpmFile> = new Map<string, RpmFile>([
  ...["/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm"].flatMap(
    (folder): (readonly [string, RpmFile])[] => [
      [`${folder}/rpmdb.sqlite`, "database"],
      [`${folder}/rpmdb.sqlite-wal`, "log"],
      [`${folder}/rpmdb.sqlite-journal`, "journal"],
      [`${folder}/Packages.db`, "database"],
      [`${folder}/Packages`, "database"],
    ],
  ),
  ["/var/lib/rpmmanifest/container-manifest-2", "manifest"],
]);

/** At the start of a rollback journal that is to be applied. Source: https://www.sqlite.org/fileformat2.html section 3. */
const journalMagic = Buffer.from("d9d505f920a163d7", "hex");

/** Reads one of these files. Throws FormatError for a database or a log that is none. */
export function readRpmFile(
  kind: RpmFile,
  content: RandomAccess,
  budgets: Budgets = defaultBudgets,
): PackageFact {
  const limit = budgets.textDatabaseBytes;
  if (kind !== "database" && kind !== "journal" && content.sizeBytes > limit) {
    const budget = `size of a ${kind} of rpm`;
    const problems = [{ kind: "over-limit", budget, limit, unit: "bytes" }] as const;
    return kind === "log"
      ? { manager: "rpm-log", log: null, problems }
      : { manager: "rpm", packages: [], problems };
  }
  switch (kind) {
    case "database": {
      const { records, ...rest } = parseRpmDatabase(content, budgets);
      return { manager: "rpm", packages: records.map(toInstalledRpmPackage), ...rest };
    }
    case "log":
      return { manager: "rpm-log", ...parseWal(content) };
    case "journal": {
      const isApplied = Buffer.from(content.read(0, 8)).equals(journalMagic);
      const reason = "A change of the database was interrupted and is not undone here";
      const problems = isApplied ? ([{ kind: "unsupported", reason }] as const) : [];
      return { manager: "rpm-log", log: null, problems };
    }
    case "manifest": {
      const { records, problems } = parseContainerManifest(
        content.read(0, content.sizeBytes),
        budgets,
      );
      return { manager: "rpm", packages: records.map(toInstalledRpmPackage), problems };
    }
  }
}
