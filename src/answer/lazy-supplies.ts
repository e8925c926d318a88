import type { Catalogue } from "../catalogue/catalogue.ts";
import type { RepositoryAccess } from "../repositories/access.ts";
import type { Supplies } from "./find-supply.ts";

/** What supplies bases, loaded when the first one is asked for: most answers need no package. */
export function lazySupplies(catalogue: Catalogue, access: RepositoryAccess): Supplies {
  let loading: Promise<Supplies> | null = null;
  let loaded: Supplies | null = null;
  const load = async (): Promise<Supplies> => {
    const { openSupplies } = await import("./find-supply.ts");
    loaded = openSupplies(catalogue, access);
    return loaded;
  };
  return {
    find: async (base) => (await (loading ??= load())).find(base),
    get sources() {
      return loaded?.sources ?? [];
    },
    close() {
      loaded?.close();
    },
  };
}
