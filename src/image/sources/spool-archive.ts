import { randomBytes } from "node:crypto";
import { closeSync, createReadStream, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { decompress, type Compression } from "../../formats/compression.ts";
import { FormatError } from "../../formats/format-error.ts";
import { toFailure } from "../../formats/over-limit-error.ts";
import { defaultBudgets, type Budgets } from "../../model/budgets.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import { makeFolder } from "../make-folder.ts";
import { systemFailure } from "../system-failure.ts";

export interface SpoolBudgets {
  readonly maxBytes: number;
  /** Uncompressed to compressed, judged above `ratioFloorBytes`: an archive holds layers that are compressed or were. */
  readonly maxRatio: number;
  readonly ratioFloorBytes: number;
}

/** Of an archive that has to be unpacked as a whole to be looked into. */
export function spoolBudgetsOf({ inflatedBytes, ratio, ratioFloorBytes }: Budgets): SpoolBudgets {
  return { maxBytes: inflatedBytes, maxRatio: ratio, ratioFloorBytes };
}

export interface SpoolOptions {
  readonly temporaryFolder: string;
  readonly budgets?: SpoolBudgets;
  readonly signal?: AbortSignal;
}

/**
 * Uncompresses an archive into a file of its own in the temporary folder. Its owner removes it with the folder; after a
 * failure nothing of it is left. Its name is made here, never taken from the archive. Gives its path.
 */
export async function spoolArchive(
  file: string,
  compression: Compression,
  { temporaryFolder, budgets = spoolBudgetsOf(defaultBudgets), signal }: SpoolOptions,
): Promise<Result<string>> {
  const spooled = join(temporaryFolder, `archive-${randomBytes(6).toString("hex")}.tar`);
  let descriptor: number;
  try {
    makeFolder(temporaryFolder);
    descriptor = openSync(spooled, "wx", 0o600);
  } catch (error) {
    return failed(notWritten(error, file, temporaryFolder));
  }
  let failure: Failure | null = null;
  try {
    failure = await copyInto(descriptor, { file, compression, temporaryFolder, budgets, signal });
  } catch (error) {
    failure = failureOf(error, file);
  } finally {
    closeSync(descriptor);
  }
  if (failure === null) return success(spooled);
  rmSync(spooled, { force: true });
  return failed(failure);
}

interface Copy {
  readonly file: string;
  readonly compression: Compression;
  readonly temporaryFolder: string;
  readonly budgets: SpoolBudgets;
  readonly signal: AbortSignal | undefined;
}

async function copyInto(
  descriptor: number,
  { file, compression, temporaryFolder, budgets, signal }: Copy,
): Promise<Failure | null> {
  const source = createReadStream(file, { highWaterMark: 1024 * 1024 });
  let bytes = 0;
  try {
    for await (const chunk of decompress(compression, source)) {
      if (signal?.aborted === true) return { kind: "cancelled", what: file, where: null };
      bytes += chunk.byteLength;
      const exceeded = findExceeded(bytes, source.bytesRead, budgets);
      if (exceeded !== null) return { kind: "over-limit", what: file, where: null, ...exceeded };
      try {
        writeWhole(descriptor, chunk);
      } catch (error) {
        return notWritten(error, file, temporaryFolder);
      }
    }
    return null;
  } finally {
    source.destroy();
  }
}

function findExceeded(
  bytes: number,
  compressedBytes: number,
  { maxBytes, maxRatio, ratioFloorBytes }: SpoolBudgets,
): Pick<Extract<Failure, { kind: "over-limit" }>, "budget" | "limit" | "unit"> | null {
  if (bytes > maxBytes) return { budget: "uncompressed size", limit: maxBytes, unit: "bytes" };
  const isBomb = bytes > ratioFloorBytes && bytes > maxRatio * compressedBytes;
  return isBomb ? { budget: "compression ratio", limit: maxRatio, unit: "ratio" } : null;
}

/** The system may take less than it is given, on a disk that is nearly full. */
function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.byteLength;) at += writeSync(descriptor, bytes, at);
}

/** Nothing is wrong with the archive: the temporary folder is named, so that another one can be given. */
function notWritten(error: unknown, what: string, folder: string): Failure {
  const failure = systemFailure(error, folder, null);
  const why = "reason" in failure ? failure.reason : "there is no such folder";
  const reason = `it has to be uncompressed into ${folder}: ${why}`;
  return { kind: "unreachable", what, where: null, reason };
}

/** Of a compressed file that could not be read. Bugs are thrown on. */
export function failureOf(error: unknown, file: string): Failure {
  return error instanceof FormatError
    ? toFailure(error, file, null)
    : systemFailure(error, file, null);
}
