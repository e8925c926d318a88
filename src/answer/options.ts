import type { FinalBase } from "../formats/dockerfile/final-base.ts";
import type { RepositoryAccess } from "../repositories/access.ts";
import type { PackagesWanted } from "./search-packages.ts";
import type { Catalogue } from "../catalogue/catalogue.ts";
import type { SupportTable } from "../catalogue/support.ts";
import type { FactsCache } from "../image/cache/facts-cache.ts";
import type { ReadProgress } from "../image/read-layers.ts";
import type { RemoteSources } from "../image/sources/remote-sources.ts";
import type { Platform } from "../model/platform.ts";

/** What every answer needs from outside. */
export interface AnswerOptions {
  /** Version of this program, for the answer. */
  readonly tool: string;
  /** ISO day at which support is judged. */
  readonly asOf: string;
  /** Absolute folder that relative paths start from. */
  readonly cwd: string;
  readonly catalogue: Catalogue;
  readonly support: SupportTable;
  /** The C library's own names, see data/glibc-libraries.json. */
  readonly libcSonames: ReadonlySet<string>;
  /** Absent: nothing is looked up or kept. */
  readonly cache?: FactsCache;
  /** For archives that have to be unpacked to be looked into; removed afterwards. */
  readonly temporaryFolder: string;
  /** Absent: only what is in files is opened. */
  readonly remote?: RemoteSources;
  /** Reaches package repositories; absent: no package is looked up. */
  readonly repositories?: RepositoryAccess;
  /** For which candidates packages are looked up; absent: `auto` to choose, `all` to check. */
  readonly packages?: PackagesWanted;
  /** Empty: what the target is for. */
  readonly platforms: readonly Platform[];
  /** References of bases; empty takes the catalogue's. */
  readonly bases: readonly string[];
  readonly baseIs: string | null;
  /** The base that the Dockerfile of the target names. */
  readonly finalStage?: FinalBase;
  readonly appPaths: readonly string[];
  readonly programs: readonly string[];
  /** Shared objects that what is started opens by itself. */
  readonly loads?: readonly string[];
  readonly signal?: AbortSignal;
  /** Told what is being read and how far it is. */
  readonly onProgress?: (what: string, progress: ReadProgress) => void;
}
