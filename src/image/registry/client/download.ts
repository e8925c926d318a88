import { detectCompression } from "../../../formats/compression.ts";
import { failed, success, type Failure, type Result } from "../../../model/failure.ts";
import type { FetchOptions } from "../../image.ts";
import type { Descriptor } from "../../sources/descriptors.ts";
import { systemFailure } from "../../system-failure.ts";
import type { Download } from "../remote-layer.ts";
import { BlobFile, headBytes } from "./blob-file.ts";
import type { Channel } from "./channel.ts";
import type { Clock } from "./clock.ts";
import type { Gate } from "./gate.ts";
import { headerOf } from "./headers.ts";
import { inOrder } from "./in-order.ts";
import { receiveBody, type Receiving } from "./receive-body.ts";
import { pauseBefore } from "./retry.ts";
import type { Answer } from "./transport.ts";
import { failureOf, interrupted, trouble, type Trouble } from "./trouble.ts";

export interface DownloadOptions extends FetchOptions {
  /**
   * For what nobody reads while it comes: its digest is verified on the way, and it is handed out whole. Otherwise who reads
   * it verifies the digest.
   */
  readonly verify?: boolean;
}

export interface DownloadRequest extends DownloadOptions {
  readonly descriptor: Pick<Descriptor, "digest" | "mediaType"> & { readonly sizeBytes: number };
  /** Does not exist yet. Stays, whatever comes of it: who asked for it removes it. */
  readonly file: string;
  /** For failures. */
  readonly what: string;
  /** Asked one after another; each goes on where the one before it broke off. */
  readonly channels: readonly Channel[];
  readonly gateOf: (channel: Channel) => Gate;
  readonly clock: Clock;
}

/** How often in a row a download may break off without getting on, and by how many bytes it gets on. */
const [maxIdleTries, progressBytes] = [5, 65_536];

/**
 * Begins to bring a blob into a file and comes back when its first bytes (8, or all) are there. `whole` comes after the file was
 * closed; once all bytes are there `stop` changes nothing.
 */
export async function download(request: DownloadRequest): Promise<Result<Download>> {
  const { descriptor, what, verify = false } = request;
  const stop = new AbortController();
  const signal =
    request.signal === undefined ? stop.signal : AbortSignal.any([request.signal, stop.signal]);
  let file: BlobFile;
  try {
    const { digest, sizeBytes } = descriptor;
    file = await BlobFile.create(request.file, { digest, sizeBytes, verify });
  } catch (error) {
    return failed(systemFailure(error, what, null));
  }
  const run = new Run({ ...request, signal }, file);
  const whole = run.bring();
  const early = await Promise.race([run.begun, whole]);
  if (early !== null && !early.ok) return early;
  return success({
    layer: {
      kind: "blob",
      file: request.file,
      offsetBytes: 0,
      lengthBytes: descriptor.sizeBytes,
      compression: detectCompression(file.head),
      digest: descriptor.digest,
      mediaType: descriptor.mediaType === "" ? null : descriptor.mediaType,
      ...(verify ? {} : { arriving: file.arrival.buffer }),
    },
    whole,
    stop: () => stop.abort(),
  });
}

type RunRequest = DownloadRequest & { readonly signal: AbortSignal };

/** One blob on its way. */
class Run {
  /** Comes when the first bytes are in the file; with `verify`, never. */
  readonly begun: Promise<null>;
  readonly #begin: () => void;
  readonly #request: RunRequest;
  readonly #file: BlobFile;

  constructor(request: RunRequest, file: BlobFile) {
    this.#request = request;
    this.#file = file;
    const { promise, resolve } = Promise.withResolvers<null>();
    this.begun = promise;
    this.#begin = () => resolve(null);
  }

  async bring(): Promise<Result<null>> {
    const { channels, what } = this.#request;
    try {
      try {
        const served = await inOrder(channels, what, (channel) => this.#bringFrom(channel));
        return served.ok ? success(null) : served;
      } finally {
        // Within: a full disk may be told as late as here.
        await this.#file.close();
      }
    } catch (error) {
      return failed(systemFailure(error, what, null));
    }
  }

  async #bringFrom(channel: Channel): Promise<Result<null>> {
    const { signal, gateOf, descriptor, verify } = this.#request;
    const leave = await gateOf(channel).enter(signal);
    if (leave === null) return failed(this.#cancelled(channel));
    try {
      const why = this.#file.missingBytes === 0 ? null : await this.#persist(channel);
      if (why !== null) return failed(why);
      await this.#file.flush();
    } finally {
      leave();
    }
    const found = this.#file.digest();
    if (verify !== true || found === descriptor.digest) return success(null);
    this.#file.restart();
    const reason = `its digest is ${found ?? "unknown"}, expected ${descriptor.digest}`;
    return failed(this.#failure(channel, trouble("malformed", reason)));
  }

  /** Asks for what is missing until all is there; why it is not, else null. */
  async #persist(channel: Channel): Promise<Failure | null> {
    const { signal, clock } = this.#request;
    const file = this.#file;
    let [idleTries, atBytes, isRangeUseful] = [0, file.writtenBytes, true];
    let etag: string | null = null;
    for (;;) {
      const asked = await this.#ask(channel, isRangeUseful ? etag : undefined);
      if (!asked.ok) return asked.failure;
      etag = strongTag(headerOf(asked.value.headers, "etag"));
      const received = await receiveBody(asked.value, this.#receiving());
      if (received.kind === "whole") return null;
      if (received.trouble.kind === "cancelled") return this.#cancelled(channel);
      const isProgress = file.writtenBytes - atBytes >= progressBytes;
      if (isProgress) [idleTries, atBytes] = [0, file.writtenBytes];
      if (received.kind === "wrong" || ++idleTries >= maxIdleTries) {
        return this.#failure(channel, received.trouble);
      }
      if (received.kind === "useless") isRangeUseful = false;
      await clock.sleep(pauseBefore(idleTries + 1, clock), signal);
    }
  }

  /** `etag` undefined: from the first byte on. */
  async #ask(channel: Channel, etag: string | null | undefined): Promise<Result<Answer>> {
    const { descriptor, what, signal } = this.#request;
    const offsetBytes = etag === undefined ? 0 : this.#file.writtenBytes;
    const range = offsetBytes === 0 ? {} : { range: `bytes=${offsetBytes}-` };
    // Whatever else stands there now has another digest; but then all of it comes, and that is seen sooner.
    const condition = offsetBytes === 0 || !etag ? {} : { "if-range": etag };
    const path = `blobs/${descriptor.digest}`;
    const headers = { ...range, ...condition };
    return channel.ask({ method: "GET", path, what, headers, signal, allows: [416] });
  }

  #receiving(): Receiving {
    const file = this.#file;
    const { verify, onProgress, descriptor } = this.#request;
    const { sizeBytes } = descriptor;
    const enoughBytes = Math.min(headBytes, sizeBytes);
    return {
      file,
      sizeBytes,
      onBytes: () => {
        onProgress?.(file.writtenBytes);
        if (verify !== true && file.writtenBytes >= enoughBytes) this.#begin();
      },
    };
  }

  #failure(channel: Channel, why: Trouble): Failure {
    return failureOf(why, { what: this.#request.what, where: channel.endpoint.host });
  }

  #cancelled(channel: Channel): Failure {
    return this.#failure(channel, interrupted);
  }
}

/** A weak one does not hold for a range. Source: RFC 9110 13.1.5. */
function strongTag(etag: string | null): string | null {
  return etag !== null && /^"[\x21\x23-\x7e]{1,200}"$/.test(etag) ? etag : null;
}
