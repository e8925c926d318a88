import { closeSync, openSync } from "node:fs";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { readFully } from "../image/file-window.ts";

const gzipBlock = promisify(gzip);

/** Blocks are compressed side by side; so large ones cost less than a thousandth in size. */
const blockBytes = 1024 * 1024;
const atOnce = 4;

/** Files of this machine that are measured as one, as they lie behind each other in a layer. */
export type MeasuredGroup = readonly { readonly file: string; readonly sizeBytes: number }[];

/**
 * How many bytes the contents of each group take under gzip at its usual level, about as an engine stores them in a
 * layer, in their order. Null when a file cannot be read or the signal stops it.
 */
export async function measureCompressed(
  groups: readonly MeasuredGroup[],
  signal?: AbortSignal,
): Promise<readonly number[] | null> {
  const sizes = groups.map(() => 0);
  const waiting: Promise<void>[] = [];
  const measure = async (block: Uint8Array, index: number): Promise<void> => {
    const { byteLength } = await gzipBlock(block);
    sizes[index] = (sizes[index] ?? 0) + byteLength;
  };
  try {
    for (const [index, group] of groups.entries()) {
      for (const block of blocksOf(group)) {
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

/** The contents of the files one behind the other. Throws the system's errors. */
function* blocksOf(group: MeasuredGroup): Generator<Uint8Array> {
  let leftBytes = group.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let block = new Uint8Array(Math.min(blockBytes, leftBytes));
  let filled = 0;
  for (const { file } of group) {
    const descriptor = openSync(file, "r");
    try {
      for (let at = 0; ;) {
        const read = readFully(descriptor, block.subarray(filled), at);
        at += read;
        filled += read;
        if (filled < block.byteLength) break;
        if (filled > 0) yield block;
        leftBytes -= filled;
        // A file that grew meanwhile goes on in a block of its own.
        block = new Uint8Array(Math.min(blockBytes, Math.max(leftBytes, 1)));
        filled = 0;
      }
    } finally {
      closeSync(descriptor);
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}
