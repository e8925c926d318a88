import { createHash } from "node:crypto";
import { isDigest, type Digest } from "../../../model/digest.ts";
import { failed, success, type Failure, type Result } from "../../../model/failure.ts";
import { maxJsonBytes } from "../../sources/blobs.ts";
import { isWebPage, webPage } from "./answer-failure.ts";
import type { Channel } from "./channel.ts";
import { countOf, headerOf, mediaTypeOf } from "./headers.ts";
import { readBody } from "./read-body.ts";
import type { Answer } from "./transport.ts";
import { failureOf, trouble, type Subject } from "./trouble.ts";

/** What a tag or digest stands for. */
export interface ResolvedManifest {
  /** As the registry says; verified when the manifest is read. */
  readonly digest: Digest;
  /** Without parameters; empty when it is not said. */
  readonly mediaType: string;
  /** Null when it is not said. */
  readonly sizeBytes: number | null;
}

export interface FetchedManifest extends ResolvedManifest {
  readonly sizeBytes: number;
  /** Their digest is the one above. */
  readonly bytes: Buffer;
}

/** What is asked for: by which tag or digest, and its name for failures. */
export interface ManifestAsk {
  readonly reference: string;
  readonly what: string;
  readonly signal: AbortSignal | undefined;
}

const schema1 = /^application\/vnd\.docker\.distribution\.manifest\.v1\+/;

/** Schema 1 stands last: it is taken only to be named in the failure. */
const accept = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.v1+prettyjws;q=0.1",
  "application/vnd.docker.distribution.manifest.v1+json;q=0.1",
].join(", ");

/**
 * By HEAD, which counts for no pull limit; by GET where HEAD is not answered well, so that the failure has the registry's words.
 * Source: distribution-spec, "Checking if content exists in the registry".
 */
export async function resolveManifest(
  channel: Channel,
  ask: ManifestAsk,
): Promise<Result<ResolvedManifest>> {
  const { reference, what, signal } = ask;
  const path = `manifests/${reference}`;
  const headers = { accept };
  const allows = [400, 403, 404, 405, 410, 416, 501];
  const head = await channel.ask({ method: "HEAD", path, headers, what, signal, allows });
  if (!head.ok) return head;
  const answer = head.value;
  answer.body.discard();
  const digest = headerOf(answer.headers, "docker-content-digest");
  if (answer.status !== 200 || !isDigest(digest) || isWebPage(answer)) {
    return fetchManifest(channel, ask);
  }
  const subject = { what, where: channel.endpoint.host };
  if (isDigest(reference) && reference !== digest) return failed(otherDigest(subject, digest));
  const mediaType = mediaTypeOf(answer.headers);
  if (schema1.test(mediaType)) return failed(unsupportedSchema(subject));
  return success({ digest, mediaType, sizeBytes: countOf(answer.headers, "content-length") });
}

/** Its digest is verified against the one that was asked for and the one that the registry says. */
export async function fetchManifest(
  channel: Channel,
  { reference, what, signal }: ManifestAsk,
): Promise<Result<FetchedManifest>> {
  const subject = { what, where: channel.endpoint.host };
  const path = `manifests/${reference}`;
  const fetched = await fetchBytes(channel, { path, what, signal, headers: { accept } });
  if (!fetched.ok) return fetched;
  const { bytes, answer } = fetched.value;
  const mediaType = mediaTypeOf(answer.headers);
  if (schema1.test(mediaType)) return failed(unsupportedSchema(subject));
  if (isWebPage(answer)) {
    return failed(failureOf(trouble("malformed", `its answer is ${webPage}`), subject));
  }
  const said = headerOf(answer.headers, "docker-content-digest");
  for (const expected of [reference, said]) {
    if (!isDigest(expected)) continue;
    const found = digestOf(bytes, expected);
    if (found !== expected) return failed(otherDigest(subject, found, expected));
  }
  const digest = isDigest(reference)
    ? reference
    : isDigest(said)
      ? said
      : digestOf(bytes, "sha256:");
  return success({ digest, mediaType, sizeBytes: bytes.byteLength, bytes });
}

/** A config or another small blob, verified. `sizeBytes` null: it is not known. */
export async function fetchSmallBlob(
  channel: Channel,
  { digest, sizeBytes, what, signal }: SmallBlobAsk,
): Promise<Result<Buffer>> {
  const subject = { what, where: channel.endpoint.host };
  const fetched = await fetchBytes(channel, { path: `blobs/${digest}`, what, signal, headers: {} });
  if (!fetched.ok) return fetched;
  const { bytes, answer } = fetched.value;
  const found = digestOf(bytes, digest);
  if (found !== digest && isWebPage(answer)) {
    return failed(failureOf(trouble("malformed", `its answer is ${webPage}`), subject));
  }
  if (sizeBytes !== null && sizeBytes !== bytes.byteLength) {
    const reason = `it has ${bytes.byteLength} bytes, its descriptor says ${sizeBytes}`;
    return failed(failureOf(trouble("malformed", reason), subject));
  }
  return found === digest ? success(bytes) : failed(otherDigest(subject, found, digest));
}

export interface SmallBlobAsk {
  readonly digest: Digest;
  readonly sizeBytes: number | null;
  readonly what: string;
  readonly signal: AbortSignal | undefined;
}

interface BytesAsk {
  readonly path: string;
  readonly what: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

/** How often a body that breaks off is asked for. */
const maxBodyTries = 3;

/** Into memory, at most `maxJsonBytes`. */
export async function fetchBytes(
  channel: Channel,
  ask: BytesAsk,
): Promise<Result<{ readonly bytes: Buffer; readonly answer: Answer }>> {
  const subject = { what: ask.what, where: channel.endpoint.host };
  for (let attempt = 1; ; attempt++) {
    const asked = await channel.ask({ method: "GET", ...ask });
    if (!asked.ok) return asked;
    const answer = asked.value;
    const body = await readBody(answer, maxJsonBytes);
    if (body.ok) return success({ bytes: body.value, answer });
    if (body.failure === "over-limit") return failed(tooLong(subject));
    const isOver = body.failure.kind === "cancelled" || attempt === maxBodyTries;
    if (isOver) return failed(failureOf(body.failure, subject));
  }
}

/** By the algorithm that another one is by. */
export function digestOf(bytes: Uint8Array, like: Digest): Digest {
  const algorithm = like.startsWith("sha512:") ? "sha512" : "sha256";
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

function otherDigest(subject: Subject, found: Digest, expected?: Digest): Failure {
  const wanted = expected === undefined ? "" : `, expected ${expected}`;
  return failureOf(trouble("malformed", `its digest is ${found}${wanted}`), subject);
}

function unsupportedSchema(subject: Subject): Failure {
  const reason = "it is a manifest of Docker schema 1, given up in 2017";
  return failureOf(trouble("unsupported", reason), subject);
}

function tooLong(subject: Subject): Failure {
  const [budget, unit] = ["size of a manifest or config", "bytes"] as const;
  return { kind: "over-limit", ...subject, budget, limit: maxJsonBytes, unit };
}
