import type { RpmPackage } from "../../formats/rpm/package.ts";
import { parseRpmSource } from "../../formats/rpm/source-name.ts";
import type { InstalledPackage } from "../layer-facts.ts";

/** A record of rpm as the facts keep it: its source by name and version. */
export function toInstalledRpmPackage(found: RpmPackage): InstalledPackage {
  const { sourceRpm, ...rest } = found;
  const source = sourceRpm === null ? null : parseRpmSource(sourceRpm);
  return {
    ...rest,
    source: source?.name ?? null,
    ...(source !== null && { sourceVersion: source.version }),
  };
}
