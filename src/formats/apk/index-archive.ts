import { gunzip } from "../gzip.ts";
import { FormatError } from "../format-error.ts";
import { fromBytes } from "../random-access.ts";
import { readApkSignatures, type ApkSignature } from "./signature.ts";
import { TarFiles } from "./tar-files.ts";

/** The parts of an APKINDEX.tar.gz. */
export interface ApkIndexArchive {
  readonly signatures: readonly ApkSignature[];
  /** What they sign, as it is stored. */
  readonly signed: Uint8Array;
  /** The text `APKINDEX`, for `parseApkIndex`. */
  readonly index: Uint8Array;
  /** What the repository calls this state: `v3.17.3-86-gfb1a27c6d`; empty when absent. */
  readonly description: string;
  /** When the index was made, ISO 8601; null when it does not say it. */
  readonly madeAt: string | null;
}

/** An index of 70,000 packages has 50 MB; a gigabyte is nobody's. */
const maxIndexBytes = 512 * 1024 * 1024;
const maxDescriptionLength = 200;

/**
 * Takes an index apart. Null for the index of apk 3 (`ADB`), which is not read. Throws FormatError.
 * Source: apk-tools src/app_index.c; apk-v2(5).
 */
export async function parseApkIndexArchive(bytes: Uint8Array): Promise<ApkIndexArchive | null> {
  if (isApkDatabase(bytes)) return null;
  const { signatures, endBytes } = await readApkSignatures(fromBytes(bytes));
  const signed = bytes.subarray(endBytes);
  const wants = (name: string): boolean => name === "APKINDEX" || name === "DESCRIPTION";
  const files = new TarFiles({ wants, where: "the index", maxBytes: maxIndexBytes });
  for await (const chunk of gunzip(oneChunk(signed))) files.push(chunk);
  files.end();
  const index = files.byName.get("APKINDEX");
  if (index === undefined) throw new FormatError("apk", "there is no APKINDEX in it");
  const description = Buffer.from(files.byName.get("DESCRIPTION")?.bytes ?? []).toString("utf8");
  const { modifiedSeconds } = index;
  return {
    signatures,
    signed,
    index: index.bytes,
    description: description.trim().slice(0, maxDescriptionLength),
    madeAt: modifiedSeconds === null ? null : new Date(modifiedSeconds * 1000).toISOString(),
  };
}

/** Whether the bytes begin as a file of apk 3: `ADB.`, `ADBd`, `ADBc`. Source: apk-tools src/adb.h. */
export function isApkDatabase(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 3)).toString("latin1") === "ADB";
}

// eslint-disable-next-line @typescript-eslint/require-await -- bytes that are all there already
async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
