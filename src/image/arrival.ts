const [coming, whole, brokenOff] = [0, 1, 2];

/** Places in the shared memory: how it stands and a word to wait on, as 32 bits; then how much is there, as 64 bits. */
const [stateAt, wakeAt, bytesAt] = [0, 1, 1];

/**
 * How much of a file is there while it is being written, told across threads: who writes calls `add` and in the end `finish` or
 * `breakOff`; who reads waits for more. Both hold the same shared memory, `buffer`.
 */
export class Arrival {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #bytes: BigInt64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(16)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
    this.#bytes = new BigInt64Array(buffer);
  }

  /** Bytes of the file that may be read, from its start. */
  get availableBytes(): number {
    return Number(Atomics.load(this.#bytes, bytesAt));
  }

  /** No more will come, whether all of it came or not. */
  get isOver(): boolean {
    return Atomics.load(this.#words, stateAt) !== coming;
  }

  /** So many more bytes stand in the file. */
  add(byteCount: number): void {
    Atomics.add(this.#bytes, bytesAt, BigInt(byteCount));
    this.#wake();
  }

  finish(): void {
    this.#end(whole);
  }

  /** What is there stays readable; a reader finds the file shorter than it should be. */
  breakOff(): void {
    this.#end(brokenOff);
  }

  /** Comes back when more than so many bytes are there or no more will come. How many are there then. */
  async waitBeyond(byteCount: number): Promise<number> {
    for (;;) {
      // The word is read first: what is added after that changes it, and the wait ends at once.
      const word = Atomics.load(this.#words, wakeAt);
      if (this.availableBytes > byteCount || this.isOver) return this.availableBytes;
      await Atomics.waitAsync(this.#words, wakeAt, word).value;
    }
  }

  #end(state: number): void {
    Atomics.compareExchange(this.#words, stateAt, coming, state);
    this.#wake();
  }

  #wake(): void {
    Atomics.add(this.#words, wakeAt, 1);
    Atomics.notify(this.#words, wakeAt);
  }
}
