import type { DpkgPackage } from "../../formats/dpkg/status.ts";
import type { InstalledPackage } from "../layer-facts.ts";

/** A paragraph of dpkg as an installed package, its files still unknown. */
export function toInstalledPackage(found: DpkgPackage): InstalledPackage {
  const { name, version, architecture, source, sourceVersion, relations, installedBytes } = found;
  return {
    name,
    version,
    architecture,
    source,
    ...(sourceVersion === null ? {} : { sourceVersion }),
    ...(relations === null ? {} : { relations }),
    ...(installedBytes === null ? {} : { installedBytes }),
    files: [],
  };
}
