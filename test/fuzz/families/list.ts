import type { Family } from "../family.ts";
import { apkTexts } from "./apk-texts.ts";
import { aptIndexes } from "./apt-indexes.ts";
import { baseClaims } from "./base-claims.ts";
import { bolt } from "./bolt.ts";
import { cache } from "./cache.ts";
import { compression, xz } from "./compression.ts";
import { apk, dpkg, rpm, rpmHeader, sqlite } from "./databases.ts";
import { debs, dpkgTexts, scripts } from "./debs.ts";
import { elf } from "./elf.ts";
import { imageJson } from "./image-json.ts";
import { layers } from "./layers.ts";
import { engines } from "./engines.ts";
import { headers } from "./headers.ts";
import { globs, lines } from "./lines.ts";
import { dockerfile, goBuild, references, settings } from "./names.ts";
import { packagesIndex } from "./packages-index.ts";
import { registry } from "./registry.ts";
import { berkeley, ndb, rpmLog, rpmManifest } from "./rpm-databases.ts";
import { cpio, rpmFiles, rpmIndexes, rpmTexts } from "./rpm-repositories.ts";
import { tar } from "./tar.ts";
import { ldSoCache, texts } from "./texts.ts";

/** Every family. A new one is one line here. */
export const families: readonly Family[] = [
  tar,
  compression,
  xz,
  elf,
  dpkg,
  debs,
  scripts,
  dpkgTexts,
  packagesIndex,
  aptIndexes,
  apk,
  apkTexts,
  rpm,
  rpmHeader,
  ndb,
  berkeley,
  rpmLog,
  rpmManifest,
  rpmIndexes,
  rpmTexts,
  cpio,
  rpmFiles,
  sqlite,
  ldSoCache,
  texts,
  imageJson,
  references,
  layers,
  dockerfile,
  goBuild,
  settings,
  registry,
  bolt,
  cache,
  engines,
  headers,
  lines,
  globs,
  baseClaims,
];
