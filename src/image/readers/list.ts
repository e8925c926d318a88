import type { ElfFacts } from "../../formats/elf/facts.ts";
import type { LoaderCacheEntry, PackageFact, ShebangFact } from "../layer-facts.ts";
import { elfReader } from "./elf.ts";
import { loaderCacheReader } from "./loader-caches.ts";
import { packageReader } from "./packages.ts";
import type { Reader } from "./reader.ts";
import { shebangReader } from "./shebangs.ts";
import { textReader } from "./texts.ts";

/** One reader per section of LayerFacts. */
export interface Readers {
  readonly elf: Reader<ElfFacts>;
  readonly shebangs: Reader<ShebangFact>;
  readonly texts: Reader<string>;
  readonly loaderCaches: Reader<readonly LoaderCacheEntry[]>;
  readonly packages: Reader<PackageFact>;
}

/** Every reader that looks into the files of a layer. A new one is one line here. */
export const readers: Readers = {
  elf: elfReader,
  shebangs: shebangReader,
  texts: textReader,
  loaderCaches: loaderCacheReader,
  packages: packageReader,
};
