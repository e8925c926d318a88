import { mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import {
  loadInstalledCatalogue,
  type InstalledCatalogue,
} from "../catalogue/installed-catalogue.ts";
import { FactsCache } from "../image/cache/facts-cache.ts";
import { revisions } from "../image/readers/revisions.ts";
import type { RegistryOverrides } from "../image/registry/settings/settings.ts";
import { lazyRemote } from "../image/remote/lazy-remote.ts";
import type { RepositoryAccess } from "../repositories/access.ts";
import { lazyAccess } from "../repositories/fetch/lazy-access.ts";
import { withMirrors } from "../repositories/fetch/mirror-access.ts";
import type { RemoteSources } from "../image/sources/remote-sources.ts";
import type { Failure, Result } from "../model/failure.ts";
import type { Platform } from "../model/platform.ts";
import { readVersion } from "./version.ts";

/** What a caller of the library may say of a run; everything has a default. */
export interface RunOptions {
  /** Absolute folder that relative paths start from; absent: the process's own. */
  readonly cwd?: string;
  /** Absolute folder where facts, and what registries said, are kept; absent: nothing is kept. */
  readonly cacheFolder?: string;
  /** What bytes of layers may take in `cacheFolder`, in bytes; absent: they are not kept. */
  readonly maxBlobBytes?: number;
  /** No socket is opened: engines and registries are not asked, what was kept of them is used. */
  readonly offline?: boolean;
  /** Beside what the machine's files say, and over it; `fromage.yaml` is the command line's and not read here. */
  readonly registries?: Partial<Omit<RegistryOverrides, "source">>;
  /** Asked instead of package repositories whose address starts so. */
  readonly packageMirrors?: Readonly<Record<string, string>>;
  /** Told of what was passed over on the way to an image: an engine that cannot be asked. */
  readonly onNotice?: (notice: Failure) => void;
}

/**
 * What images are opened and read with. It is given on whole: `openImages("alpine:3.20", run)`, `openViews(…, run)`,
 * `readContents(view, nodes, run)`. Its layers can be read until it is closed.
 */
export interface Run {
  readonly cwd: string;
  /** The machine's own where an image has several; `{ ...run, platforms }` asks for others. */
  readonly platforms: readonly Platform[];
  readonly cache?: FactsCache;
  readonly temporaryFolder: string;
  readonly remote: RemoteSources;
  /** Package repositories, by the machine's proxies and authorities. */
  readonly repositories: RepositoryAccess;
  /** The bases that ship and the user's own. */
  readonly catalogue: () => Result<InstalledCatalogue>;
  /** Ends what is under way and removes the temporary folder. */
  close(): Promise<void>;
}

/**
 * Begins a run, with a temporary folder of its own; engines and registries are reached as the environment, the user's home and
 * the machine say. No file of settings is read and no socket opened before an image needs it. While a big image or one of a
 * registry is read, V8 is told to keep its space for young objects small, in the whole process. Throws the system's errors of
 * the temporary folder.
 */
export async function openRun(options: RunOptions = {}): Promise<Run> {
  const { cwd = process.cwd(), cacheFolder } = options;
  const temporaryFolder = await mkdtemp(join(tmpdir(), "fromage-"));
  const remote = lazyRemote(() => openRemote(options, temporaryFolder));
  const access = lazyAccess({
    env: process.env,
    cacheFolder: cacheFolder ?? null,
    temporaryFolder,
    isOffline: options.offline ?? false,
    userAgent: `fromage/${readVersion()}`,
    authorities: options.registries?.authorities ?? [],
  });
  const repositories = withMirrors(access, options.packageMirrors ?? {});
  return {
    cwd,
    platforms: [],
    ...(cacheFolder === undefined ? {} : { cache: new FactsCache(cacheFolder, revisions) }),
    temporaryFolder,
    remote,
    repositories,
    catalogue: () => loadInstalledCatalogue(process.env),
    async close() {
      await Promise.all([remote.close(), access.close()]);
      await rm(temporaryFolder, { recursive: true, force: true });
    },
  };
}

async function openRemote(
  { cacheFolder, maxBlobBytes, offline, registries, onNotice }: RunOptions,
  temporaryFolder: string,
): Promise<RemoteSources> {
  const { createRemote } = await import("../image/remote/create-remote.ts");
  const { mirrors = {}, insecure = [], authorities = [] } = registries ?? {};
  return createRemote({
    env: process.env,
    home: process.env["HOME"] || homedir(),
    userId: process.getuid?.() ?? null,
    cacheFolder: cacheFolder ?? null,
    maxBlobBytes: maxBlobBytes ?? 0,
    temporaryFolder,
    isOffline: offline ?? false,
    overrides: { mirrors, insecure, authorities, source: "the options of the run" },
    insecureByProject: [],
    userAgent: `fromage/${readVersion()}`,
    onNotice: onNotice ?? (() => undefined),
  });
}
