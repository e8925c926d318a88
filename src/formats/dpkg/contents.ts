import { FormatError } from "../format-error.ts";

/** Longest line that is read; the longest real ones have some 20,000 bytes: one path, hundreds of packages. */
const maxLineBytes = 1024 * 1024;

/** Old files begin with a text for people that ends with this line. Bytes in which it is looked for. */
const introBytes = 64 * 1024;
const introPattern = /(?:^|\n)FILE +LOCATION *\n/;

/** Told of a file and of the packages that have it. Both share memory and hold only until the next one. */
export type OnContents = (path: Uint8Array, packages: Uint8Array) => void;

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
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    if (!this.#hasBegun && all.length < introBytes) {
      this.#rest = Buffer.from(all);
      return;
    }
    this.#take(all);
  }

  /** Nothing more comes. */
  end(): void {
    const rest = this.#rest;
    const all = rest.at(-1) === lineFeed ? rest : Buffer.concat([rest, Buffer.from("\n")]);
    if (rest.length > 0) this.#take(all);
    this.#rest = Buffer.alloc(0);
  }

  #take(all: Buffer): void {
    let start = this.#hasBegun ? 0 : introEnd(all);
    this.#hasBegun = true;
    for (;;) {
      const end = all.indexOf(lineFeed, start);
      if (end < 0) break;
      this.#line(all, start, end);
      start = end + 1;
    }
    if (all.length - start > maxLineBytes) {
      throw new FormatError("Contents", `A line has more than ${maxLineBytes} bytes`);
    }
    // A copy: the piece that it is from would stay in memory with it.
    this.#rest = Buffer.from(all.subarray(start));
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
