import type { ApkPackage } from "../../formats/apk/installed.ts";
import type { ApkRelations } from "../../formats/apk/record.ts";
import type { InstalledPackage, PackageRelations } from "../layer-facts.ts";

/** A record of apk as the facts keep it: of the relations those that matter for what else can be installed. */
export function toInstalledApkPackage(found: ApkPackage): InstalledPackage {
  const { name, version, architecture, origin, installedBytes, files } = found;
  const relations = keptRelations(found.relations);
  return {
    name,
    version,
    architecture,
    source: origin,
    ...(Object.keys(relations).length === 0 ? {} : { relations }),
    ...(installedBytes === null ? {} : { installedBytes }),
    files,
  };
}

/** Conflicts stand among `depends`, as `!name`. */
function keptRelations(found: ApkRelations): PackageRelations {
  const { depends, provides, replaces, installIf, providerPriority } = found;
  return {
    ...(depends === undefined ? {} : { depends }),
    ...(provides === undefined ? {} : { provides }),
    ...(replaces === undefined ? {} : { replaces }),
    ...(installIf === undefined ? {} : { installIf }),
    ...(providerPriority === undefined ? {} : { providerPriority }),
  };
}
