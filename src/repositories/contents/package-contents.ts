import type { LibraryDependency } from "../../formats/dpkg/shlibs.ts";
import type { ScriptEffects } from "../../formats/dpkg/script-effects.ts";
import type { LibrarySymbols } from "../../formats/dpkg/symbols.ts";
import type { LayerReading } from "../../image/layer-context.ts";
import type { ElfStore, InstalledPackage, LayerFacts } from "../../image/layer-facts.ts";
import type { Digest } from "../../model/digest.ts";
import type { Failure, Result } from "../../model/failure.ts";

/** The file of one package on this machine. */
export interface PackageFile {
  /** Absolute. */
  readonly file: string;
  /** Package and version, for failures: `libpq5 15.8-0+deb12u1`. */
  readonly name: string;
  /** sha256 of its bytes where somebody verified it: they are then not hashed again. */
  readonly digest: Digest | null;
}

/** A script that the package manager runs while it installs the package. */
export interface PackageScript {
  /** As its format calls it: `postinst`, `.post-install`, `%post`. */
  readonly name: string;
  readonly effects: ScriptEffects;
}

/** What a package says of itself, beside its files. JSON: it is kept as it is. */
export interface PackageHeader {
  /** As the database lists it once it is installed; `files` are absolute paths as the package names them, directories among them. */
  readonly package: InstalledPackage;
  /** Those that run when it is installed, in the order in which they do. */
  readonly scripts: readonly PackageScript[];
  /** dpkg: symbols of its libraries with the version that each needs; empty elsewhere. */
  readonly symbols: readonly LibrarySymbols[];
  /** dpkg: what is to be asked for who links to its libraries; empty elsewhere. */
  readonly shlibs: readonly LibraryDependency[];
  /** What could not be read of it. */
  readonly problems: readonly Failure[];
}

/** All that is known of one package: the facts of its files are those that a layer has, as the package has them. */
export interface PackageContents extends PackageHeader {
  readonly layer: LayerFacts;
  readonly elf: ElfStore;
}

/** What one pass over the file of a package made. */
export interface PackageReading extends LayerReading {
  readonly header: PackageHeader;
}

export interface ReadPackageOptions {
  /** Facts of ELF files that need not be made again. */
  readonly known?: ElfStore;
  readonly signal?: AbortSignal;
}

/** Reads the package files of one family. Holds no state. */
export interface PackageReader {
  readonly family: "apk" | "dpkg" | "rpm";
  /** Goes up when the same file may yield another header; part of the cache key. */
  readonly revision: number;
  /**
   * Header and facts in one pass. `facts.diffId` has to be set where all was read: a digest of the uncompressed files, of whatever
   * container they are in. Fails when it is no such package or cannot be read; what is broken in it is among the failures of the facts.
   */
  read(file: PackageFile, options: ReadPackageOptions): Promise<Result<PackageReading>>;
}
