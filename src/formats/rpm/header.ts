import { FormatError } from "../format-error.ts";
import { OverLimitError } from "../over-limit-error.ts";
import { decodeName } from "../tar/name.ts";

/** Biggest header that rpm itself takes, data and index. Source: rpm lib/header.c, HEADER_DATA_MAX. */
const maxHeaderBytes = 256 * 1024 * 1024;
/** Entries that rpm itself takes. Source: rpm lib/header.c, HEADER_TAGS_MAX. */
const maxEntries = 0xffff;
const entryBytes = 16;

/** Types of values. Source: rpm include/rpm/rpmtag.h, rpmTagType. */
const textType = 6;
const int16Type = 3;
const int32Type = 4;
const int64Type = 5;
const textArrayType = 8;
const i18nTextType = 9;

interface Entry {
  readonly type: number;
  readonly offset: number;
  readonly count: number;
}

/**
 * The tagged values of one package, as the databases hold them: big-endian; number of entries, bytes of data, then
 * the entries (tag, type, offset, count as int32), then the data. The first entry, which marks the signed region, is
 * one like the others here; a tag that comes again after the region replaces the one inside.
 * Source: rpm lib/header.c, hdrblobRead; https://rpm.org/docs/4.20.x/manual/format_header.html.
 */
export class RpmHeader {
  readonly #data: Buffer;
  readonly #entries = new Map<number, Entry>();

  /** Throws FormatError when counts and offsets do not fit the blob. Bytes after the data are passed over. */
  constructor(blob: Uint8Array) {
    const buffer = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
    if (buffer.length < 8) throw new FormatError("rpm", "A package header is cut short", 0);
    const [count, dataBytes] = [buffer.readUInt32BE(0), buffer.readUInt32BE(4)];
    const dataAt = 8 + count * entryBytes;
    if (count < 1 || count > maxEntries) {
      throw new FormatError("rpm", `A package header has ${count} entries`, 0);
    }
    if (dataAt + dataBytes > Math.min(buffer.length, maxHeaderBytes)) {
      const needed = dataAt + dataBytes;
      throw new FormatError("rpm", `A package header of ${needed} bytes has ${buffer.length}`, 0);
    }
    this.#data = buffer.subarray(dataAt, dataAt + dataBytes);
    for (let at = 8; at < dataAt; at += entryBytes) {
      this.#entries.set(buffer.readUInt32BE(at), {
        type: buffer.readUInt32BE(at + 4),
        offset: buffer.readUInt32BE(at + 8),
        count: buffer.readUInt32BE(at + 12),
      });
    }
  }

  /** The text of a tag, of a translated one the first; null when the tag is not there. Throws FormatError. */
  text(tag: number): string | null {
    const entry = this.#entries.get(tag);
    if (entry === undefined) return null;
    if (entry.type !== textType && entry.type !== textArrayType && entry.type !== i18nTextType) {
      throw new FormatError("rpm", `Tag ${tag} has type ${entry.type}, not that of a text`);
    }
    return this.#textAt(entry.offset, tag).text;
  }

  /** How many values a tag has, 0 when it is not there. Throws FormatError when the data could not hold so many. */
  count(tag: number): number {
    const count = this.#entries.get(tag)?.count ?? 0;
    if (count <= this.#data.length) return count;
    throw new FormatError("rpm", `The ${count} values of tag ${tag} run over the end`);
  }

  /** The texts of a tag, empty when it is not there. Throws FormatError, also when there are more than `maxTexts`. */
  texts(tag: number, maxTexts: number): readonly string[] {
    const entry = this.#entries.get(tag);
    if (entry === undefined) return [];
    if (entry.type !== textArrayType) {
      throw new FormatError(
        "rpm",
        `Tag ${tag} has type ${entry.type}, not that of a list of texts`,
      );
    }
    if (this.count(tag) > maxTexts) {
      const budget = `texts of tag ${tag}`;
      throw new OverLimitError("rpm", { budget, limit: maxTexts, unit: "entries" });
    }
    const values: string[] = [];
    for (let at = entry.offset; values.length < entry.count;) {
      const { text, next } = this.#textAt(at, tag);
      values.push(text);
      at = next;
    }
    return values;
  }

  /** The numbers of a tag, unsigned, empty when it is not there. Throws FormatError. */
  integers(tag: number): readonly number[] {
    const entry = this.#entries.get(tag);
    if (entry === undefined) return [];
    if (entry.type !== int32Type) {
      throw new FormatError("rpm", `Tag ${tag} has type ${entry.type}, not that of numbers`);
    }
    if (entry.offset + entry.count * 4 > this.#data.length) {
      throw new FormatError("rpm", `The ${entry.count} numbers of tag ${tag} run over the end`);
    }
    const values: number[] = [];
    for (let index = 0; index < entry.count; index++) {
      values.push(this.#data.readUInt32BE(entry.offset + index * 4));
    }
    return values;
  }

  /** The numbers of a tag of 16, 32 or 64 bits (then rounded beyond 2^53), unsigned, empty when it is not there. Throws FormatError. */
  numbers(tag: number): readonly number[] {
    const entry = this.#entries.get(tag);
    if (entry?.type !== int16Type && entry?.type !== int64Type) return this.integers(tag);
    const width = entry.type === int16Type ? 2 : 8;
    if (entry.offset + entry.count * width > this.#data.length) {
      throw new FormatError("rpm", `The ${entry.count} numbers of tag ${tag} run over the end`);
    }
    const values: number[] = [];
    for (let index = 0; index < entry.count; index++) {
      const at = entry.offset + index * width;
      const isShort = width === 2;
      values.push(isShort ? this.#data.readUInt16BE(at) : Number(this.#data.readBigUInt64BE(at)));
    }
    return values;
  }

  /** The first number of a tag, of 32 or 64 bits (then rounded beyond 2^53); null when it is not there. Throws FormatError. */
  integer(tag: number): number | null {
    const entry = this.#entries.get(tag);
    if (entry?.type !== int64Type) return this.integers(tag)[0] ?? null;
    if (entry.offset + 8 > this.#data.length) {
      throw new FormatError("rpm", `The number of tag ${tag} runs over the end`);
    }
    return Number(this.#data.readBigUInt64BE(entry.offset));
  }

  #textAt(offset: number, tag: number): { text: string; next: number } {
    const end = offset < this.#data.length ? this.#data.indexOf(0, offset) : -1;
    if (end === -1) throw new FormatError("rpm", `A text of tag ${tag} runs over the end`);
    return { text: decodeName(this.#data.subarray(offset, end)), next: end + 1 };
  }
}
