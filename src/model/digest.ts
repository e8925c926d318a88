/**
 * A content address: `sha256:` and 64 lower-case hex digits (sha512 with 128 is accepted too).
 * `digest` names the compressed bytes, `diffId` the uncompressed ones.
 * Source: OCI image-spec, descriptor.md#digests.
 */
export type Digest = `sha256:${string}` | `sha512:${string}`;

const pattern = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** Whether the text is a digest this program can verify; anything else is `unsupported` or `malformed`. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === "string" && pattern.test(text);
}
