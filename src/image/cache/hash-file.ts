import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Digest } from "../../model/digest.ts";
import { failed, success, type Result } from "../../model/failure.ts";
import { systemFailure } from "../system-failure.ts";

export interface HashOptions {
  readonly signal?: AbortSignal;
  /** Told how many bytes were read since the last time. */
  readonly onRead?: (bytes: number) => void;
}

/** For a file of which nobody promised a digest: it says which algorithm. */
export const anySha256: Digest = `sha256:${"0".repeat(64)}`;

const chunkBytes = 1024 * 1024;

/** Digest of a whole file, with the algorithm of the one that is expected. Failures: the system's, `cancelled`. */
export async function hashFile(
  file: string,
  { digest, signal, onRead }: HashOptions & { readonly digest: Digest },
): Promise<Result<Digest>> {
  const algorithm = digest.startsWith("sha512:") ? "sha512" : "sha256";
  const hash = createHash(algorithm);
  const options = { highWaterMark: chunkBytes, ...(signal === undefined ? {} : { signal }) };
  try {
    const stream: AsyncIterable<Buffer> = createReadStream(file, options);
    for await (const chunk of stream) {
      hash.update(chunk);
      onRead?.(chunk.byteLength);
    }
  } catch (error) {
    if (signal?.aborted === true) return failed({ kind: "cancelled", what: file, where: null });
    return failed(systemFailure(error, file, null));
  }
  return success<Digest>(`${algorithm}:${hash.digest("hex")}`);
}
