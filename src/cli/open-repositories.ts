import { readVersion } from "../answer/version.ts";
import type { RepositoryAccess } from "../repositories/access.ts";
import { lazyAccess } from "../repositories/fetch/lazy-access.ts";
import { withMirrors } from "../repositories/fetch/mirror-access.ts";
import type { CliIo } from "./io.ts";
import { registryOverrides } from "./open-remote.ts";
import type { ProgressLine } from "./progress.ts";
import type { Session } from "./session.ts";

/** Package repositories for one run. Nothing of them is loaded before a package is looked up. */
export function openRepositories(
  session: Session,
  io: CliIo,
  progress: ProgressLine,
): RepositoryAccess & { close(): Promise<void> } {
  const { cacheFolder, temporaryFolder, isOffline } = session;
  const access = lazyAccess({
    ...{ env: io.env, cacheFolder, temporaryFolder, isOffline },
    userAgent: `fromage/${readVersion()}`,
    authorities: registryOverrides(io).authorities,
    now: () => io.now(),
    signal: io.signal,
    onProgress: (what, readBytes, totalBytes) =>
      progress.show(what, { readBytes, totalBytes: totalBytes ?? 0, isPulling: true }),
  });
  return withMirrors(access, io.settings?.packages?.mirrors ?? {});
}
