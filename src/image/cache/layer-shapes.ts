import type { AlternativeGroup } from "../../formats/dpkg/alternatives.ts";
import type { Diversion } from "../../formats/dpkg/diversions.ts";
import type { RecordProblem } from "../../formats/record-problem.ts";
import type { LayoutRow, SqliteLayout } from "../../formats/sqlite/layout.ts";
import type { SqliteLog } from "../../formats/sqlite/wal.ts";
import { isDigest } from "../../model/digest.ts";
import type { Failure } from "../../model/failure.ts";
import type { FolderRow } from "../entry-folders.ts";
import type {
  DeviceNumber,
  ElfBrief,
  InstalledPackage,
  PackageRelations,
  LoaderCacheEntry,
  PackageFact,
  Section,
  ShebangFact,
} from "../layer-facts.ts";
import type { toCoreRecord } from "../layer-record.ts";
import type { SectionName } from "../readers/section-names.ts";
import type { SectionFacts } from "../sections.ts";
import {
  anyOf,
  flag,
  listOf,
  mapOf,
  matching,
  nullOr,
  number,
  oneOf,
  record,
  text,
  tupleOf,
  whole,
  type Guard,
  type Shape,
} from "./shapes.ts";

type FailureOf<Kind extends Failure["kind"]> = Extract<Failure, { readonly kind: Kind }>;
type ProblemOf<Kind extends RecordProblem["kind"]> = Extract<
  RecordProblem,
  { readonly kind: Kind }
>;
type PackagesOf<Manager extends PackageFact["manager"]> = Extract<
  PackageFact,
  { readonly manager: Manager }
>;

const place = { what: text, where: nullOr(text) };
const units = oneOf("bytes", "entries", "ratio", "levels", "ms");
const isMalformed = { format: text, reason: text, offsetBytes: nullOr(whole) };
const isOverLimit = { budget: text, limit: number, unit: units };
/** Of those that are kept: a failure of another kind may not come again. */
export const isFailure = anyOf(
  record<FailureOf<"malformed">>({ kind: oneOf("malformed"), ...place, ...isMalformed }),
  record<FailureOf<"unsupported">>({ kind: oneOf("unsupported"), ...place, reason: text }),
  record<FailureOf<"over-limit">>({ kind: oneOf("over-limit"), ...place, ...isOverLimit }),
);
const failures = listOf(isFailure);

const entryTypes = oneOf(
  ..."file directory symlink hardlink character block fifo whiteout opaque".split(" "),
);
const more = record<NonNullable<FolderRow["more"]>[string]>(
  {},
  {
    linkTarget: text,
    capability: text,
    device: record<DeviceNumber>({ major: whole, minor: whole }),
  },
);
const numbers = matching(/^-?\d{0,16}(?:,-?\d{0,16})*$/);
const anyRow = record<FolderRow>(
  { dir: text, names: text, kinds: numbers, sizes: numbers, times: numbers },
  { more: mapOf(more) },
);

/** A row whose paths are absolute and without `.` and `..`; an empty part is the root, which lies in no folder. */
function row(value: unknown): boolean {
  if (!anyRow(value)) return false;
  const { dir, names } = value;
  if (dir === "") return !/(?:^|\/)\.{1,2}(?:\/|$)/.test(names);
  const isFolder = dir.startsWith("/") && !/\/\.{0,2}(?:\/|$)/.test(dir);
  return isFolder && !/(?:^|\/)\.{0,2}(?:\/|$)/.test(names);
}

/** Of `toCoreRecord`. */
const core = record<ReturnType<typeof toCoreRecord>>({
  diffId: nullOr(isDigest),
  compressedBytes: nullOr(whole),
  uncompressedBytes: whole,
  failures,
  isPlain: flag,
  kinds: listOf(tupleOf(entryTypes, whole, whole, whole)),
  rows: listOf(row),
});

/** ISO 8601, as `Date` writes it. */
export const isMoment = matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

/** What a core.json holds. */
export interface CoreFile {
  readonly core: ReturnType<typeof toCoreRecord>;
  readonly verifiedAt: string;
}

export const isCoreFile = record<CoreFile>({ core, verifiedAt: isMoment });

const sectionOf = <Fact>(fact: Shape): Guard<Section<Fact>> =>
  record<Section<Fact>>({ revision: whole, byPath: mapOf(fact), failures });

