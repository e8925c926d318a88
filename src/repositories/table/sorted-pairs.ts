import { rmSync } from "node:fs";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { compareKeys } from "./layout.ts";
import { TableWriter } from "./table-writer.ts";
import { Table, type TablePair } from "./table.ts";

/** Bytes of keys and values that are sorted in memory; what is more is put aside. */
const defaultBufferBytes = 24 * 1024 * 1024;

/** Numbers that are kept of each pair: where it begins, and the lengths of key and value. */
const fields = 3;

/**
 * Pairs in whatever order, given out in that of their keys: for tables whose lookups are to read one block. What does not fit
 * the buffer lies in tables in the folder until `close`. Pairs of one key keep their order. Throws the system's errors.
 */
export class SortedPairs {
  readonly #folder: string;
  readonly #bytes: Buffer;
  readonly #places: number[] = [];
  readonly #aside: { readonly file: string; readonly table: Table }[] = [];
  #length = 0;

  /** `folder` must be there. */
  constructor(folder: string, bufferBytes = defaultBufferBytes) {
    this.#folder = folder;
    this.#bytes = Buffer.allocUnsafeSlow(bufferBytes);
  }

  /** Takes copies of both. False, and nothing is added, where they do not fit the buffer at all. */
  add(key: Uint8Array, value: Uint8Array): boolean {
    const length = key.length + value.length;
    if (length > this.#bytes.length) return false;
    if (this.#length + length > this.#bytes.length) this.#putAside();
    this.#bytes.set(key, this.#length);
    this.#bytes.set(value, this.#length + key.length);
    this.#places.push(this.#length, key.length, value.length);
    this.#length += length;
    return true;
  }

  /** All pairs, sorted; each valid until the next is asked for. To be called once. */
  *sorted(): Generator<TablePair, void, void> {
    const sources = [
      ...this.#aside.map(({ table }) => table.startingWith(new Uint8Array(0))),
      this.#inMemory(),
    ];
    const heads = sources.map(nextOf);
    for (;;) {
      let least = -1;
      let lowest: TablePair | null = null;
      for (const [at, pair] of heads.entries()) {
        if (pair === null) continue;
        if (lowest === null || compareKeys(pair.key, lowest.key) < 0) [least, lowest] = [at, pair];
      }
      if (lowest === null) return;
      yield lowest;
      const source = sources[least];
      heads[least] = source === undefined ? null : nextOf(source);
    }
  }

  /** Removes what was put aside. */
  close(): void {
    for (const { file, table } of this.#aside.splice(0)) {
      table.close();
      rmSync(file, { force: true });
    }
  }

  #putAside(): void {
    const file = join(this.#folder, `sorted-${randomUUID()}`);
    const writer = new TableWriter(file);
    try {
      for (const { key, value } of this.#inMemory()) writer.add(key, value);
    } catch (error) {
      writer.abandon();
      rmSync(file, { force: true });
      throw error;
    }
    writer.finish();
    // It is read once, from its beginning to its end.
    const opened = Table.open(file, 1);
    if (!opened.ok) throw new Error(`Cannot open ${file}, which was just written`);
    this.#aside.push({ file, table: opened.value });
    this.#places.length = 0;
    this.#length = 0;
  }

  *#inMemory(): Generator<TablePair, void, void> {
    const [bytes, places] = [this.#bytes, Uint32Array.from(this.#places)];
    const order = Uint32Array.from({ length: places.length / fields }, (_, at) => at);
    const start = (at: number): number => places[at * fields] ?? 0;
    const keyLength = (at: number): number => places[at * fields + 1] ?? 0;
    order.sort((a, b) => {
      const [from, other] = [start(a), start(b)];
      return bytes.compare(bytes, other, other + keyLength(b), from, from + keyLength(a)) || a - b;
    });
    for (const at of order) {
      const keyEnd = start(at) + keyLength(at);
      const valueEnd = keyEnd + (places[at * fields + 2] ?? 0);
      yield { key: bytes.subarray(start(at), keyEnd), value: bytes.subarray(keyEnd, valueEnd) };
    }
  }
}

function nextOf(source: Iterator<TablePair>): TablePair | null {
  const next: IteratorResult<TablePair, unknown> = source.next();
  return next.done === true ? null : next.value;
}
