import { FormatError } from "../format-error.ts";

/** Longest line that is read; the longest real ones have some 20,000 bytes: one path, hundreds of packages. */
const maxLineBytes = 1024 * 1024;

/** Old files begin with a text for people that ends with this line. Bytes in which it is looked for. */
const introBytes = 64 * 1024;
const introPattern = /(?:^|\n)FILE +LOCATION *\n/;

/** Told of a file and of the packages that have it. Both share memory and hold only until the next one. */
export type OnContents = (path: Buffer, packages: Buffer) => void;

const [lineFeed, blank, tab] = [0x0a, 0x20, 0x09];

/**
 * Reads a Contents file as it comes, piece by piece:
 *
 *     usr/lib/x86_64-linux-gnu/libpq.so.5                     libs/libpq5
 *     usr/bin/file name with blanks			    universe/utils/a,utils/b
 *
 * The path has no slash at its front and may have blanks in it; packages come with their section. Lines are hundreds of
 * megabytes: no text is made of them. Source: the Debian wiki's DebianRepository/Format, "Contents" indices.
 */
export class ContentsReader {
  readonly #onContents: OnContents;
  #rest: Buffer = Buffer.alloc(0);
  #hasBegun = false;
  #malformed = 0;

  constructor(onContents: OnContents) {
    this.#onContents = onContents;
  }

  /** Lines that are no path and packages. */
  get malformedLines(): number {
    return this.#malformed;
  }

  /** The next bytes. Throws FormatError for a line without end. */
  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#hasBegun) {
      this.#take(this.#takeRest(bytes));
      return;
    }
    this.#rest = Buffer.concat([this.#rest, bytes]);
    if (this.#rest.length >= introBytes) this.#begin();
  }

  /** Nothing more comes. */
  end(): void {
    if (!this.#hasBegun) this.#begin();
    if (this.#rest.length > 0) this.#take(this.#takeRest(Buffer.from("\n")));
  }

  #begin(): void {
    this.#hasBegun = true;
    const all = this.#rest;
    this.#rest = Buffer.alloc(0);
    this.#take(all.subarray(introEnd(all)));
  }

  /** Ends the line that has begun before; gives back what is behind it. */
  #takeRest(bytes: Buffer): Buffer {
    if (this.#rest.length === 0) return bytes;
    const end = bytes.indexOf(lineFeed);
    const line = Buffer.concat([this.#rest, end < 0 ? bytes : bytes.subarray(0, end)]);
    this.#rest = Buffer.alloc(0);
    if (end >= 0) {
      this.#line(line, 0, line.length);
      return bytes.subarray(end + 1);
    }
    this.#keep(line);
    return Buffer.alloc(0);
  }

  #take(all: Buffer): void {
    let start = 0;
    for (;;) {
      const end = all.indexOf(lineFeed, start);
      if (end < 0) break;
      this.#line(all, start, end);
      start = end + 1;
    }
    // A copy: the piece that it is from would stay in memory with it.
    if (start < all.length) this.#keep(Buffer.from(all.subarray(start)));
  }

  #keep(line: Buffer): void {
    if (line.length > maxLineBytes) {
      throw new FormatError("Contents", `A line has more than ${maxLineBytes} bytes`);
    }
    this.#rest = line;
  }

  #line(all: Buffer, start: number, lineEnd: number): void {
    let end = lineEnd;
    while (end > start && isBlank(all[end - 1])) end--;
    let packages = end;
    while (packages > start && !isBlank(all[packages - 1])) packages--;
    let pathEnd = packages;
    while (pathEnd > start && isBlank(all[pathEnd - 1])) pathEnd--;
    if (pathEnd === start) {
      // An empty line is none.
      if (end > start) this.#malformed++;
      return;
    }
    this.#onContents(all.subarray(start, pathEnd), all.subarray(packages, end));
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === blank || byte === tab || byte === 0x0d;
}

function introEnd(all: Buffer): number {
  const found = introPattern.exec(all.toString("latin1", 0, introBytes));
  return found === null ? 0 : found.index + found[0].length;
}

/** Names of the packages of a line: `libpq5` of `universe/libs/libpq5`; in its order. */
export function packageNames(packages: string): readonly string[] {
  return packages
    .split(",")
    .map((one) => one.slice(one.lastIndexOf("/") + 1))
    .filter((name) => name !== "");
}
