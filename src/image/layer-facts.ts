import type { AlternativeGroup } from "../formats/dpkg/alternatives.ts";
import type { Diversion } from "../formats/dpkg/diversions.ts";
import type { ElfFacts } from "../formats/elf/facts.ts";
import type { RecordProblem } from "../formats/record-problem.ts";
import type { SqliteLayout } from "../formats/sqlite/layout.ts";
import type { SqliteLog } from "../formats/sqlite/wal.ts";
import type { Digest } from "../model/digest.ts";
import type { Failure } from "../model/failure.ts";

/**
 * One entry of a layer, in the words of tar. `path` is absolute, normalised (no `.`, `..`, double or trailing
 * slash) and the name is not yet resolved through links. Bytes of a name that are not UTF-8 are kept, see `decodeName`.
 */
export interface FileEntry {
  readonly path: string;
  /** `whiteout` hides `path` of the layers below; `opaque` hides everything below `path` in the layers below. */
  readonly type:
    | "file"
    | "directory"
    | "symlink"
    | "hardlink"
    | "character"
    | "block"
    | "fifo"
    | "whiteout"
    | "opaque";
  /** Permission bits, lower 12: setuid 0o4000 … 0o001. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of the content; 0 for everything that is not a file. */
  readonly sizeBytes: number;
  /** Seconds since 1970, before it negative, rounded down; absent where the medium does not say it. */
  readonly modifiedSeconds?: number;
  /** Of a character or block device. */
  readonly device?: DeviceNumber;
  /** symlink: as written. hardlink: the absolute, normalised path in the same layer (or one below). */
  readonly linkTarget?: string;
  /** `security.capability` as lower-case hex. */
  readonly capability?: string;
}

export interface DeviceNumber {
  readonly major: number;
  readonly minor: number;
}

/** What one reader found in one layer, stored and loaded on its own. */
export interface Section<Fact> {
  /** Goes up when the same bytes may yield other facts; part of the cache key. */
  readonly revision: number;
  /** By path of the entry that carried the content (never a link). */
  readonly byPath: Readonly<Record<string, Fact>>;
  /** Files this reader wanted and could not read. */
  readonly failures: readonly Failure[];
}

/** What an ELF file is, enough to decide whether its whole facts are wanted. */
export interface ElfBrief {
  /** sha256 of the file, hex: the key of its ElfFacts. */
  readonly sha256: string;
  readonly machine: number;
  readonly class: 32 | 64;
  readonly type: ElfFacts["type"];
  readonly soname: string | null;
  readonly interpreter: string | null;
}

/** The first line of a script, without `#!` and the line's end; `hasCarriageReturn` when the line ended in CR LF. */
export interface ShebangFact {
  readonly line: string;
  readonly hasCarriageReturn: boolean;
}

/** One line of /etc/ld.so.cache, in file order. `hwcaps` is the glibc-hwcaps subdirectory or null. */
export interface LoaderCacheEntry {
  readonly soname: string;
  readonly path: string;
  /** The flags word: low byte 3 is ELF_LIBC6; 0x0300 x86-64, 0x0a00 AArch64 … Source: glibc sysdeps/generic/ldconfig.h. */
  readonly flags: number;
  readonly hwcaps: string | null;
}

/** An installed package as its database says it. `files` are absolute paths, as written there, in its order. */
export interface InstalledPackage {
  readonly name: string;
  /** rpm: `[epoch:]version-release`. */
  readonly version: string;
  readonly architecture: string | null;
  /** Name of the package that it was built from; null when the database does not say another one. */
  readonly source: string | null;
  /** Version of the source; absent when it is the package's own. */
  readonly sourceVersion?: string;
  /** Absent where the database says nothing of the kind. */
  readonly relations?: PackageRelations;
  /** Size of its files, as the database says it; absent where it does not. */
  readonly installedBytes?: number;
  /** chisel: names of the slices of it that are there, without its own name (`libs`); `files` are theirs. */
  readonly slices?: readonly string[];
  /** Empty in a dpkg database, which keeps the lists of files apart; filled in by `distros/`. */
  readonly files: readonly string[];
}

/**
 * What a package asks of others and gives them, in the spelling of its family: dpkg `libc6 (>= 2.34), a | b`, apk
 * `so:libc.musl-x86_64.so.1 !x`, rpm one relation a line (`libc.so.6(GLIBC_2.34)(64bit)`, `x >= 1:2-3`). Absent where it has none.
 */
export interface PackageRelations {
  readonly depends?: string;
  /** dpkg. */
  readonly preDepends?: string;
  readonly provides?: string;
  readonly conflicts?: string;
  /** dpkg. */
  readonly breaks?: string;
  readonly replaces?: string;
  /** apk: installed by itself when all of these are there. */
  readonly installIf?: string;
  /** apk: which of several providers counts; a number. */
  readonly providerPriority?: number;
  /** dpkg. Source: deb-control(5), Multi-Arch. */
  readonly multiArch?: "same" | "foreign" | "allowed";
  /** dpkg: it may be relied on without a dependency. */
  readonly isEssential?: true;
}

/** One package database file: a part of the answer, joined in `distros/`. */
export type PackageFact = {
  /** What was passed over in this file: broken records, a database of a kind that is not read yet. */
  readonly problems: readonly RecordProblem[];
} & (
  | {
      readonly manager: "apk" | "rpm";
      readonly packages: readonly InstalledPackage[];
      /** `rpmdb.sqlite`: where the packages are in it, items by index of `packages`; for its log. */
      readonly layout?: SqliteLayout;
    }
  /** `rpmdb.sqlite-wal`; null where nothing in it counts, and for a rollback journal. */
  | { readonly manager: "rpm-log"; readonly log: SqliteLog | null }
  | { readonly manager: "dpkg"; readonly packages: readonly InstalledPackage[] }
  /** `info/NAME.list` or `status.d/NAME.md5sums`: the files of one package, known by the database file's own name. */
  | { readonly manager: "dpkg-files"; readonly package: string; readonly files: readonly string[] }
  | { readonly manager: "dpkg-diversions"; readonly diversions: readonly Diversion[] }
  /** One file of /var/lib/dpkg/alternatives; null where it is too big. */
  | { readonly manager: "dpkg-alternatives"; readonly group: AlternativeGroup | null }
);

/** All that is known of one layer. Same record in the cache and in the shipped catalogue. */
export interface LayerFacts {
  /** Null for a folder of this machine. */
  readonly diffId: Digest | null;
  /** Compressed size as stored; null where it was never compressed. */
  readonly compressedBytes: number | null;
  readonly uncompressedBytes: number;
  /** In the order of the archive; a path may come twice (the later one counts). */
  readonly entries: readonly FileEntry[];
  readonly elf: Section<ElfBrief>;
  readonly shebangs: Section<ShebangFact>;
  /** Whole text of small files that matter, as UTF-8. */
  readonly texts: Section<string>;
  readonly loaderCaches: Section<readonly LoaderCacheEntry[]>;
  readonly packages: Section<PackageFact>;
  /** What stopped the pass early or was passed over: a truncated stream, a used-up budget, a hostile name. */
  readonly failures: readonly Failure[];
}

/** ELF facts by sha256. Filled from the cache or the catalogue when asked; null when there are none. */
export interface ElfStore {
  get(sha256: string): ElfFacts | null;
}
