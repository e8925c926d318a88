import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  type Stats,
} from "node:fs";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import { systemFailure } from "../system-failure.ts";
import type { Environment, Machine, MachineFile } from "./machine.ts";

const maxFileBytes = 1024 * 1024;
const maxNames = 4096;

export interface MachineUser {
  readonly env: Environment;
  readonly home: string;
  readonly userId: number | null;
}

/** The real files. Reads are few and small and block the caller. */
export function openMachine({ env, home, userId }: MachineUser): Machine {
  return { env, home, userId, exists: existsSync, readText, list };
}

function readText(path: string): Result<MachineFile | null> {
  let file: number;
  try {
    // A FIFO without a writer would be waited for.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    return absentOr(error, path);
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) return failed(malformed(path, "it is no regular file"));
    const bytes = readBounded(file);
    return bytes === null
      ? failed(overLimit(path, maxFileBytes, "bytes"))
      : decode(bytes, stats, path);
  } catch (error) {
    return failed(systemFailure(error, path, null));
  } finally {
    closeSync(file);
  }
}

/** The whole; null when it is longer than allowed, whatever its size claims. */
function readBounded(file: number): Buffer | null {
  const buffer = Buffer.alloc(maxFileBytes + 1);
  let length = 0;
  for (;;) {
    const got = readSync(file, buffer, length, buffer.length - length, null);
    length += got;
    if (length > maxFileBytes) return null;
    if (got === 0) return buffer.subarray(0, length);
  }
}

function decode(bytes: Buffer, stats: Stats, path: string): Result<MachineFile> {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return success({ text, mode: stats.mode & 0o777 });
  } catch {
    return failed(malformed(path, "it is not UTF-8"));
  }
}

function list(folder: string): Result<readonly string[] | null> {
  try {
    const names = readdirSync(folder);
    if (names.length > maxNames) return failed(overLimit(folder, maxNames, "entries"));
    return success(
      names.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))),
    );
  } catch (error) {
    return absentOr(error, folder);
  }
}

function absentOr(error: unknown, path: string): Result<null> {
  const isAbsent =
    error instanceof Error && "code" in error && ["ENOENT", "ENOTDIR"].includes(String(error.code));
  return isAbsent ? success(null) : failed(systemFailure(error, path, null));
}

function malformed(what: string, reason: string): Failure {
  const format = "settings";
  return { kind: "malformed", what, where: null, format, reason, offsetBytes: null };
}

function overLimit(what: string, limit: number, unit: "bytes" | "entries"): Failure {
  return { kind: "over-limit", what, where: null, budget: "settings file", limit, unit };
}
