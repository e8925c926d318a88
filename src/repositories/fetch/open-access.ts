import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { hashFile } from "../../image/cache/hash-file.ts";
import type { Environment } from "../../image/machine/machine.ts";
import { systemClock, type Clock } from "../../image/registry/client/clock.ts";
import { HttpTransport } from "../../image/registry/client/transport.ts";
import type { Trust } from "../../image/registry/client/trust.ts";
import { proxyFor } from "../../image/registry/settings/proxies.ts";
import { systemFailure } from "../../image/system-failure.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import type { FetchedFile, FileRequest, RepositoryAccess } from "../access.ts";
import { Fetcher } from "./fetcher.ts";
import { KeptFiles } from "./kept-files.ts";
import { otherDigest, readAddress, tooLong, type Address } from "./request-address.ts";

/** What is known of the machine and the run. */
export interface AccessOptions extends Pick<RepositoryAccess, "signal" | "onProgress"> {
  /** For proxies. */
  readonly env: Environment;
  /** Of the whole cache; null keeps nothing between runs. */
  readonly cacheFolder: string | null;
  /** Of this run; its owner removes it. */
  readonly temporaryFolder: string;
  readonly isOffline: boolean;
  /** `fromage/0.1.0`. */
  readonly userAgent: string;
  /** PEM texts that are trusted beside the system's, as `fromage.yaml` names them. */
  readonly authorities: readonly string[];
  readonly now?: () => Date;
  readonly clock?: Clock;
  /** How long a host may be silent; 30 s. */
  readonly idleTimeoutMs?: number;
}

/** One for each run. */
export interface OpenedAccess extends RepositoryAccess {
  /** Why something could not be kept, once; null while all is well. */
  readonly problem: Failure | null;
  /** Breaks off what is under way: it ends as `cancelled`. */
  close(): Promise<void>;
}

/** What reaches repositories over http, https and in files of this machine. Opens no connection before it is asked. */
export function openRepositoryAccess(options: AccessOptions): OpenedAccess {
  const { cacheFolder, temporaryFolder, env, userAgent, signal, onProgress } = options;
  const { now = () => new Date(), clock = systemClock, idleTimeoutMs = 30_000 } = options;
  const kept = new KeptFiles({ cacheFolder, temporaryFolder, now });
  const transport = new HttpTransport({
    proxyFor: (url) => proxyFor(url, env),
    userAgent,
    idleTimeoutMs,
    now: () => clock.now(),
  });
  const trust: Trust = { verifies: true, authorities: options.authorities, client: null };
  const fetcher = new Fetcher({
    ...{ kept, trust, signal, now, temporaryFolder },
    isOffline: options.isOffline,
    wire: { transport, clock },
    onProgress: onProgress ?? (() => undefined),
  });
  const running = new Map<string, Promise<Result<FetchedFile>>>();
  return {
    async fetch(request) {
      const address = readAddress(request.url);
      if (!address.ok) return address;
      if (address.value.url.protocol === "file:") return fromMachine(address.value, request, now);
      // The same index may be asked for by two suites at once.
      const key = JSON.stringify([request.url, request.digest, request.kind]);
      const shared = running.get(key) ?? fetcher.fetch(address.value, request);
      running.set(key, shared);
      const fetched = await shared;
      running.delete(key);
      return fetched;
    },
    cacheFolder,
    temporaryFolder,
    now,
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
    get problem() {
      return kept.problem;
    },
    close: () => transport.close(),
  };
}

/** A file of this machine, where it is. */
async function fromMachine(
  address: Address,
  request: FileRequest,
  now: () => Date,
): Promise<Result<FetchedFile>> {
  const { what } = address;
  try {
    const file = fileURLToPath(address.url);
    const stat = statSync(file);
    if (!stat.isFile()) {
      return failed({ kind: "unsupported", what, where: null, reason: "it is no plain file" });
    }
    if (stat.size > request.maxBytes) return failed(tooLong(address, request));
    if (request.digest !== null) {
      const found = await hashFile(file, { digest: request.digest });
      if (!found.ok) return found;
      if (found.value !== request.digest)
        return failed(otherDigest(address, found.value, request.digest));
    }
    return success({ file, sizeBytes: stat.size, confirmedAt: now().toISOString() });
  } catch (error) {
    if (error instanceof TypeError) {
      const reason = "it names a file of another machine";
      return failed({ kind: "unsupported", what, where: null, reason });
    }
    return failed(systemFailure(error, what, null));
  }
}
