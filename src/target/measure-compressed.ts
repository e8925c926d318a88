import { open } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const gzipBlock = promisify(gzip);

/** Blocks are compressed side by side; so large ones cost less than a thousandth in size. */
const blockBytes = 1024 * 1024;
const atOnce = 4;

/**
 * How many bytes the contents of each of these host files take under gzip at its usual level, about as an engine stores
 * them in a layer, in their order. Null when one of them cannot be read or the signal stops it.
 */
export async function measureCompressed(
  files: readonly string[],
  signal?: AbortSignal,
): Promise<readonly number[] | null> {
  const sizes = files.map(() => 0);
  const waiting: Promise<void>[] = [];
  const measure = async (block: Uint8Array, index: number): Promise<void> => {
    const { byteLength } = await gzipBlock(block);
    sizes[index] = (sizes[index] ?? 0) + byteLength;
  };
  try {
    for (const [index, file] of files.entries()) {
      for await (const block of blocksOf(file)) {
        if (signal?.aborted === true) return null;
        waiting.push(measure(block, index));
        if (waiting.length >= atOnce) await waiting.shift();
      }
    }
    await Promise.all(waiting);
    return sizes;
  } catch {
    // A size that could not be measured is unknown; what cannot be read is a failure of the pass over the target.
    return null;
  } finally {
    await Promise.allSettled(waiting);
  }
}

async function* blocksOf(file: string): AsyncGenerator<Uint8Array> {
  const handle = await open(file, "r");
  try {
    for (;;) {
      const block = new Uint8Array(blockBytes);
      const { bytesRead } = await handle.read(block, 0, blockBytes);
      if (bytesRead === 0) return;
      yield block.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}
