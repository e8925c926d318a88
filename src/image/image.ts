import type { Digest } from "../model/digest.ts";
import type { Result } from "../model/failure.ts";
import type { Platform } from "../model/platform.ts";

/** Where an image comes from, as written before the colon of an explicit reference. */
export type SourceKind = "oci" | "oci-archive" | "archive" | "rootfs" | "path" | "scratch";

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

/** An immutable view of one image for one platform, over any medium. Nothing of it is unpacked to disk. */
export interface Image {
  /** How the user may call it again. */
  readonly reference: string;
  readonly source: SourceKind;
  /** As a builder knows it (`registry.example/app:1`), where the medium says so. */
  readonly name?: string;
  readonly platform: Platform;
  /** Of the manifest; null where the medium has none (a root filesystem, a folder, an old docker-archive). */
  readonly manifestDigest: Digest | null;
  readonly config: ImageConfig;
  /** Bottom first. */
  readonly layers: readonly Layer[];
}

/** One layer, as data that can be sent to a worker thread: reading it needs nothing else. */
export type Layer = BlobLayer | DirectoryLayer;

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
  /** Which platforms; empty means the machine's own where the image has several, else the only one. */
  readonly platforms: readonly Platform[];
  readonly signal?: AbortSignal;
}

export type OpenImages = Result<readonly Image[]>;
