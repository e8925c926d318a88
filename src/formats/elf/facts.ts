import type { GoBuild } from "../go/build-info.ts";

/**
 * Everything later steps need to know of one ELF file, without its bytes. Plain JSON; keyed by the file's sha256.
 * Sources: System V gABI chapters 4 and 5, glibc elf/elf.h, LSB symbol versioning.
 */
export interface ElfFacts {
  readonly class: 32 | 64;
  readonly byteOrder: "little" | "big";
  /** e_machine, for example 62 (x86-64), 183 (AArch64). */
  readonly machine: number;
  /** EI_OSABI: 0 System V, 3 GNU, 9 FreeBSD. */
  readonly osAbi: number;
  /** e_flags; on ARM it holds the float ABI, on RISC-V the float registers. */
  readonly flags: number;
  /** `exec`: ET_EXEC. `pie`: ET_DYN that is a program. `static-pie`: the same without an interpreter. `other`: relocatable, core. */
  readonly type: "exec" | "pie" | "static-pie" | "shared" | "other";
  /** PT_INTERP as written, null when there is none. */
  readonly interpreter: string | null;
  /** Whether there is a PT_DYNAMIC at all. */
  readonly isDynamic: boolean;
  readonly soname: string | null;
  /** DT_NEEDED in the order of the file. */
  readonly needed: readonly string[];
  readonly rpath: string | null;
  readonly runpath: string | null;
  readonly bindNow: boolean;
  readonly noDefaultLib: boolean;
  readonly staticTls: boolean;
  readonly textRelocations: boolean;
  readonly relr: boolean;
  /** DF_SYMBOLIC or DT_SYMBOLIC. */
  readonly symbolic: boolean;
  /** DF_1_PIE. */
  readonly pieFlag: boolean;
  /** DT_INIT, DT_INIT_ARRAY or DT_PREINIT_ARRAY is there. */
  readonly hasConstructors: boolean;
  /** Some relocation is R_*_IRELATIVE. */
  readonly hasIrelative: boolean;
  /** DT_VERSYM is there. */
  readonly hasVersionSymbols: boolean;
  /** In file order; `weak` is VER_FLG_WEAK. */
  readonly versionNeeds: readonly VersionNeed[];
  /** In file order; `isBase` is VER_FLG_BASE (the file's own name). */
  readonly versionDefinitions: readonly {
    readonly name: string;
    readonly index: number;
    readonly isBase: boolean;
  }[];
  /**
   * Symbols that a relocation asks for and that this file does not define, or copies (R_*_COPY), or defines under a
   * version that is not the default: musl does not find its own either.
   */
  readonly imports: readonly ImportGroup[];
  readonly exports: readonly ExportGroup[];
  /** PT_TLS p_memsz and p_align, in bytes. */
  readonly tls: { readonly sizeBytes: number; readonly alignBytes: number } | null;
  /** PT_GNU_STACK; null when the header is missing (which means executable). `sizeBytes` is p_memsz, 0 when not set. */
  readonly stack: { readonly isExecutable: boolean; readonly sizeBytes: number } | null;
  readonly notes: ElfNotes;
  /** What libc this file is or is made for, as its loader, its version needs or its needed names show; null when nothing does. */
  readonly libc: LibcFlavour | null;
  /** Set for a dynamic loader only. */
  readonly loader: LoaderFacts | null;
  /** Null when the Go linker wrote no build information, or none that can be read: nothing that a loader does depends on it. */
  readonly goBuild: GoBuild | null;
  /** Set for a program without interpreter, whose libc (if any) is inside it. */
  readonly staticLibc: StaticLibc | null;
  /**
   * Names such as `libz.so.1` in the read-only data of a file that imports dlopen, or is static and has a libc that can:
   * what it may open by name. Without its own soname, its needed names and what its libc itself opens. Sorted; at
   * most 64, the first ones of the file. Names that are put together at run time, or lie in writable data, are not here.
   */
  readonly libraryNames: readonly string[];
  /** True when a budget cut the symbol tables short: symbols can then not be proved. */
  readonly isTruncated: boolean;
  /** True when a PT_LOAD segment goes beyond the end of the file: whoever touches that part is killed (SIGBUS). */
  readonly isCutOff: boolean;
}

export interface VersionNeed {
  readonly file: string;
  readonly versions: readonly { readonly name: string; readonly weak: boolean }[];
}

/** How a reference is bound, as bits. `lazy`: JUMP_SLOT in DT_JMPREL, the only kind glibc puts off. */
export const RelocationKind = {
  lazy: 1,
  globDat: 2,
  absolute: 4,
  copy: 8,
  tls: 16,
  other: 32,
} as const;

