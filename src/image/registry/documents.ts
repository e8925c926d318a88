import { createHash } from "node:crypto";
import type { Digest } from "../../model/digest.ts";
import { failed, success, type Result } from "../../model/failure.ts";
import { malformed, maxJsonBytes } from "../sources/blobs.ts";
import { isJsonObject, type JsonObject } from "../sources/json.ts";

/** What is asked for: a manifest or an index by its digest, or a config, which is a blob. */
export interface DocumentRequest {
  readonly kind: "manifest" | "blob";
  readonly digest: Digest;
  /** As its descriptor says; null where none does. */
  readonly sizeBytes: number | null;
}

/** Documents of one repository, each verified against its digest. */
export interface Documents {
  /** For failures. */
  readonly name: string;
  read(request: DocumentRequest): Promise<Result<JsonObject>>;
}

/** Where documents are kept between runs; each is verified when it is loaded. */
export interface DocumentKeeper {
  load(digest: Digest): Uint8Array | null;
  store(digest: Digest, bytes: Uint8Array): void;
}

/** How a document is got that is not kept; `unsupported` with `--offline`. */
export type FetchDocument = (request: DocumentRequest) => Promise<Result<Uint8Array>>;

/** Kept documents first, then the registry. */
export function createDocuments(
  name: string,
  keeper: DocumentKeeper | null,
  fetchDocument: FetchDocument,
): Documents {
  return {
    name,
    async read(request) {
      const { digest, sizeBytes } = request;
      if (sizeBytes !== null && sizeBytes > maxJsonBytes) return failed(tooLong(name, digest));
      const kept = keeper?.load(digest) ?? null;
      const bytes = kept === null ? await fetchDocument(request) : success(kept);
      if (!bytes.ok) return bytes;
      const wrong = findWrong(bytes.value, request);
      if (wrong !== null) return failed(malformed({ name }, digest, wrong));
      const value = parse(bytes.value);
      if (!isJsonObject(value)) return failed(malformed({ name }, digest, "it is no JSON object"));
      if (kept === null) keeper?.store(digest, bytes.value);
      return success(value);
    },
  };
}

function tooLong(where: string, what: string): Extract<Result<never>, { ok: false }>["failure"] {
  const [budget, unit] = ["size of a manifest or config", "bytes"] as const;
  return { kind: "over-limit", what, where, budget, limit: maxJsonBytes, unit };
}

function findWrong(bytes: Uint8Array, { digest, sizeBytes }: DocumentRequest): string | null {
  const [algorithm = ""] = digest.split(":");
  const found = `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
  if (found !== digest) return `its digest is ${found}, expected ${digest}`;
  if (sizeBytes === null || sizeBytes === bytes.byteLength) return null;
  return `it has ${bytes.byteLength} bytes, its descriptor says ${sizeBytes}`;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}
