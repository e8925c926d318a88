import { createHash } from "node:crypto";
import type { UsedUp } from "../../formats/over-limit-error.ts";
import type { Digest } from "../../model/digest.ts";
import { failed, success, type Result } from "../../model/failure.ts";
import { malformed, type Place } from "../sources/blobs.ts";
import { DocumentBudget } from "../sources/document-budget.ts";
import { parseJsonText, type JsonDocument } from "../sources/json.ts";

/** What is asked for: a manifest or an index by its digest, or a config, which is a blob. */
export interface DocumentRequest {
  readonly kind: "manifest" | "blob";
  readonly digest: Digest;
  /** As its descriptor says; null where none does. */
  readonly sizeBytes: number | null;
}

/** Documents of one repository, each verified against its digest. */
export interface Documents extends Place {
  read(request: DocumentRequest): Promise<Result<JsonDocument>>;
}

/** Where documents are kept between runs; each is verified when it is loaded. */
export interface DocumentKeeper {
  load(digest: Digest): Uint8Array | null;
  store(digest: Digest, bytes: Uint8Array): void;
}

/** How a document is got that is not kept; `unsupported` with `--offline`. */
export type FetchDocument = (request: DocumentRequest) => Promise<Result<Uint8Array>>;

/** Kept documents first, then the registry. What is used up of the place's budget is an `over-limit` failure. */
export function createDocuments(
  { name, budget = new DocumentBudget() }: Place,
  keeper: DocumentKeeper | null,
  fetchDocument: FetchDocument,
): Documents {
  return {
    name,
    budget,
    async read(request) {
      const { digest, sizeBytes } = request;
      const refuse = (usedUp: UsedUp): Result<never> =>
        failed({ kind: "over-limit", what: digest, where: name, ...usedUp });
      const saidUp = sizeBytes === null ? null : budget.take(sizeBytes);
      if (saidUp !== null) return refuse(saidUp);
      const kept = keeper?.load(digest) ?? null;
      const bytes = kept === null ? await fetchDocument(request) : success(kept);
      if (!bytes.ok) return bytes;
      const foundUp = sizeBytes === null ? budget.take(bytes.value.byteLength) : null;
      if (foundUp !== null) return refuse(foundUp);
      const wrong = findWrong(bytes.value, request);
      if (wrong !== null) return failed(malformed({ name }, digest, wrong));
      const tooDeep = budget.findDepth(bytes.value);
      if (tooDeep !== null) return refuse(tooDeep);
      const { buffer, byteOffset, byteLength } = bytes.value;
      const json = parseJsonText(Buffer.from(buffer, byteOffset, byteLength).toString());
      if (json === null) return failed(malformed({ name }, digest, "it is no JSON object"));
      if (kept === null) keeper?.store(digest, bytes.value);
      return success({ json, bytes: bytes.value });
    },
  };
}

function findWrong(bytes: Uint8Array, { digest, sizeBytes }: DocumentRequest): string | null {
  const [algorithm = ""] = digest.split(":");
  const found = `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
  if (found !== digest) return `its digest is ${found}, expected ${digest}`;
  if (sizeBytes === null || sizeBytes === bytes.byteLength) return null;
  return `it has ${bytes.byteLength} bytes, its descriptor says ${sizeBytes}`;
}
