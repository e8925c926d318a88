import { createHash } from "node:crypto";
import { isDigest, type Digest } from "../../model/digest.ts";

/** Name of a file that holds what has this digest: `sha256-<hex>`. Nothing in it but hex digits comes from outside. */
export function digestName(digest: Digest): string {
  // Of what comes from a server the type alone is not enough where a path is made of it.
  if (!isDigest(digest)) throw new TypeError(`Cannot name a file: ${JSON.stringify(digest)}`);
  return digest.replace(":", "-");
}

/** The digest that a file of a cache is named after; null for any other name. */
export function parseDigestName(name: string): Digest | null {
  const digest = name.replace("-", ":");
  return isDigest(digest) ? digest : null;
}

/** Whether these are the bytes of that digest. */
export function hasDigest(bytes: Uint8Array, digest: Digest): boolean {
  const [algorithm = ""] = digest.split(":");
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}` === digest;
}
