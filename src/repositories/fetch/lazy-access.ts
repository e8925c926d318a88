import type { Result } from "../../model/failure.ts";
import type { FetchedFile, RepositoryAccess } from "../access.ts";
import type { AccessOptions, OpenedAccess } from "./open-access.ts";

/** What reaches repositories, loaded when the first file is asked for: most runs look up no package. */
export function lazyAccess(options: AccessOptions): RepositoryAccess & { close(): Promise<void> } {
  const { cacheFolder, temporaryFolder, now = () => new Date(), signal, onProgress } = options;
  let loading: Promise<OpenedAccess> | null = null;
  const load = async (): Promise<OpenedAccess> => {
    const { openRepositoryAccess } = await import("./open-access.ts");
    return openRepositoryAccess(options);
  };
  return {
    async fetch(request): Promise<Result<FetchedFile>> {
      return (await (loading ??= load())).fetch(request);
    },
    ...{ cacheFolder, temporaryFolder, now },
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
    close: async () => {
      await (await loading)?.close();
    },
  };
}
