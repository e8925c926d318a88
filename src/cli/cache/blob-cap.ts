import { defaultBlobCapBytes } from "../../image/cache/blob-cache.ts";
import type { CliIo } from "../io.ts";
import { parseSize } from "./read-amounts.ts";

/** What blobs may take on disk, in bytes: as the settings say, else 2 GiB; 0 keeps none. */
export function blobCapOf({ settings }: Pick<CliIo, "settings">): number {
  const text = settings?.cache?.blobs;
  // What the settings' own shape lets through is a size.
  return (text === undefined ? null : parseSize(text)) ?? defaultBlobCapBytes;
}
