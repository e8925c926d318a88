import type {
  ElfFacts,
  ElfNotes,
  ExportGroup,
  ImportGroup,
  LibcFlavour,
  LoaderFacts,
  StaticLibc,
  VersionNeed,
} from "../../formats/elf/facts.ts";
import type { GoBuild } from "../../formats/go/build-info.ts";
import { flag, listOf, mapOf, nullOr, oneOf, record, text, tupleOf, whole } from "./shapes.ts";

const textOrNull = nullOr(text);
const texts = listOf(text);

const versionNeed = record<VersionNeed>({
  file: text,
  versions: listOf(record<VersionNeed["versions"][number]>({ name: text, weak: flag })),
});
const versionDefinition = record<ElfFacts["versionDefinitions"][number]>({
  name: text,
  index: whole,
  isBase: flag,
});
const imported = record<ImportGroup>({
  version: textOrNull,
  versionFile: textOrNull,
  hidden: flag,
  weak: flag,
  relocations: whole,
  names: text,
});
const exported = record<ExportGroup>({
  version: textOrNull,
  versionIndex: whole,
  hidden: flag,
  kind: oneOf("normal", "ifunc", "tls", "plt", "zero"),
  names: text,
});
const notes = record<ElfNotes>({
  buildId: textOrNull,
  abiTag: nullOr(
    record<NonNullable<ElfNotes["abiTag"]>>({ os: whole, kernel: tupleOf(whole, whole, whole) }),
  ),
  x86IsaNeeded: nullOr(whole),
  foreignOwners: texts,
  dlopen: listOf(
    record<ElfNotes["dlopen"][number]>({ sonames: texts, priority: text, feature: textOrNull }),
  ),
});
const libc = record<LibcFlavour>({
  kind: oneOf("glibc", "musl", "uclibc", "bionic"),
  version: textOrNull,
});
const loader = record<LoaderFacts>({
  kind: oneOf("glibc", "musl", "uclibc"),
  version: textOrNull,
  systemDirs: texts,
  muslArchitecture: textOrNull,
});
const goBuild = record<GoBuild>({
  goVersion: text,
  path: textOrNull,
  mainModule: nullOr(record<NonNullable<GoBuild["mainModule"]>>({ path: text, version: text })),
  dependencyCount: whole,
  settings: mapOf(text),
});
const features = listOf(oneOf("dlopen", "iconv", "locale", "nss"));
const staticLibc = record<StaticLibc>({
  kind: oneOf("glibc", "musl", "none", "unknown"),
  version: textOrNull,
  opens: features,
  mayOpen: features,
  nssDatabases: listOf(oneOf("group", "hosts", "passwd", "services")),
});

/** One line of a pack. */
export const isElfFacts = record<ElfFacts>({
  class: oneOf(32, 64),
  byteOrder: oneOf("little", "big"),
  machine: whole,
  osAbi: whole,
  flags: whole,
  type: oneOf("exec", "pie", "static-pie", "shared", "other"),
  interpreter: textOrNull,
  isDynamic: flag,
  soname: textOrNull,
  needed: texts,
  rpath: textOrNull,
  runpath: textOrNull,
  bindNow: flag,
  noDefaultLib: flag,
  staticTls: flag,
  textRelocations: flag,
  relr: flag,
  symbolic: flag,
  pieFlag: flag,
  hasConstructors: flag,
  hasIrelative: flag,
  hasVersionSymbols: flag,
  versionNeeds: listOf(versionNeed),
  versionDefinitions: listOf(versionDefinition),
  imports: listOf(imported),
  exports: listOf(exported),
  tls: nullOr(record<NonNullable<ElfFacts["tls"]>>({ sizeBytes: whole, alignBytes: whole })),
  stack: nullOr(record<NonNullable<ElfFacts["stack"]>>({ isExecutable: flag, sizeBytes: whole })),
  notes,
  libc: nullOr(libc),
  loader: nullOr(loader),
  goBuild: nullOr(goBuild),
  staticLibc: nullOr(staticLibc),
  libraryNames: texts,
  isTruncated: flag,
  isCutOff: flag,
});
