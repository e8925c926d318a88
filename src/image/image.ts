import type { Budgets } from "../model/budgets.ts";
import type { Digest } from "../model/digest.ts";
import type { Failure, Result } from "../model/failure.ts";
import type { Platform } from "../model/platform.ts";

/** Where an image comes from, as written before the colon of an explicit reference. */
export type SourceKind =
  | "oci"
  | "oci-archive"
  | "archive"
  | "rootfs"
  | "path"
  | "scratch"
  | "registry"
  | "docker"
  | "containerd";

/** The parts of the OCI image config that later steps read. Absent fields are empty or null. Source: image-spec config.md. */
export interface ImageConfig {
  readonly platform: Platform;
  readonly user: string;
  /** `NAME=value`, in file order. */
  readonly env: readonly string[];
  readonly entrypoint: readonly string[] | null;
  readonly cmd: readonly string[] | null;
  readonly workingDir: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly created: string | null;
  /** One per layer, uncompressed. */
  readonly diffIds: readonly Digest[];
}

/** One step of a build. Source: OCI image-spec config.md, `history`. */
export interface HistoryStep {
  readonly created: string | null;
  /** The command; empty where it is not said. */
  readonly createdBy: string;
  readonly comment: string;
  /** It changed the config only: no layer belongs to it. */
  readonly isEmptyLayer: boolean;
}

/** An immutable view of one image for one platform, over any medium. Nothing of it is unpacked to disk. */
export interface Image {
  /** How the user may call it again. */
  readonly reference: string;
  readonly source: SourceKind;
  /** Where a name was found, in words: `Docker at unix:///run/docker.sock`, `registry.example:5000`. Absent for files. */
  readonly origin?: string;
  /** As a builder knows it (`registry.example/app:1`), where the medium says so. */
  readonly name?: string;
  readonly platform: Platform;
  /** Of the manifest; null where the medium has none (a root filesystem, a folder, an old docker-archive). */
  readonly manifestDigest: Digest | null;
  readonly config: ImageConfig;
  /** The JSON that the above was read from; absent for a medium without any. */
  readonly documents?: ImageDocuments;
  /** What stands beside its manifest; absent where there is nothing. */
  readonly attached?: AttachedDocuments;
  /** Bottom first. */
  readonly layers: readonly Layer[];
}

/** What the index around a manifest says of it. */
export interface AttachedDocuments {
  /** Of the index itself. */
  readonly indexAnnotations: Readonly<Record<string, string>>;
  /** Reads the provenance in attestations of BuildKit; nothing of it is read before. Never rejects. */
  readStatements(): Promise<Statements>;
}

/** In-toto statements as they stand there, digests verified; what could not be read is told. */
export interface Statements {
  readonly statements: readonly Readonly<Record<string, unknown>>[];
  readonly failures: readonly Failure[];
}

/** As they stand there; not to be changed. */
export interface ImageDocuments {
  readonly config: Readonly<Record<string, unknown>>;
  /** Null where the medium has no OCI manifest. */
  readonly manifest: Readonly<Record<string, unknown>> | null;
  /** Null where the medium tells them in another form: an engine. */
  readonly bytes: DocumentBytes | null;
}

/** The texts of documents, byte for byte: what their digests are of. */
export interface DocumentBytes {
  readonly config: Uint8Array;
  readonly manifest: Uint8Array | null;
}

/** One layer: bytes of this machine, or how they come here. */
export type Layer = LocalLayer | RemoteLayer;

/** A layer as data that can be sent to a worker thread: reading it needs nothing else. */
export type LocalLayer = BlobLayer | DirectoryLayer;

/** A tar stream in a range of a local file, compressed or not. */
export interface BlobLayer {
  readonly kind: "blob";
  /** The file that holds the bytes: the blob itself or an archive around it. */
  readonly file: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  /** What the bytes themselves start with decides, not the media type. */
  readonly compression: "none" | "gzip" | "zstd" | "xz";
  /** Of the bytes as they are stored; null when the medium does not say it. Verified while streaming. */
  readonly digest: Digest | null;
  /** Of the tar stream; null when the medium does not say it. Verified while streaming. */
  readonly diffId: Digest | null;
  readonly mediaType: string | null;
  /**
   * Set while its bytes are still coming into the file: how many are there, see `Arrival`. Readers wait for the rest.
   * Can be sent to another thread.
   */
  readonly arriving?: SharedArrayBuffer;
}

/** A layer whose bytes are in a registry or an engine. */
export interface RemoteLayer {
  readonly kind: "remote";
  /** For failures and progress: `registry.example/app@sha256:…`. */
  readonly name: string;
  /** Null where the medium does not say it (an engine). */
  readonly digest: Digest | null;
  readonly diffId: Digest | null;
  /** Stored bytes as the manifest says; null where that is not known before they come. */
  readonly lengthBytes: number | null;
  readonly mediaType: string | null;
  /**
   * Begins to bring the bytes into a file of this machine and comes back as soon as the first of them are there. May be called
   * again: the same bytes are not brought twice at the same time, and the signal of who asked first ends it for all. Never rejects.
   */
  fetch(options: FetchOptions): Promise<Result<FetchedLayer>>;
}

export interface FetchOptions {
  readonly signal?: AbortSignal;
  /** Told how many bytes have come. */
  readonly onProgress?: (receivedBytes: number) => void;
}

/** The bytes of a remote layer, here or on their way. */
export interface FetchedLayer {
  readonly layer: BlobLayer;
  /** Comes when all bytes are there, or with why they never will be. Never rejects. */
  readonly whole: Promise<Result<null>>;
  /**
   * To be called once by who took it, when it needs the file no more. `isVerified`: its digest was found right, so it may be kept
   * for the next time; otherwise it is thrown away. Comes to true where kept bytes turned out to be damaged: they are gone, and
   * to fetch them again brings others. Never rejects.
   */
  release(isVerified: boolean): Promise<boolean>;
}

/** A folder or a single file of this machine, taken as a layer. Not cached: it has no digest. */
export interface DirectoryLayer {
  readonly kind: "directory";
  /** Host path of the folder or file. */
  readonly directory: string;
  /** Where its contents stand in the image, `/` for a root filesystem, `/app` for an app. No slash at the end. */
  readonly mountPath: string;
}

/** What came of opening a reference: one image per asked platform. */
export interface OpenOptions {
  /** Which platforms; empty means the machine's own where the image has several, else the only one. `everyPlatform`: all. */
  readonly platforms: readonly Platform[];
  readonly signal?: AbortSignal;
  /** What opening may cost, in place of the defaults. */
  readonly budgets?: Partial<Budgets>;
}

export type OpenImages = Result<readonly Image[]>;
