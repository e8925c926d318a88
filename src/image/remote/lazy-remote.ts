import type { RemoteSources } from "../sources/remote-sources.ts";

/** Engines and registries that are loaded when the first name is asked for: most runs read files only. */
export function lazyRemote(load: () => Promise<RemoteSources>): RemoteSources {
  let loading: Promise<RemoteSources> | null = null;
  let remote: RemoteSources | null = null;
  const loaded = async (): Promise<RemoteSources> => (remote = await (loading ??= load()));
  return {
    openEngine: async (name, request) => (await loaded()).openEngine(name, request),
    openRegistry: async (name, request) => (await loaded()).openRegistry(name, request),
    engineNames: async (signal) => (await loaded()).engineNames(signal),
    get problems() {
      return remote?.problems ?? [];
    },
    close: async () => {
      // Why it could not be loaded was told to who asked for an image.
      await (await loading?.catch(() => null))?.close();
    },
  };
}
