import { loadShippedCatalogue } from "../answer/shipped-data.ts";
import type { Catalogue } from "../catalogue/catalogue.ts";
import type { Result } from "../model/failure.ts";
import type { CliIo } from "./io.ts";

/** What `choose` and `check` know of bases: what ships. */
export async function openCatalogues(_io: CliIo): Promise<Result<Catalogue>> {
  return loadShippedCatalogue();
}
