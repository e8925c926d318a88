import { SpareMemory } from "../spare-memory.ts";
import type { ElfReader } from "./reader.ts";
import { type ElfHeader, SegmentType } from "./segments.ts";

/** Part of the read-only data. */
export interface DataWindow {
  /** Valid until the next one. */
  readonly bytes: Buffer;
  /**
   * What starts in [start, end) belongs to this window, and to no other; the bytes around it are there to see the
   * whole of it: `marginBytes` on each side as far as the segment goes.
   */
  readonly start: number;
  readonly end: number;
}

export const marginBytes = 256;
const windowBytes = 4 * 1024 * 1024;
const scratches = new SpareMemory(windowBytes + 2 * marginBytes);

/** So much of one file is searched; in what lies behind nothing is seen. Node.js has 57 MiB. */
const maxSearchedBytes = 256 * 1024 * 1024;

/**
 * The segments in which linkers put constants, window by window: those that are neither written nor executed. GNU ld
 * before 2.31 and gold put constants and code into one segment; it is searched when there is no segment for constants.
 */
export function* readOnlyData(
  elf: ElfReader,
  { segments }: ElfHeader,
): Generator<DataWindow, void, undefined> {
  const loaded = segments.filter(
    ({ type, flags }) => type === SegmentType.load && (flags & 2) === 0,
  );
  const constants = loaded.filter(({ flags }) => (flags & 1) === 0);
  // Segments of a sound file do not lie over each other: a thousand that do are not all searched.
  let left = Math.min(maxSearchedBytes, elf.sizeBytes);
  let scratch: Buffer | undefined;
  try {
    for (const segment of constants.length > 0 ? constants : loaded) {
      const begin = segment.offsetBytes;
      const stop = Math.min(begin + Math.min(segment.fileBytes, left), elf.sizeBytes);
      for (let at = begin; at < stop; at += windowBytes) {
        const from = Math.max(begin, at - marginBytes);
        const end = Math.min(at + windowBytes, stop);
        // The first of several windows is the longest but for a margin.
        if (stop - begin > windowBytes) scratch ??= scratches.take();
        const bytes = elf.view(from, Math.min(end + marginBytes, stop) - from, scratch);
        yield { bytes, start: at - from, end: end - from };
      }
      left -= Math.max(0, stop - begin);
    }
  } finally {
    if (scratch !== undefined) scratches.giveBack(scratch);
  }
}
