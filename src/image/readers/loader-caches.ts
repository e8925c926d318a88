import { parseLdSoCache } from "../../formats/ld-so-cache.ts";
import type { LoaderCacheEntry } from "../layer-facts.ts";
import type { Reader } from "./reader.ts";
import { revisions } from "./revisions.ts";

/** glibc's cache of libraries: the only effect that ld.so.conf has. */
export const loaderCacheReader: Reader<readonly LoaderCacheEntry[]> = {
  section: "loaderCaches",
  ...revisions.loaderCaches,
  sizeBudget: "loaderCacheBytes",
  keepsContent: true,
  wants: ({ path }) => path === "/etc/ld.so.cache",
  read: ({ content }, budgets) => parseLdSoCache(content.read(0, content.sizeBytes), budgets),
};
