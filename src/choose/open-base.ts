import type { OpenBase } from "../catalogue/catalogue.ts";
import type { BaseRoot } from "../check/base-root.ts";
import { mergeLayers } from "../image/merge.ts";

/** A base of the catalogue, or one that was measured just now, ready to be checked against. */
export function toBaseRoot({ info, config, layers, elf }: OpenBase): BaseRoot {
  const { env, workingDir, entrypoint } = config;
  const rootfs = mergeLayers(layers, elf);
  const hasEntrypoint = entrypoint !== null && entrypoint.length > 0;
  return { info, rootfs, env, workingDirectory: workingDir, hasEntrypoint };
}
