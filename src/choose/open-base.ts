import type { OpenBase } from "../catalogue/catalogue.ts";
import type { BaseRoot } from "../check/base-root.ts";
import { mergeLayers } from "../image/merge.ts";

/** A base of the catalogue, or one that was measured just now, ready to be checked against. */
export function toBaseRoot({ info, config, layers, elf }: OpenBase): BaseRoot {
  const { env, workingDir } = config;
  return { info, rootfs: mergeLayers(layers, elf), env, workingDirectory: workingDir };
}
