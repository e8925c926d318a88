import { open } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const gzipBlock = promisify(gzip);

/** Blocks are compressed side by side; so large ones cost less than a thousandth in size. */
const blockBytes = 1024 * 1024;
const atOnce = 4;

/**
 * How many bytes the contents of these host files take under gzip at its usual level, as an engine stores them in a
 * layer. Null when one of them cannot be read or the signal stops it.
 */
export async function measureCompressed(
  files: readonly string[],
  signal?: AbortSignal,
): Promise<number | null> {
  let sumBytes = 0;
  const waiting: Promise<{ readonly byteLength: number }>[] = [];
  try {
    for (const file of files) {
      for await (const block of blocksOf(file)) {
        if (signal?.aborted === true) return null;
        waiting.push(gzipBlock(block));
        if (waiting.length >= atOnce) sumBytes += (await waiting.shift())?.byteLength ?? 0;
      }
    }
    for (const one of waiting.splice(0)) sumBytes += (await one).byteLength;
    return sumBytes;
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
