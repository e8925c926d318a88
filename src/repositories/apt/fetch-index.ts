import { createReadStream } from "node:fs";
import { decompress } from "../../formats/compression.ts";
import { FormatError } from "../../formats/format-error.ts";
import { toFailure } from "../../formats/over-limit-error.ts";
import { anySha256, hashFile } from "../../image/cache/hash-file.ts";
import { collectAll, collectYoung } from "../../image/young-memory.ts";
import { systemFailure } from "../../image/system-failure.ts";
import { defaultBudgets } from "../../model/budgets.ts";
import type { Digest } from "../../model/digest.ts";
import { failed, success, type Result } from "../../model/failure.ts";
import type { FetchedFile, RepositoryAccess } from "../access.ts";
import { addressesOf, compressionOf, type IndexFile } from "./index-files.ts";
import { withoutLogin } from "./open-suite.ts";

/** Of one index, compressed. Ubuntu's Contents files have 52 MB. */
const maxIndexBytes = 512 * 1024 * 1024;

/** Of one index, uncompressed. Ubuntu's Contents files have 830 MB. */
const maxInflatedBytes = 4 * 1024 * 1024 * 1024;

/** Fetches an index under its sum, or under its name where that is not there. Failures: of `access.fetch`. */
export async function fetchIndex(
  index: IndexFile,
  access: RepositoryAccess,
): Promise<Result<FetchedFile>> {
  const { digest, sizeBytes } = index;
  if (sizeBytes > maxIndexBytes) {
    const budget = "size of an index of a repository";
    const limit = maxIndexBytes;
    return failed({ kind: "over-limit", ...subjectOf(index), budget, limit, unit: "bytes" });
  }
  let last: Result<FetchedFile> | null = null;
  for (const url of addressesOf(index)) {
    const request = { url, kind: "fixed", digest, maxBytes: Math.max(sizeBytes, 1) } as const;
    last = await access.fetch({ ...request, isTransient: true });
    if (last.ok || last.failure.kind !== "not-found") return last;
  }
  return last ?? failed({ kind: "not-found", ...subjectOf(index), near: [] });
}

/** How old what a mirror had may be before it is asked again. */
const maxAgeMs = 24 * 60 * 60 * 1000;

/** Fetches what stands under the name of an index, whatever its sum. Failures: of `access.fetch`. */
export async function fetchUnlisted(
  { suite, path }: IndexFile,
  access: RepositoryAccess,
): Promise<Result<{ readonly file: FetchedFile; readonly digest: Digest }>> {
  const url = `${suite.root}/${path}`;
  const kind = { maxAgeMs };
  const fetched = await access.fetch({ url, kind, digest: null, maxBytes: maxIndexBytes });
  if (!fetched.ok) return fetched;
  const { file } = fetched.value;
  const hashed = await hashFile(file, { digest: anySha256 });
  return hashed.ok ? success({ file: fetched.value, digest: hashed.value }) : hashed;
}

/**
 * Hands the uncompressed bytes of an index to `onChunk`. Failures: `malformed` and `over-limit` also for the FormatErrors that
 * `onChunk` throws, `cancelled`.
 */
export async function readIndex(
  index: IndexFile,
  { file }: FetchedFile,
  run: {
    readonly access: RepositoryAccess;
    readonly onChunk: (chunk: Uint8Array) => void;
  },
): Promise<Result<null>> {
  const { signal } = run.access;
  const subject = subjectOf(index);
  let inflatedBytes = 0;
  let collectAtBytes = collectEveryBytes;
  try {
    const source: AsyncIterable<Buffer> = createReadStream(file, { highWaterMark: 256 * 1024 });
    for await (const chunk of decompress(compressionOf(index.path), source, unpacking)) {
      if (signal?.aborted === true) return failed({ kind: "cancelled", ...subject });
      inflatedBytes += chunk.byteLength;
      if (inflatedBytes > maxInflatedBytes) {
        const [budget, limit] = ["uncompressed size of an index", maxInflatedBytes];
        return failed({ kind: "over-limit", ...subject, budget, limit, unit: "bytes" });
      }
      run.onChunk(chunk);
      collectYoung(chunk.byteLength);
      if (inflatedBytes < collectAtBytes) continue;
      collectAtBytes += collectEveryBytes;
      collectAll();
    }
    return success(null);
  } catch (error) {
    if (error instanceof FormatError) {
      return failed(toFailure(error, subject.what, subject.where));
    }
    return failed(systemFailure(error, subject.what, subject.where));
  }
}

/** Pieces that outlive two young collections lie about until all is collected, 200 MB of them. */
const collectEveryBytes = 32 * 1024 * 1024;

/** Smaller pieces than usual: more of them are under way at once than one thinks. */
const unpacking = { ...defaultBudgets, chunkBytes: 256 * 1024 };

interface Subject {
  readonly what: string;
  readonly where: string | null;
}

/** For failures: the index by its address. */
export function subjectOf({ suite, path }: IndexFile): Subject {
  const address = withoutLogin(`${suite.root}/${path}`);
  return { what: address, where: URL.parse(address)?.host ?? null };
}
