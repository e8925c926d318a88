import { readFileSync } from "node:fs";
import type { Catalogue } from "../catalogue/catalogue.ts";
import { openCatalogueFolder } from "../catalogue/catalogue-files.ts";
import { loadCatalogue } from "../catalogue/load-catalogue.ts";
import { parseSupportTable, type SupportTable } from "../catalogue/support.ts";
import type { Result } from "../model/failure.ts";

/** `data/` stands two folders up from the sources and from the compiled files. */
const shipped = new URL("../../data/", import.meta.url);

/** The catalogue that comes with the package. */
export async function loadShippedCatalogue(): Promise<Result<Catalogue>> {
  return loadCatalogue(openCatalogueFolder(shipped));
}

/** The dates of support that come with the package. Throws when the installation is damaged. */
export function readShippedSupport(): SupportTable {
  return parseSupportTable(readFileSync(new URL("support.json", shipped), "utf8"));
}

/** Names of the parts of glibc, which are a base's and never copied. Throws when the installation is damaged. */
export function readLibcSonames(): ReadonlySet<string> {
  const text = readFileSync(new URL("glibc-libraries.json", shipped), "utf8");
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed === "object" && parsed !== null && "sonames" in parsed) {
    const { sonames } = parsed;
    if (Array.isArray(sonames)) return new Set(sonames.filter((name) => typeof name === "string"));
  }
  throw new TypeError("Cannot read glibc-libraries.json: it has no sonames");
}
