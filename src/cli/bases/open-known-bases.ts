import { resolve } from "node:path";
import type { Catalogue } from "../../catalogue/catalogue.ts";
import { openCatalogueFolder } from "../../catalogue/catalogue-files.ts";
import {
  loadInstalledCatalogue,
  userCatalogueFolder,
  type InstalledCatalogue,
} from "../../catalogue/installed-catalogue.ts";
import { loadCatalogue } from "../../catalogue/load-catalogue.ts";
import type { BaseInfo } from "../../model/base.ts";
import { success, type Result } from "../../model/failure.ts";
import { formatPlatform } from "../../model/platform.ts";
import type { OptionSpec, ParsedArguments } from "../arguments.ts";
import type { CliIo } from "../io.ts";
import { readPlatform } from "../read-platform.ts";

export const catalogueOption: OptionSpec = {
  name: "catalogue",
  value: "DIR",
  help: "the catalogue in this folder (default: the user's own bases, and to list and show also those that ship)",
};

export const asOfOption: OptionSpec = {
  name: "as-of",
  value: "DATE",
  help: "day at which support is judged, as 2026-11-25 (default: today)",
};

/** The catalogue of `--catalogue`, else what ships with the user's own bases. */
export function openKnownBases(args: ParsedArguments, io: CliIo): Result<InstalledCatalogue> {
  const named = args.value("catalogue");
  if (named === null) return loadInstalledCatalogue(io.env);
  const catalogue = loadCatalogue(openCatalogueFolder(resolve(io.cwd, named)));
  return catalogue.ok ? success({ catalogue: catalogue.value, failures: [] }) : catalogue;
}

/** The folder that bases are written to. */
export function ownCatalogueFolder(args: ParsedArguments, io: CliIo): string {
  const named = args.value("catalogue");
  return named === null ? userCatalogueFolder(io.env) : resolve(io.cwd, named);
}

/** Bases for the platforms that were asked for, or all. Throws UsageError. */
export function selectBases(catalogue: Catalogue, args: ParsedArguments): readonly BaseInfo[] {
  const asked = args.values("platform").map((text) => formatPlatform(readPlatform(text)));
  return catalogue.bases.filter(({ platform }) => asked.length === 0 || asked.includes(platform));
}
