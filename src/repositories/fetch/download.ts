import { createHash, type Hash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { countOf, headerOf } from "../../image/registry/client/headers.ts";
import { persist, type Wire } from "../../image/registry/client/persist.ts";
import { cleanText } from "../../image/registry/client/read-body.ts";
import { pauseBefore, registryLimits } from "../../image/registry/client/retry.ts";
import { BodyError, type Answer } from "../../image/registry/client/transport.ts";
import { failureOf } from "../../image/registry/client/trouble.ts";
import type { Trust } from "../../image/registry/client/trust.ts";
import { systemFailure } from "../../image/system-failure.ts";
import type { Digest } from "../../model/digest.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import type { FileRequest } from "../access.ts";
import { tooLong, type Address } from "./request-address.ts";

export interface DownloadJob {
  readonly address: Address;
  readonly request: FileRequest;
  /** Does not exist yet; who asked for it removes it when it fails. */
  readonly file: string;
  /** `if-none-match` and such, lower case. */
  readonly conditions: Readonly<Record<string, string>>;
  readonly wire: Wire;
  readonly trust: Trust;
  readonly signal: AbortSignal | undefined;
  readonly onBytes: (doneBytes: number, totalBytes: number | null) => void;
}

/** `unchanged`: the conditions hold. */
export type Downloaded =
  | { readonly kind: "unchanged" }
  | {
      readonly kind: "whole";
      /** Always sha256. */
      readonly digest: Digest;
      /** By the algorithm of the digest that was asked for; the same as `digest` where none was. */
      readonly asked: Digest;
      readonly etag: string | null;
      readonly lastModified: string | null;
    };

/** How often a body that breaks off is asked for again. */
const maxBodies = 4;

/** Brings a file from its first byte on; a body that breaks off is asked for as a whole again. */
export async function download(job: DownloadJob): Promise<Result<Downloaded>> {
  const { address, wire, signal } = job;
  const subject = { what: address.what, where: address.host };
  for (let bodies = 1; ; bodies++) {
    const login = address.authorization;
    const request = {
      method: "GET",
      url: address.url,
      headers: { ...job.conditions, ...(login === null ? {} : { authorization: login }) },
      trustOf: () => job.trust,
      signal,
    } as const;
    const sent = await persist(wire, request, registryLimits);
    if (!sent.ok) return failed(failureOf(sent.failure, subject));
    const answer = sent.value;
    if (answer.status === 304) {
      answer.body.discard();
      return success({ kind: "unchanged" });
    }
    if (answer.status !== 200) return failed(refusal(answer, address));
    try {
      return await receive(answer, job);
    } catch (error) {
      if (!(error instanceof BodyError)) return failed(systemFailure(error, address.what, null));
      if (error.trouble.kind === "cancelled" || bodies === maxBodies) {
        return failed(failureOf(error.trouble, subject));
      }
      await wire.clock.sleep(pauseBefore(bodies + 1, wire.clock), signal);
    }
  }
}

/** Source: RFC 9110 15.5. */
function refusal(answer: Answer, { what, host: where }: Address): Failure {
  answer.body.discard();
  const { status, url } = answer;
  const by = url.host === where ? "it" : `it sends on to ${cleanText(url.host)}, which`;
  if (status === 404 || status === 410) return { kind: "not-found", what, where, near: [] };
  const isRefusal = status === 401 || status === 403 || status === 407 || status === 451;
  const kind = isRefusal ? "denied" : "unreachable";
  return { kind, what, where, reason: `${by} answered ${status}` };
}

/** Throws `BodyError` and the system's errors. */
async function receive(answer: Answer, job: DownloadJob): Promise<Result<Downloaded>> {
  const { request, file, onBytes, address } = job;
  const totalBytes = countOf(answer.headers, "content-length");
  if (totalBytes !== null && totalBytes > request.maxBytes) {
    answer.body.discard();
    return failed(tooLong(address, request));
  }
  const sums = new Sums(request.digest);
  const handle = await open(file, "w", 0o600);
  try {
    let doneBytes = 0;
    for await (const chunk of answer.body.chunks()) {
      doneBytes += chunk.byteLength;
      if (doneBytes > request.maxBytes) return failed(tooLong(address, request));
      sums.add(chunk);
      await writeAll(handle, chunk);
      onBytes(doneBytes, totalBytes);
    }
  } finally {
    await handle.close();
  }
  return success({
    kind: "whole",
    ...sums.end(),
    etag: shortHeader(answer, "etag"),
    lastModified: shortHeader(answer, "last-modified"),
  });
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    const { bytesWritten } = await handle.write(bytes, done);
    done += bytesWritten;
  }
}

/** It is sent back later: nothing but printable ASCII. */
function shortHeader({ headers }: Answer, name: string): string | null {
  const text = headerOf(headers, name);
  return text !== null && /^[\x20-\x7e]{1,200}$/.test(text) ? text : null;
}

/** The sha256 of what comes by, and the sha512 where that one is asked for. */
class Sums {
  readonly #sha256: Hash = createHash("sha256");
  readonly #sha512: Hash | null;

  constructor(asked: Digest | null) {
    this.#sha512 = asked?.startsWith("sha512:") === true ? createHash("sha512") : null;
  }

  add(bytes: Uint8Array): void {
    this.#sha256.update(bytes);
    this.#sha512?.update(bytes);
  }

  end(): { readonly digest: Digest; readonly asked: Digest } {
    const digest: Digest = `sha256:${this.#sha256.digest("hex")}`;
    return {
      digest,
      asked: this.#sha512 === null ? digest : `sha512:${this.#sha512.digest("hex")}`,
    };
  }
}
