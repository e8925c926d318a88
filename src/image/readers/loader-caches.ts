import { parseLdSoCache } from "../../formats/ld-so-cache.ts";
import type { LoaderCacheEntry } from "../layer-facts.ts";
import type { Reader } from "./reader.ts";

/** glibc's cache of libraries: the only effect that ld.so.conf has. */
export const loaderCacheReader: Reader<readonly LoaderCacheEntry[]> = {
  section: "loaderCaches",
  revision: 1,
  maxBytes: 16 * 1024 * 1024,
  wants: ({ path }) => path === "/etc/ld.so.cache",
  read: ({ content }) => parseLdSoCache(content.read(0, content.sizeBytes)),
};