/** What the file of a section of ELF files holds. `packs`: where the whole facts of its files are. */
export interface ElfFile {
  readonly section: Section<ElfBrief>;
  readonly packs: readonly string[];
}

const brief = record<ElfBrief>({
  sha256: matching(/^[0-9a-f]{64}$/),
  machine: whole,
  class: oneOf(32, 64),
  type: oneOf("exec", "pie", "static-pie", "shared", "other"),
  soname: nullOr(text),
  interpreter: nullOr(text),
});
/** As `FactsCache` names them: no other path is ever looked at. */
const packName = matching(/^sha(?:256-[0-9a-f]{64}|512-[0-9a-f]{128})-[0-9a-f]{8}$/);

export const isElfFile = record<ElfFile>({ section: sectionOf(brief), packs: listOf(packName) });

const problems = listOf(
  anyOf(
    record<ProblemOf<"malformed">>({ kind: oneOf("malformed"), ...isMalformed }),
    record<ProblemOf<"unsupported">>({ kind: oneOf("unsupported"), reason: text }),
    record<ProblemOf<"over-limit">>({ kind: oneOf("over-limit"), ...isOverLimit }),
  ),
);
const relations = record<PackageRelations>(
  {},
  {
    depends: text,
    preDepends: text,
    provides: text,
    conflicts: text,
    breaks: text,
    replaces: text,
    installIf: text,
    providerPriority: whole,
    multiArch: oneOf("same", "foreign", "allowed"),
    isEssential: oneOf(true),
  },
);
export const isInstalledPackage = record<InstalledPackage>(
  {
    name: text,
    version: text,
    architecture: nullOr(text),
    source: nullOr(text),
    files: listOf(text),
  },
  { sourceVersion: text, relations, installedBytes: whole, slices: listOf(text) },
);
const diversion = record<Diversion>({ from: text, to: text, by: nullOr(text) });
const alternativeGroup = record<AlternativeGroup>({
  name: text,
  isAutomatic: flag,
  link: text,
  slaves: listOf(record<AlternativeGroup["slaves"][number]>({ name: text, link: text })),
  choices: listOf(
    record<AlternativeGroup["choices"][number]>({
      path: text,
      priority: whole,
      slaves: listOf(nullOr(text)),
    }),
  ),
});
const layoutRow = record<LayoutRow>({
  rowId: whole,
  payloadBytes: whole,
  localSum: matching(/^[0-9a-f]{16}$/),
  overflow: listOf(whole),
  item: nullOr(whole),
});
const layout = record<SqliteLayout>({
  pageBytes: whole,
  usableBytes: whole,
  root: whole,
  interiors: mapOf(listOf(whole)),
  leaves: mapOf(listOf(layoutRow)),
});
const log = record<SqliteLog>({ pageBytes: whole, pageCount: whole, pages: mapOf(text) });
const packages = anyOf(
  record<PackagesOf<"apk" | "rpm">>(
    { problems, manager: oneOf("apk", "rpm"), packages: listOf(isInstalledPackage) },
    { layout },
  ),
  record<PackagesOf<"dpkg">>({
    problems,
    manager: oneOf("dpkg"),
    packages: listOf(isInstalledPackage),
  }),
  record<PackagesOf<"rpm-log">>({ problems, manager: oneOf("rpm-log"), log: nullOr(log) }),
  record<PackagesOf<"dpkg-files">>({
    problems,
    manager: oneOf("dpkg-files"),
    package: text,
    files: listOf(text),
  }),
  record<PackagesOf<"dpkg-diversions">>({
    problems,
    manager: oneOf("dpkg-diversions"),
    diversions: listOf(diversion),
  }),
  record<PackagesOf<"dpkg-alternatives">>({
    problems,
    manager: oneOf("dpkg-alternatives"),
    group: nullOr(alternativeGroup),
  }),
);
const loaderEntry = record<LoaderCacheEntry>({
  soname: text,
  path: text,
  flags: whole,
  hwcaps: nullOr(text),
});

/** Of the sections that are files of their own. */
export const sectionShapes: {
  readonly [Name in Exclude<SectionName, "elf">]: Guard<SectionFacts[Name]>;
} = {
  shebangs: sectionOf(record<ShebangFact>({ line: text, hasCarriageReturn: flag })),
  texts: sectionOf(text),
  loaderCaches: sectionOf(listOf(loaderEntry)),
  packages: sectionOf(packages),
};
