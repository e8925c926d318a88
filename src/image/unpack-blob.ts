import { createHash, type Hash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { decompress } from "../formats/compression.ts";
import type { Budgets } from "../model/budgets.ts";
import type { Digest } from "../model/digest.ts";
import { ByteRange } from "./byte-range.ts";
import type { BlobLayer } from "./image.ts";

/** What the bytes of a blob add up to. */
export interface BlobSums {
  /** Stored bytes that were read. */
  readonly readBytes: number;
  /** Of the stored bytes; null when they were not hashed, because they are the uncompressed ones. */
  readonly stored: Digest | null;
  /** Of the uncompressed bytes that were given out. */
  readonly unpacked: Digest;
  /** The file was written to while it was read. */
  readonly isChanged: boolean;
}

/** The uncompressed bytes of a blob, hashed on the way, wherever that is done. */
export interface Unpacking {
  /** Stored bytes that were read so far. */
  readonly readBytes: number;
  /** Each valid until the next is asked for. Throws FormatError (see `decompress`) and the system's errors. */
  chunks(): AsyncIterable<Uint8Array>;
  /**
   * Called once, after `chunks` came to an end of whatever kind: reads the rest where a digest is asked for. Null when
   * the signal fired.
   */
  finish(): Promise<BlobSums | null>;
  /** To be called whatever happened. */
  close(): Promise<void> | void;
}

export interface UnpackOptions {
  readonly signal: AbortSignal | undefined;
  /** Told now and then how many of the stored bytes were read. */
  readonly onProgress: (readBytes: number) => void;
  /** The defaults when absent. */
  readonly budgets?: Pick<Budgets, "zstdFrames">;
}

/** Unpacks in this thread. */
export class BlobUnpacker implements Unpacking {
  readonly #layer: BlobLayer;
  readonly #options: UnpackOptions;
  readonly #stored: Hash | null;
  readonly #unpacked: Hash;
  #handle: FileHandle | null = null;
  #range: ByteRange | null = null;
  #before = "";

  constructor(layer: BlobLayer, options: UnpackOptions) {
    this.#layer = layer;
    this.#options = options;
    // The bytes of a layer that is not compressed are hashed once.
    const isSame =
      layer.compression === "none" && algorithmOf(layer.digest) === algorithmOf(layer.diffId);
    this.#stored = isSame ? null : startHash(layer.digest);
    this.#unpacked = startHash(layer.diffId);
  }

  get readBytes(): number {
    return this.#range?.readBytes ?? 0;
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, void> {
    for await (const chunk of decompress(
      this.#layer.compression,
      await this.#open(),
      this.#options.budgets,
    )) {
      this.#unpacked.update(chunk);
      yield chunk;
    }
  }

  async finish(): Promise<BlobSums | null> {
    const range = await this.#open();
    // The digest is of all bytes, whatever could be made of them.
    if (this.#stored !== null && this.#layer.digest !== null) for await (const _ of range);
    if (this.#options.signal?.aborted === true) return null;
    return {
      readBytes: range.readBytes,
      stored: this.#stored === null ? null : toDigest(this.#stored, this.#layer.digest),
      unpacked: toDigest(this.#unpacked, this.#layer.diffId),
      isChanged: this.#before !== (await this.#state()),
    };
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }

  async #open(): Promise<ByteRange> {
    if (this.#range !== null) return this.#range;
    this.#handle = await open(this.#layer.file, "r");
    this.#before = await this.#state();
    const range = new ByteRange(this.#handle, this.#layer, {
      signal: this.#options.signal,
      onChunk: (chunk) => {
        this.#stored?.update(chunk);
        this.#options.onProgress(range.readBytes);
      },
    });
    this.#range = range;
    return range;
  }

  async #state(): Promise<string> {
    const stats = await this.#handle?.stat({ bigint: true });
    return `${stats?.size} ${stats?.mtimeNs}`;
  }
}

function algorithmOf(expected: Digest | null): "sha256" | "sha512" {
  return expected?.startsWith("sha512:") === true ? "sha512" : "sha256";
}

function startHash(expected: Digest | null): Hash {
  return createHash(algorithmOf(expected));
}

function toDigest(hash: Hash, expected: Digest | null): Digest {
  return `${algorithmOf(expected)}:${hash.digest("hex")}`;
}
