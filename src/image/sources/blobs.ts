import { createHash } from "node:crypto";
import { closeSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Digest } from "../../model/digest.ts";
import { defaultBudgets, type Budgets } from "../../model/budgets.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import { readFully } from "../file-window.ts";
import { systemFailure } from "../system-failure.ts";
import { DocumentBudget } from "./document-budget.ts";
import { isJsonObject, type JsonDocument, type JsonObject } from "./json.ts";
import type { TarMembers } from "./tar-members.ts";

/** Where documents of an image are: a layout, an archive, a registry. */
export interface Place {
  /** For failures. */
  readonly name: string;
  /** Of all that is read there; the defaults for each document alone when absent. */
  readonly budget?: DocumentBudget;
}

/** Files by name, over a folder or an archive: what the layouts of images are made of. */
export interface Blobs extends Place {
  /** `names` are relative, without `..`. Null when there is no such file. */
  find(name: string): BlobRange | null;
}

/** A range of a file of this machine. */
export interface BlobRange {
  readonly file: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** See `Budgets`. */
export const maxJsonBytes = defaultBudgets.jsonBytes;

/** The files of an OCI directory. */
export function folderBlobs(folder: string, budgets: Budgets = defaultBudgets): Blobs {
  return {
    name: folder,
    budget: new DocumentBudget(budgets),
    find(name) {
      const file = join(folder, name);
      // Not by opening it: that waits for a writer where it is a pipe.
      const stats = statSync(file, { throwIfNoEntry: false });
      return stats?.isFile() ? { file, offsetBytes: 0, lengthBytes: stats.size } : null;
    },
  };
}

/** The files of an archive. */
export function archiveBlobs(
  members: TarMembers,
  name: string,
  budgets: Budgets = defaultBudgets,
): Blobs {
  const { file } = members;
  return {
    name,
    budget: new DocumentBudget(budgets),
    find(path) {
      const range = members.find(`/${path}`);
      return range === null ? null : { file, ...range };
    },
  };
}

/** Whether a file is known not to be there; any other trouble with it comes up when it is read. */
export function isAbsent(blobs: Blobs, name: string): boolean {
  try {
    return blobs.find(name) === null;
  } catch (error) {
    systemFailure(error, name, blobs.name);
    return false;
  }
}

/** What a descriptor says of a blob; null where it does not say it. */
export interface ExpectedBlob {
  readonly digest: Digest | null;
  readonly sizeBytes: number | null;
}

/** Reads a JSON object; its size and digest are verified where they are given. */
export function readJson(
  blobs: Blobs,
  name: string,
  expected: ExpectedBlob | null = null,
): Result<JsonObject> {
  const document = readDocument(blobs, name, expected);
  return document.ok ? success(document.value.json) : document;
}

/** The same with its exact bytes. */
export function readDocument(
  blobs: Blobs,
  name: string,
  expected: ExpectedBlob | null = null,
): Result<JsonDocument> {
  const parsed = parseBytes(blobs, name, expected);
  if (!parsed.ok) return parsed;
  const { value, bytes } = parsed.value;
  return isJsonObject(value)
    ? success({ json: value, bytes })
    : failed(malformed(blobs, name, "it is no JSON object"));
}

/** Any JSON value, bounded and verified. Never throws for what the file holds. */
export function readAnyJson(
  blobs: Blobs,
  name: string,
  expected: ExpectedBlob | null = null,
): Result<unknown> {
  const parsed = parseBytes(blobs, name, expected);
  return parsed.ok ? success(parsed.value.value) : parsed;
}

function parseBytes(
  blobs: Blobs,
  name: string,
  expected: ExpectedBlob | null,
): Result<{ readonly value: unknown; readonly bytes: Buffer }> {
  const budget = blobs.budget ?? new DocumentBudget();
  const bytes = readBytes(blobs, name, budget);
  if (!bytes.ok) return bytes;
  const { digest, sizeBytes } = expected ?? { digest: null, sizeBytes: null };
  if (digest !== null) {
    const [algorithm = ""] = digest.split(":");
    const found = `${algorithm}:${createHash(algorithm).update(bytes.value).digest("hex")}`;
    if (found !== digest) {
      return failed(malformed(blobs, name, `its digest is ${found}, expected ${digest}`));
    }
  }
  if (sizeBytes !== null && sizeBytes !== bytes.value.byteLength) {
    const reason = `it has ${bytes.value.byteLength} bytes, its descriptor says ${sizeBytes}`;
    return failed(malformed(blobs, name, reason));
  }
  const tooDeep = budget.findDepth(bytes.value);
  if (tooDeep !== null) {
    return failed({ kind: "over-limit", what: name, where: blobs.name, ...tooDeep });
  }
  try {
    const value: unknown = JSON.parse(bytes.value.toString("utf8"));
    return success({ value, bytes: bytes.value });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return failed(malformed(blobs, name, "it is not JSON"));
  }
}

function readBytes(blobs: Blobs, name: string, budget: DocumentBudget): Result<Buffer> {
  try {
    const range = blobs.find(name);
    if (range === null) {
      return failed({ kind: "not-found", what: name, where: blobs.name, near: [] });
    }
    const usedUp = budget.take(range.lengthBytes);
    if (usedUp !== null) {
      return failed({ kind: "over-limit", what: name, where: blobs.name, ...usedUp });
    }
    const descriptor = openSync(range.file, "r");
    try {
      const bytes = Buffer.alloc(range.lengthBytes);
      const filled = readFully(descriptor, bytes, range.offsetBytes);
      if (filled < bytes.byteLength) return failed(malformed(blobs, name, "it is cut off"));
      return success(bytes);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    return failed(systemFailure(error, name, blobs.name));
  }
}

/** Something of the layout is not what it should be. */
export function malformed({ name }: Place, what: string, reason: string): Failure {
  return { kind: "malformed", what, where: name, format: "image", reason, offsetBytes: null };
}
