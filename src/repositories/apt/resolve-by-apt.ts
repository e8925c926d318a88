import type { InstalledPackage } from "../../image/layer-facts.ts";
import type { Resolution } from "../package-source.ts";
import type { AptIndex } from "./apt-index.ts";

export function resolveByApt(
  _index: AptIndex,
  _architecture: string,
  _request: { readonly names: readonly string[]; readonly installed: readonly InstalledPackage[] },
): Resolution {
  throw new Error("the resolver of dpkg is not there yet");
}
