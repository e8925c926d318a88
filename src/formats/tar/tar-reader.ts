import type { Failure } from "../../model/failure.ts";
import { defaultBudgets, type Budgets } from "../../model/budgets.ts";
import { FormatError } from "../format-error.ts";
import { OverLimitError, type UsedUp } from "../over-limit-error.ts";
import { BlockBuffer } from "./block-buffer.ts";
import { blockBytes, hasValidChecksum, isZeroBlock, parseBlock } from "./block.ts";
import {
  describeMember,
  readName,
  readType,
  storedBytes,
  type TarEntry,
  type TarMember,
} from "./member.ts";
import { ExtendedHeaders, paddingOf } from "./extended-headers.ts";
import type { TarHandler } from "./tar-handler.ts";
import { SparseContent, type ContentSink } from "./sparse-content.ts";
import {
  checkFragments,
  pairUp,
  parseOldSparse,
  parseSparseExtension,
  SparseLines,
  tooManyFragments,
  type Fragment,
} from "./sparse.ts";

export interface TarOptions {
  readonly handler: TarHandler;
  /** The archive by its name, for failures. */
  readonly where: string;
  /** Most entries that are read; the rest is an `over-limit` failure. */
  readonly maxEntries?: number;
  readonly budgets?: TarBudgets;
}

/** The part of the budgets that the reader of one archive has. */
export type TarBudgets = Pick<Budgets, "nameBytes" | "extendedHeaderBytes" | "sparsePieces">;

type State =
  | { readonly kind: "header" | "done" | "after-zero-block" }
  /** The content of a PAX header or a GNU long name. */
  | { readonly kind: "meta"; readonly typeFlag: string; readonly bytes: Uint8Array; filled: number }
  | { readonly kind: "content"; leftBytes: number; readonly sink: SparseContent | null }
  | { readonly kind: "padding"; leftBytes: number }
  | { readonly kind: "extension"; readonly sparse: OpenSparse }
  | { readonly kind: "map"; readonly sparse: OpenSparse; readonly lines: SparseLines }
  /** After a hard link that gives a size: either a header or that much content follows. */
  | { readonly kind: "link-content"; readonly leftBytes: number };

/** A sparse file whose map is not complete yet. */
interface OpenSparse {
  readonly member: TarMember;
  readonly fragments: Fragment[];
  readonly realSizeBytes: number;
  storedBytes: number;
}

/**
 * Reads a tar stream from chunks of any length: V7, ustar, PAX, GNU. Stops where Go's archive/tar stops (two
 * zero blocks, or the end of the stream between two entries) and refuses what Go refuses. After a problem that
 * leaves the place of the next header unknown nothing more is read; everything told so far stands.
 * Throws nothing on purpose. Source: POSIX pax; GNU tar manual, "Tar Internals"; Go archive/tar reader.go.
 */
export class TarReader {
  readonly #handler: TarHandler;
  readonly #where: string;
  readonly #maxEntries: number;
  readonly #budgets: TarBudgets;
  #nameBytes = 0;
  #state: State = { kind: "header" };
  #offsetBytes = 0;
  /** Where the last block that tells of an entry begins: the place of a problem, however the archive is cut into chunks. */
  #blockAt = 0;
  #entries = 0;
  readonly #block = new BlockBuffer();
  readonly #extended = new ExtendedHeaders();
  #isOverLimit = false;
  #path = "";
  #isWanted = false;
  #paddingBytes = 0;

  constructor(options: TarOptions) {
    this.#handler = options.handler;
    this.#where = options.where;
    this.#maxEntries = options.maxEntries ?? 2_000_000;
    this.#budgets = options.budgets ?? defaultBudgets;
  }

  /** Whether the archive ended or cannot be read on; further chunks are ignored. */
  get isDone(): boolean {
    return this.#state.kind === "done";
  }

  /** Whether a budget ended it. */
  get isOverLimit(): boolean {
    return this.#isOverLimit;
  }

  /**
   * How many bytes from here on nobody wants to see: the content of a file that was not asked for, and padding. Who can
   * seek leaves them out with `skip`. 0 where the next bytes matter.
   */
  get skippableBytes(): number {
    const state = this.#state;
    if (state.kind === "padding") return state.leftBytes;
    return state.kind === "content" && state.sink === null
      ? state.leftBytes + this.#paddingBytes
      : 0;
  }

