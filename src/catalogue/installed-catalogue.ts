import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { success, type Failure, type Result } from "../model/failure.ts";
import { joinCatalogues, type Catalogue } from "./catalogue.ts";
import { openCatalogueFolder } from "./catalogue-files.ts";
import { loadCatalogue } from "./load-catalogue.ts";
import { parseSupportTable, type SupportTable } from "./support.ts";

/** Two folders up from the sources and from the compiled files. */
const dataFolder = new URL("../../data/", import.meta.url);

/** The bases that ship with this program. */
export function loadShippedCatalogue(): Result<Catalogue> {
  return loadCatalogue(openCatalogueFolder(dataFolder));
}

/** The dates that ship with this program. */
export function readShippedSupport(): SupportTable {
  return parseSupportTable(readFileSync(new URL("support.json", dataFolder), "utf8"));
}

/** The bases that are known on this machine. */
export interface InstalledCatalogue {
  readonly catalogue: Catalogue;
  /** Why the user's own bases could not be read: they are then missing in `catalogue`. */
  readonly failures: readonly Failure[];
}

/** The bases that ship with this program and the user's own, which count where both have the same one. */
export function loadInstalledCatalogue(
  env: Readonly<Record<string, string | undefined>>,
): Result<InstalledCatalogue> {
  const shipped = loadShippedCatalogue();
  if (!shipped.ok) return shipped;
  const own = loadCatalogue(openCatalogueFolder(userCatalogueFolder(env)));
  if (own.ok) {
    return success({ catalogue: joinCatalogues([shipped.value, own.value]), failures: [] });
  }
  const failures = own.failure.kind === "not-found" ? [] : [own.failure];
  return success({ catalogue: shipped.value, failures });
}

/** Where `fromage bases add` keeps bases. Source: XDG Base Directory Specification 0.8; on Windows, LOCALAPPDATA. */
export function userCatalogueFolder(env: Readonly<Record<string, string | undefined>>): string {
  const xdg = env["XDG_DATA_HOME"];
  // The specification has relative paths ignored.
  if (xdg?.startsWith("/")) return join(xdg, "fromage", "bases");
  const local = process.platform === "win32" ? env["LOCALAPPDATA"] : undefined;
  const data = local || join(env["HOME"] || homedir(), ".local", "share");
  return join(data, "fromage", "bases");
}
