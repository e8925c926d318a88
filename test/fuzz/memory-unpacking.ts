import { createHash } from "node:crypto";
import { decompress, detectCompression, type Compression } from "../../src/formats/compression.ts";
import type { BlobLayer } from "../../src/image/image.ts";
import type { BlobSums, Unpacking } from "../../src/image/unpack-blob.ts";

/** The bytes of a layer that are in memory, as `BlobUnpacker` gives those of a file. For a layer without digests. */
export class MemoryUnpacking implements Unpacking {
  readonly #bytes: Uint8Array;
  readonly #compression: Compression;
  readonly #unpacked = createHash("sha256");
  readBytes = 0;

  constructor(bytes: Uint8Array, compression: Compression) {
    this.#bytes = bytes;
    this.#compression = compression;
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, void> {
    for await (const chunk of decompress(this.#compression, this.#stored())) {
      this.#unpacked.update(chunk);
      yield chunk;
    }
  }

  finish(): Promise<BlobSums> {
    const unpacked = `sha256:${this.#unpacked.digest("hex")}` as const;
    return Promise.resolve({
      readBytes: this.readBytes,
      stored: null,
      unpacked,
      isChanged: false,
    });
  }

  close(): void {
    // Nothing is open.
  }

  async *#stored(): AsyncGenerator<Uint8Array> {
    await Promise.resolve();
    this.readBytes = this.#bytes.byteLength;
    yield Uint8Array.from(this.#bytes);
  }
}

/** A layer of these bytes, of which nothing is said beforehand. */
export function blobOf(file: string, bytes: Uint8Array): BlobLayer {
  const [lengthBytes, compression] = [bytes.byteLength, detectCompression(bytes)];
  const unsaid = { digest: null, diffId: null, mediaType: null };
  return { kind: "blob", file, offsetBytes: 0, lengthBytes, compression, ...unsaid };
}

/** As `readLayer` takes it. */
export function inMemory(bytes: Uint8Array): MemoryUnpacking {
  return new MemoryUnpacking(bytes, detectCompression(bytes));
}
