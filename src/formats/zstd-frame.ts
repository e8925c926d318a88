import { FormatError } from "./format-error.ts";

/** Largest window that is taken, as a power of two: 128 MiB, what `zstd --long=27` writes and zstd reads by default. */
export const maxWindowLog = 27;

const magic = { data: 0xfd2fb528, skippable: 0x184d2a50 } as const;

type State =
  | {
      readonly kind: "magic" | "descriptor" | "block-header" | "skippable-size";
      readonly needs: number;
    }
  | { readonly kind: "header"; readonly needs: number; readonly descriptor: number }
  | { readonly kind: "skip"; leftBytes: number; readonly then: "block-header" | "end" }
  | { readonly kind: "end" };

/**
 * Walks the blocks of one Zstandard frame without inflating it, to know where it ends: zlib's stream neither goes
 * on to a second frame nor notices when the last is cut off. Source: RFC 8878 3.1.1 and 3.1.2.
 */
export class ZstdFrame {
  #state: State = { kind: "magic", needs: 4 };
  readonly #bytes = new Uint8Array(16);
  #filled = 0;
  #hasChecksum = false;
  #isSkippable = false;

  get isOver(): boolean {
    return this.#state.kind === "end";
  }

  /** Known after the first four bytes. */
  get isSkippable(): boolean {
    return this.#isSkippable;
  }

  /** Walks on through the chunk; how many of its bytes belong to this frame. Throws FormatError for what is no frame. */
  push(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.byteLength && this.#state.kind !== "end") {
      const state = this.#state;
      if (state.kind === "skip") {
        const taken = Math.min(state.leftBytes, chunk.byteLength - at);
        state.leftBytes -= taken;
        at += taken;
        if (state.leftBytes === 0) this.#goOn(state.then);
        continue;
      }
      const part = chunk.subarray(at, at + state.needs - this.#filled);
      this.#bytes.set(part, this.#filled);
      this.#filled += part.byteLength;
      at += part.byteLength;
      if (this.#filled < state.needs) continue;
      this.#filled = 0;
      this.#onBytes(state);
    }
    return at;
  }

  #onBytes(state: Exclude<State, { kind: "skip" | "end" }>): void {
    const view = new DataView(this.#bytes.buffer);
    switch (state.kind) {
      case "magic":
        this.#onMagic(view.getUint32(0, true));
        return;
      case "skippable-size":
        this.#skip(view.getUint32(0, true), "end");
        return;
      case "descriptor":
        this.#onDescriptor(view.getUint8(0));
        return;
      case "header":
        this.#onHeader(state.descriptor, view.getUint8(0));
        return;
      case "block-header":
        this.#onBlock(view.getUint16(0, true) + view.getUint8(2) * 65536);
    }
  }

  #onMagic(found: number): void {
    this.#isSkippable = (found & 0xfffffff0) >>> 0 === magic.skippable;
    if (!this.#isSkippable && found !== magic.data) {
      throw new FormatError("zstd", "no Zstandard frame starts where one must");
    }
    this.#state = this.#isSkippable
      ? { kind: "skippable-size", needs: 4 }
      : { kind: "descriptor", needs: 1 };
  }

  #onDescriptor(descriptor: number): void {
    const isSingleSegment = (descriptor & 0x20) !== 0;
    const contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
    const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
    this.#hasChecksum = (descriptor & 4) !== 0;
    const needs = (isSingleSegment ? 0 : 1) + dictionary + contentSize;
    this.#state = { kind: "header", needs, descriptor };
  }

  #onHeader(descriptor: number, first: number): void {
    const isSingleSegment = (descriptor & 0x20) !== 0;
    const windowLog = 10 + (first >> 3);
    if (
      !isSingleSegment &&
      (windowLog > maxWindowLog || (windowLog === maxWindowLog && (first & 7) !== 0))
    ) {
      throw new FormatError("zstd", `a frame needs a window of more than 2^${maxWindowLog} bytes`);
    }
    this.#state = { kind: "block-header", needs: 3 };
  }

  #onBlock(header: number): void {
    const isLast = (header & 1) !== 0;
    const type = (header >> 1) & 3;
    if (type === 3) throw new FormatError("zstd", "a block has the reserved type");
    const sizeBytes = type === 1 ? 1 : header >> 3;
    if (!isLast) this.#skip(sizeBytes, "block-header");
    else this.#skip(sizeBytes + (this.#hasChecksum ? 4 : 0), "end");
  }

  #skip(leftBytes: number, then: "block-header" | "end"): void {
    if (leftBytes === 0) this.#goOn(then);
    else this.#state = { kind: "skip", leftBytes, then };
  }

  #goOn(then: "block-header" | "end"): void {
    this.#state = then === "end" ? { kind: "end" } : { kind: "block-header", needs: 3 };
  }
}
