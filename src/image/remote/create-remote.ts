import { join } from "node:path";
import type { Failure } from "../../model/failure.ts";
import { failed } from "../../model/failure.ts";
import { BlobCache } from "../cache/blob-cache.ts";
import { DocumentCache } from "../cache/document-cache.ts";
import { keepYoungSmall } from "../young-memory.ts";
import { TemporaryBlobs } from "../cache/temporary-blobs.ts";
import { EngineSources } from "../engine/engine-sources.ts";
import { openCredentials } from "../registry/credentials/open-credentials.ts";
import { keepFrom } from "../registry/credentials/keep-from.ts";
import { RegistrySource } from "../registry/registry-source.ts";
import { openMachine } from "../machine/open-machine.ts";
import { proxyFor, proxyProblems } from "../registry/settings/proxies.ts";
import { readRegistrySettings } from "../registry/settings/read-settings.ts";
import type { RegistryOverrides } from "../registry/settings/settings.ts";
import type { OnNotice, RemoteSources } from "../sources/remote-sources.ts";

/** What is known of the machine, its user and the run. */
export interface RemoteOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Null where users have no number (Windows). */
  readonly userId: number | null;
  /** Of the whole cache; null keeps nothing between runs. */
  readonly cacheFolder: string | null;
  /** What blobs may take in it; 0 keeps none. */
  readonly maxBlobBytes: number;
  /** Of this run; its owner removes it. */
  readonly temporaryFolder: string;
  readonly isOffline: boolean;
  readonly overrides: RegistryOverrides;
  /** Registries that only the file of a project makes insecure: who wrote it is not the user. */
  readonly insecureByProject: readonly string[];
  /** `fromage/0.1.0`. */
  readonly userAgent: string;
  readonly onNotice: OnNotice;
}

/** Engines and registries as this machine reaches them. Files are read and sockets opened when they are first asked. */
export function createRemote(options: RemoteOptions): RemoteSources {
  const kept = openKept(options);
  const engines = once(() => openEngines(options));
  const closing = new AbortController();
  const registries = once(() => openRegistries(options, kept, closing.signal));
  return {
    async openEngine(name, request) {
      if (options.isOffline) return failed(offlineEngine(request.reference, name));
      return engines.get().open(name, request);
    },
    async openRegistry(name, request) {
      // Before the client is loaded: that alone makes it grow.
      keepYoungSmall();
      return (await registries.get()).open(name, request);
    },
    async engineNames(signal) {
      return options.isOffline ? [] : engines.get().names(signal);
    },
    get problems() {
      return [kept.documents, kept.blobs].flatMap((one) => one?.problem ?? []);
    },
    async close() {
      // Credential helpers that still run, for a user that does not wait any more.
      closing.abort();
      await Promise.all([engines.made?.close(), (await registries.made)?.close()]);
    },
  };
}

/** `docker:` was asked for and cannot be; a name alone may still be one that a registry gave before. */
function offlineEngine(reference: string, name: string): Failure {
  if (!reference.startsWith("docker:")) {
    return { kind: "not-found", what: name, where: null, near: [] };
  }
  const reason = "--offline asks no engine";
  return { kind: "unsupported", what: reference, where: null, reason };
}

function openEngines(options: RemoteOptions): EngineSources {
  return new EngineSources({ machine: openMachine(options), onNotice: options.onNotice });
}

async function openRegistries(
  options: RemoteOptions,
  kept: Kept,
  signal: AbortSignal,
): Promise<RegistrySource> {
  const { env, overrides, temporaryFolder, isOffline, userAgent, onNotice } = options;
  const machine = openMachine(options);
  const settings = await readRegistrySettings(machine, overrides);
  const known = openCredentials({ machine, helpers: settings.conf.credentialHelpers, signal });
  for (const problem of proxyProblems(env)) onNotice(problem);
  return new RegistrySource({
    settings,
    credentials: keepFrom(options.insecureByProject, known),
    proxyFor: (url) => proxyFor(url, env),
    userAgent,
    documents: kept.documents,
    blobs: kept.blobs ?? new TemporaryBlobs(blobFolder(temporaryFolder)),
    isOffline,
    onNotice,
  });
}

/** What stays for the next run; null for what does not. */
interface Kept {
  readonly documents: DocumentCache | null;
  readonly blobs: BlobCache | null;
}

function openKept({ cacheFolder: folder, maxBlobBytes, temporaryFolder }: RemoteOptions): Kept {
  if (folder === null) return { documents: null, blobs: null };
  const blobs = { folder, temporaryFolder: blobFolder(temporaryFolder), maxBytes: maxBlobBytes };
  const keepsBlobs = maxBlobBytes > 0;
  return {
    documents: new DocumentCache(folder),
    blobs: keepsBlobs ? new BlobCache(blobs) : null,
  };
}

const blobFolder = (temporaryFolder: string): string => join(temporaryFolder, "blobs");

/** Made when it is first asked for. */
function once<Value>(make: () => Value): { get(): Value; readonly made: Value | undefined } {
  let made: Value | undefined;
  return {
    get: () => (made ??= make()),
    get made() {
      return made;
    },
  };
}
