import { createReadStream, openSync, writeSync, closeSync, mkdirSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { decompress, type Compression } from "../../formats/compression.ts";
import { FormatError } from "../../formats/format-error.ts";
import { failed, success, type Result } from "../../model/failure.ts";
import { systemFailure } from "../system-failure.ts";

/** Of an archive that has to be unpacked as a whole to be looked into. */
export const maxSpoolBytes = 64 * 1024 ** 3;
/** Uncompressed to compressed, judged above `ratioFloorBytes`: an archive holds layers that are compressed or were. */
const maxRatio = 250;
const ratioFloorBytes = 1024 ** 3;

export interface SpoolOptions {
  readonly temporaryFolder: string;
  readonly signal?: AbortSignal;
}

/**
 * Uncompresses an archive into a file of its own in the temporary folder, which its owner removes. Its name is made
 * here, never taken from the archive. Gives its path.
 */
export async function spoolArchive(
  file: string,
  compression: Compression,
  { temporaryFolder, signal }: SpoolOptions,
): Promise<Result<string>> {
  const spooled = join(temporaryFolder, `archive-${randomBytes(6).toString("hex")}.tar`);
  let descriptor: number | null = null;
  try {
    mkdirSync(temporaryFolder, { recursive: true });
    descriptor = openSync(spooled, "wx", 0o600);
    const source = createReadStream(file, { highWaterMark: 1024 * 1024 });
    let bytes = 0;
    for await (const chunk of decompress(compression, source)) {
      if (signal?.aborted === true) {
        return failed({ kind: "cancelled", what: file, where: null });
      }
      bytes += chunk.byteLength;
      const isBomb = bytes > ratioFloorBytes && bytes > maxRatio * source.bytesRead;
      if (bytes > maxSpoolBytes || isBomb) {
        return failed({
          kind: "over-limit",
          what: file,
          where: null,
          budget: isBomb ? "compression ratio" : "uncompressed size",
          limit: isBomb ? maxRatio : maxSpoolBytes,
          unit: isBomb ? "ratio" : "bytes",
        });
      }
      writeSync(descriptor, chunk);
    }
    return success(spooled);
  } catch (error) {
    if (!(error instanceof FormatError)) return failed(systemFailure(error, file, null));
    const { format, message: reason, offsetBytes } = error;
    return failed({ kind: "malformed", what: file, where: null, format, reason, offsetBytes });
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}
