import type { Digest } from "./digest.ts";

/**
 * How well the bytes of a base are known. `measured`: these bytes, this digest, this day. `stand-in`: the same
 * packages, not the publisher's bytes: never proves anything of the official reference. `published`: lists only.
 */
export type MeasurementKind = "measured" | "stand-in" | "published";

export interface Measurement {
  readonly kind: MeasurementKind;
  /** Of the official image's manifest; null when the measured bytes came without one (and always for a stand-in). */
  readonly digest: Digest | null;
  /** ISO day on which the bytes were read: `2026-11-25`. */
  readonly date: string;
  /** Where the bytes came from, in one line for people. */
  readonly source: string;
}

/** Until when somebody mends it. */
export interface Support {
  /** Product and cycle as the source of dates names them: `debian`, `12`. */
  readonly product: string;
  readonly cycle: string;
  /** First day (ISO) without support, or null when the source has none; `rule` then says what is known. */
  readonly ends: string | null;
  readonly rule: string | null;
  /** Of the source of the dates. */
  readonly source: string;
  readonly sourceDate: string;
}

/** What one base is, in the words of a table. Plain JSON. */
export interface BaseInfo {
  /** Unique with the platform; `base:ID` names it on the command line. */
  readonly id: string;
  /** As `FROM` would name it, without a digest; null for what has no name in a registry (a file of this machine). */
  readonly reference: string | null;
  /** `linux/amd64`. */
  readonly platform: string;
  readonly measurement: Measurement;
  /** Sum of the compressed layers; null when they were never compressed. `scratch` has 0 for both. */
  readonly compressedBytes: number | null;
  /** Sum of the sizes of the files of the merged image. */
  readonly unpackedBytes: number;
  readonly distro: { readonly id: string; readonly version: string | null } | null;
  /** Of the C library that programs are started with; null when there is no dynamic loader. */
  readonly libc: { readonly kind: string; readonly version: string | null } | null;
  /** `/bin/sh` or null. */
  readonly shell: string | null;
  readonly packageManager: string | null;
  /** USER of the image config as written; empty means root. */
  readonly user: string;
  /** Installed packages by its database; null where there is no database. */
  readonly packages: number | null;
  /** The lowest processor that it promises to run on: `x86-64-v1`. */
  readonly cpuLevel: string;
  readonly support: Support | null;
}
