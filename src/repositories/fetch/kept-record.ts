import { isMoment } from "../../image/cache/layer-shapes.ts";
import { isJsonObject } from "../../image/sources/json.ts";
import { isDigest, type Digest } from "../../model/digest.ts";

/** What is known of a kept file. */
export interface KeptRecord {
  /** The address, or what it was compiled from. */
  readonly key: string;
  /** Always sha256: the file has its name from it. */
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** When the repository last said that these are its bytes, or they were compiled, ISO 8601. */
  readonly confirmedAt: string;
  /** For the condition of the next request; null where there is none. */
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** Whether a value from a file of the cache is a record. */
export function isKeptRecord(value: unknown): value is KeptRecord {
  if (!isJsonObject(value)) return false;
  const { key, digest, sizeBytes, confirmedAt, etag, lastModified } = value;
  const isText = (one: unknown): boolean => one === null || typeof one === "string";
  return (
    typeof key === "string" &&
    isDigest(digest) &&
    digest.startsWith("sha256:") &&
    Number.isSafeInteger(sizeBytes) &&
    typeof confirmedAt === "string" &&
    isMoment(confirmedAt) &&
    isText(etag) &&
    isText(lastModified)
  );
}