/** Symbols that share everything but their name. `names` are joined with "\n", in symbol table order. */
export interface ImportGroup {
  /**
   * The version asked for and the library it is asked of; null when unversioned. A version without a library is
   * that of a definition in this file itself.
   */
  readonly version: string | null;
  readonly versionFile: string | null;
  /** The version entry carries bit 15 of versym in this file (a reference to a hidden version). */
  readonly hidden: boolean;
  readonly weak: boolean;
  /** Bits of RelocationKind. */
  readonly relocations: number;
  readonly names: string;
}

/** Definitions (and canonical PLT entries) that share everything but their name. */
export interface ExportGroup {
  /** The version by name; null when the file has no version for it (index 0 or 1, or no DT_VERSYM). */
  readonly version: string | null;
  /** versym & 0x7fff: 1 is the base; the oldest version is usually 2. */
  readonly versionIndex: number;
  /** versym bit 15: not the default version, `name@VERSION`. */
  readonly hidden: boolean;
  /** `plt`: undefined, but with a value: the address of a PLT entry in an ET_EXEC that others may bind to. `zero`: defined with value 0. */
  readonly kind: "normal" | "ifunc" | "tls" | "plt" | "zero";
  readonly names: string;
}

export interface ElfNotes {
  /** Lower-case hex. */
  readonly buildId: string | null;
  /** NT_GNU_ABI_TAG: operating system (0 is Linux) and the oldest kernel. */
  readonly abiTag: {
    readonly os: number;
    readonly kernel: readonly [number, number, number];
  } | null;
  /** GNU_PROPERTY_X86_ISA_1_NEEDED: bit 0 baseline, 1 v2, 2 v3, 3 v4. Null when absent. */
  readonly x86IsaNeeded: number | null;
  /** Owners of notes that name an operating system other than Linux, for example `FreeBSD`, `Android`. */
  readonly foreignOwners: readonly string[];
  /** Libraries the file says it opens by name. Source: uapi-group.org/specifications/specs/elf_dlopen_metadata. */
  readonly dlopen: readonly {
    readonly sonames: readonly string[];
    readonly priority: string;
    readonly feature: string | null;
  }[];
}

export interface LibcFlavour {
  readonly kind: "glibc" | "musl" | "uclibc" | "bionic";
  /** `2.36`, `1.2.5`: of a loader or of glibc's libc.so itself; null for files that are only made for that libc. */
  readonly version: string | null;
}

/** The libc inside a static program. */
export interface StaticLibc {
  /** `none`: a Go program that makes its own system calls. `unknown`: no string or symbol that tells was seen. */
  readonly kind: "glibc" | "musl" | "none" | "unknown";
  /** `2.36`; null when no string of the file says it: most programs of glibc and all of musl. */
  readonly version: string | null;
  /**
   * What the program itself was linked with, sorted. `nss`: glibc's NSS, which opens libnss_*.so as the nsswitch.conf
   * of the base says; glob() and wordexp() bring the database `passwd` along for `~`, as in ldconfig. `iconv`:
   * iconv_open, seen in the symbol table; in glibc it opens the base's gconv modules. In musl: `iconv` has its tables
   * inside, `dlopen` always fails, `locale` reads MUSL_LOCPATH.
   */
  readonly opens: readonly LibcFeature[];
  /**
   * Code of glibc that may open files and is inside nearly every program of it, called or not, sorted; without those of
   * `opens`. A program without stdio has gconv, dlopen and locales in it: alone this proves no need. Whether the
   * program calls dlopen cannot be seen; `libraryNames` holds what it might be called with. Nor can calls of iconv_open
   * be seen when the file is stripped, or has libstdc++ in it, which always links it.
   */
  readonly mayOpen: readonly LibcFeature[];
  /** Databases of nsswitch.conf that it asks for; empty when `opens` has no `nss`, or when its strings do not tell. Sorted. */
  readonly nssDatabases: readonly NssDatabase[];
}

export type LibcFeature = "dlopen" | "iconv" | "locale" | "nss";

export type NssDatabase = "group" | "hosts" | "passwd" | "services";

export interface LoaderFacts {
  readonly kind: "glibc" | "musl" | "uclibc";
  readonly version: string | null;
  /** glibc: the built-in directories in order, without a slash at the end; empty when they could not be read. */
  readonly systemDirs: readonly string[];
  /** musl: the architecture in the name of its path file, `x86_64` in /etc/ld-musl-x86_64.path. */
  readonly muslArchitecture: string | null;
}
