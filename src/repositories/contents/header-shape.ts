import type { Diversion } from "../../formats/dpkg/diversions.ts";
import type { AlternativeChoice, ScriptEffects } from "../../formats/dpkg/script-effects.ts";
import type { LibraryDependency } from "../../formats/dpkg/shlibs.ts";
import type { LibrarySymbols, SymbolVersion } from "../../formats/dpkg/symbols.ts";
import { isFailure, isInstalledPackage } from "../../image/cache/layer-shapes.ts";
import { flag, listOf, nullOr, record, text, whole } from "../../image/cache/shapes.ts";
import { isDigest, type Digest } from "../../model/digest.ts";
import type { PackageHeader, PackageScript } from "./package-contents.ts";

/** What the cache holds of a package: its header, and under which diffId the facts of its files are. */
export interface HeaderFile {
  readonly diffId: Digest;
  readonly header: PackageHeader;
}

type Slave = AlternativeChoice["slaves"][number];

const effects = record<ScriptEffects>({
  alternatives: listOf(
    record<AlternativeChoice>({
      link: text,
      name: text,
      path: text,
      priority: whole,
      slaves: listOf(record<Slave>({ link: text, name: text, path: text })),
    }),
  ),
  diversions: listOf(record<Diversion>({ from: text, to: text, by: nullOr(text) })),
  refreshesLoaderCache: flag,
  unknown: listOf(text),
});

/** Whether a value that was JSON is what `HeaderCache` writes. */
export const isHeaderFile = record<HeaderFile>({
  diffId: isDigest,
  header: record<PackageHeader>({
    package: isInstalledPackage,
    scripts: listOf(record<PackageScript>({ name: text, effects })),
    symbols: listOf(
      record<LibrarySymbols>({
        soname: text,
        templates: listOf(text),
        symbols: listOf(
          record<SymbolVersion>({ name: text, node: text, minVersion: text, template: whole }),
        ),
      }),
    ),
    shlibs: listOf(
      record<LibraryDependency>({ type: nullOr(text), name: text, version: text, depends: text }),
    ),
    problems: listOf(isFailure),
  }),
});
