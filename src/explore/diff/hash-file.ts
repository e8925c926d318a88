import { createHash, hash as hashBytes } from "node:crypto";
import type { FileSink } from "../../image/read-files.ts";

/** Hashes one file of `sizeBytes` as it comes; `end` is told its sha256 in base64. */
export function hashFile(sizeBytes: number, end: (sha256: string) => void): FileSink {
  let whole: string | null = null;
  let hash: ReturnType<typeof createHash> | null = null;
  return {
    write(bytes) {
      if (whole !== null) throw new RangeError(`Cannot hash more than ${sizeBytes} bytes`);
      // Most files come in one piece: a hash in the making is memory that is given back late.
      if (hash === null && bytes.byteLength === sizeBytes) {
        whole = hashBytes("sha256", bytes, "base64");
      } else {
        hash ??= createHash("sha256");
        hash.update(bytes);
      }
      return true;
    },
    end: () => end(whole ?? (hash ?? createHash("sha256")).digest("base64")),
  };
}
