import type { GlibcSearch } from "./glibc-search.ts";
import type { FoundLibrary } from "./locate.ts";
import type { ElfMachine } from "./machine.ts";
import type { MuslSearch } from "./musl-search.ts";
import type { LibraryOpener } from "./open-library.ts";
import type { StartEnvironment } from "./process.ts";

/** One root with one environment: searches that all its programs share are made once. */
export interface LinkContext {
  readonly opener: LibraryOpener;
  readonly environment: StartEnvironment;
  /** By what they depend on: the loader's real path, the machine, secure mode. */
  readonly glibcSearches: Map<string, GlibcSearch>;
  readonly muslSearches: Map<string, MuslSearch>;
  /** What the image is for; null: what the program itself says. */
  readonly machine: ElfMachine | null;
}

/** What a loader is started with. */
export interface LoaderInput {
  /** The file behind PT_INTERP. */
  readonly library: FoundLibrary;
  /** PT_INTERP as written. */
  readonly asked: string;
  readonly context: LinkContext;
  /** AT_SECURE. */
  readonly isSecure: boolean;
  /** Paths of what the program opens by itself once it runs. */
  readonly loads: readonly string[];
}