  /** Goes on behind the skippable bytes, as if they had been pushed. */
  skip(): void {
    const bytes = this.skippableBytes;
    if (bytes === 0) return;
    this.#offsetBytes += bytes;
    this.#state = { kind: "header" };
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.byteLength && this.#state.kind !== "done") {
      const before = at;
      try {
        at += this.#step(chunk, at);
      } catch (error) {
        if (error instanceof OverLimitError) this.#overLimit(error.usedUp);
        else if (error instanceof FormatError) this.#fail(error.message, this.#blockAt);
        else throw error;
      }
      this.#offsetBytes += at - before;
    }
  }

  /** The stream is over. Reports an archive that ends in the middle of an entry. */
  end(): void {
    const { kind } = this.#state;
    const isBetween = kind === "header" || kind === "after-zero-block" || kind === "link-content";
    const isWhole = kind === "done" || kind === "padding" || (isBetween && this.#block.isEmpty);
    if (!isWhole || (this.#extended.areOpen && kind !== "done")) {
      const inside = kind === "content" ? `the content of ${this.#path}` : "a header";
      this.#fail(`the archive ends in ${inside}`, this.#offsetBytes);
    }
    this.#state = { kind: "done" };
  }

  /** Takes at least one byte of the chunk from `at`, and returns how many. */
  #step(chunk: Uint8Array, at: number): number {
    const state = this.#state;
    const available = chunk.byteLength - at;
    switch (state.kind) {
      case "content":
        return this.#takeContent(state, chunk.subarray(at, at + state.leftBytes));
      case "padding": {
        const taken = Math.min(available, state.leftBytes);
        state.leftBytes -= taken;
        if (state.leftBytes === 0) this.#state = { kind: "header" };
        return taken;
      }
      case "meta": {
        const part = chunk.subarray(at, at + state.bytes.byteLength - state.filled);
        state.bytes.set(part, state.filled);
        state.filled += part.byteLength;
        if (state.filled === state.bytes.byteLength) this.#endMeta(state.typeFlag, state.bytes);
        return part.byteLength;
      }
      default: {
        if (this.#block.isEmpty) this.#blockAt = this.#offsetBytes;
        const block = this.#block.take(chunk, at);
        if (block.whole !== null) this.#onBlock(block.whole);
        return block.takenBytes;
      }
    }
  }

  #onBlock(block: Uint8Array): void {
    const state = this.#state;
    switch (state.kind) {
      case "header":
        if (isZeroBlock(block)) this.#state = { kind: "after-zero-block" };
        else this.#onHeader(block);
        return;
      case "after-zero-block":
        if (!isZeroBlock(block)) throw new FormatError("tar", "data follows a single zero block");
        this.#state = { kind: "done" };
        return;
      case "link-content":
        this.#onLinkContent(block, state.leftBytes);
        return;
      case "extension": {
        const { fragments, isExtended } = parseSparseExtension(block);
        state.sparse.fragments.push(...fragments);
        this.#checkPieces(state.sparse.fragments.length);
        if (!isExtended) this.#startSparse(state.sparse);
        return;
      }
      case "map": {
        state.sparse.storedBytes -= blockBytes;
        if (state.sparse.storedBytes < 0) {
          throw new FormatError("tar", "the map of a sparse file is longer than its content");
        }
        const fragments = state.lines.push(block);
        if (fragments !== null) this.#startSparse({ ...state.sparse, fragments });
        return;
      }
      default:
    }
  }

  #onHeader(block: Uint8Array): void {
    if (!hasValidChecksum(block)) {
      throw new FormatError("tar", "a header has a wrong checksum");
    }
    const parsed = parseBlock(block);
    if (ExtendedHeaders.isOne(parsed.typeFlag)) {
      this.#startMeta(parsed.typeFlag, parsed.sizeBytes);
      return;
    }
    if (++this.#entries > this.#maxEntries) {
      this.#overLimit({ budget: "entries", limit: this.#maxEntries, unit: "entries" });
      return;
    }
    this.#onMember({ block: parsed, ...this.#extended.take() }, block);
  }

  #onMember(member: TarMember, block: Uint8Array): void {
    const type = readType(member);
    const stored = storedBytes(member, type);
    this.#path = readName(member);
    this.#isWanted = false;
    if (type === null) {
      const reason = `entries of type ${JSON.stringify(member.block.typeFlag)} are not read`;
      this.#problem({ kind: "unsupported", what: this.#path, where: this.#where, reason });
      this.#startContent(stored, null);
    } else if (type === "hardlink") {
      this.#describe(member, type, 0);
      this.#state = stored > 0 ? { kind: "link-content", leftBytes: stored } : { kind: "header" };
    } else if (type === "file" && !this.#openSparse(member, block, stored)) {
      this.#describe(member, type, stored);
      const whole = [{ offsetBytes: 0, lengthBytes: stored }];
      this.#startContent(stored, this.#content(whole, stored));
    } else if (type !== "file") {
      this.#describe(member, type, 0);
      this.#state = { kind: "header" };
    }
  }

  /** Tells the handler; an entry whose name is refused is a problem, and its content is passed over. */
  #describe(member: TarMember, type: TarEntry["type"], sizeBytes: number): void {
    try {
      const entry = describeMember(member, type, sizeBytes);
      this.#nameBytes += entry.path.length + (entry.linkTarget?.length ?? 0);
      const limit = this.#budgets.nameBytes;
      if (this.#nameBytes > limit) {
        throw new OverLimitError("tar", { budget: "length of all names", limit, unit: "bytes" });
      }
      this.#isWanted = this.#handler.entry(entry) && type === "file";
    } catch (error) {
      if (!(error instanceof FormatError) || error instanceof OverLimitError) throw error;
      this.#malformed(this.#path, this.#where, { reason: error.message, offsetBytes: null });
    }
  }

  /** Whether the file is sparse; its map is then read first. */
  #openSparse(member: TarMember, block: Uint8Array, stored: number): boolean {
    const pax = member.pax.sparse;
    if (member.block.typeFlag === "S") {
      const { fragments, realSizeBytes, isExtended } = parseOldSparse(block);
      const sparse = { member, fragments, realSizeBytes, storedBytes: stored };
      if (isExtended) this.#state = { kind: "extension", sparse };
      else this.#startSparse(sparse);
      return true;
    }
    if (pax === undefined) return false;
    const realSizeBytes = pax.realSizeBytes ?? stored;
    if (pax.major === "1" && pax.minor === "0") {
      const sparse = { member, fragments: [], realSizeBytes, storedBytes: stored };
      this.#state = { kind: "map", sparse, lines: new SparseLines(this.#budgets.sparsePieces) };
      return true;
    }
    if (pax.map === undefined) return false;
    this.#checkPieces(pax.map.length / 2);
    this.#startSparse({ member, fragments: pairUp(pax.map), realSizeBytes, storedBytes: stored });
    return true;
  }

  #startSparse({ member, fragments, realSizeBytes, storedBytes: stored }: OpenSparse): void {
    checkFragments(fragments, realSizeBytes, stored);
    this.#describe(member, "file", realSizeBytes);
    this.#startContent(stored, this.#content(fragments, realSizeBytes));
  }

  #content(fragments: readonly Fragment[], realSizeBytes: number): SparseContent | null {
    if (!this.#isWanted) return null;
    const sink: ContentSink = (bytes) => this.#handler.content(bytes);
    return new SparseContent(fragments, realSizeBytes, sink);
  }

  #startContent(leftBytes: number, sink: SparseContent | null): void {
    const content = { kind: "content" as const, leftBytes, sink };
    this.#state = content;
    if (leftBytes === 0) this.#endContent(content, 0);
    else this.#paddingBytes = paddingOf(leftBytes);
  }

  #takeContent(state: State & { kind: "content" }, bytes: Uint8Array): number {
    state.sink?.push(bytes);
    state.leftBytes -= bytes.byteLength;
    if (state.leftBytes === 0) this.#endContent(state, this.#paddingBytes);
    return bytes.byteLength;
  }

  #endContent(state: State & { kind: "content" }, paddingBytes: number): void {
    this.#state =
      paddingBytes === 0 ? { kind: "header" } : { kind: "padding", leftBytes: paddingBytes };
    if (state.sink === null) return;
    state.sink.end();
    this.#handler.endOfFile();
  }

  /**
   * POSIX lets a hard link carry the content again, other writers only repeat the size, and Go takes it for
   * granted that none follows: what comes next decides.
   */
  #onLinkContent(block: Uint8Array, leftBytes: number): void {
    this.#state = { kind: "header" };
    if (isZeroBlock(block) || hasValidChecksum(block)) {
      this.#onBlock(block);
      return;
    }
    const withPadding = leftBytes + paddingOf(leftBytes);
    if (withPadding > blockBytes) {
      this.#state = { kind: "padding", leftBytes: withPadding - blockBytes };
    }
  }

  #startMeta(typeFlag: string, sizeBytes: number): void {
    const limit = this.#budgets.extendedHeaderBytes;
    if (sizeBytes > limit) {
      this.#overLimit({ budget: "extended header", limit, unit: "bytes" });
      return;
    }
    const bytes = new Uint8Array(sizeBytes);
    this.#state = { kind: "meta", typeFlag, bytes, filled: 0 };
    if (sizeBytes === 0) this.#endMeta(typeFlag, bytes);
  }

  #endMeta(typeFlag: string, bytes: Uint8Array): void {
    const leftBytes = paddingOf(bytes.byteLength);
    this.#state = leftBytes === 0 ? { kind: "header" } : { kind: "padding", leftBytes };
    this.#extended.add(typeFlag, bytes);
  }

  #fail(reason: string, offsetBytes: number): void {
    this.#state = { kind: "done" };
    this.#malformed(this.#where, null, { reason, offsetBytes });
  }

  #malformed(
    what: string,
    where: string | null,
    why: { readonly reason: string; readonly offsetBytes: number | null },
  ): void {
    this.#problem({ kind: "malformed", what, where, format: "tar", ...why });
  }

  #checkPieces(count: number): void {
    if (count > this.#budgets.sparsePieces) throw tooManyFragments(this.#budgets.sparsePieces);
  }

  #overLimit(usedUp: UsedUp): void {
    this.#state = { kind: "done" };
    this.#isOverLimit = true;
    this.#problem({ kind: "over-limit", what: this.#where, where: null, ...usedUp });
  }

  #problem(failure: Failure): void {
    this.#handler.problem(failure);
  }
}
