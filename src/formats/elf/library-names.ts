import type { DataWindow } from "./read-only-data.ts";

const maxNames = 64;
const maxNameChars = 64;
/** Characters of the numbers behind `.so`; a version has three or four. */
const maxNumberChars = 64;
/** So many places with `.so` are looked at; Node.js has some thousand. */
const maxPlaces = 1_000_000;

const [dot, dash, plus] = [0x2e, 0x2d, 0x2b];

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** `\w` of a regular expression. */
function isWord(byte: number): boolean {
  return isDigit(byte) || (byte >= 0x41 && byte <= 0x5a) || byte === 0x5f || isLower(byte);
}

const isLower = (byte: number): boolean => byte >= 0x61 && byte <= 0x7a;

const isOfName = (byte: number): boolean =>
  isWord(byte) || byte === dot || byte === dash || byte === plus;

/**
 * Collects names of libraries, `lib` + word characters, `+`, `.`, `-` + `.so` + `.N` any number of times, from text
 * that surrounds them. Strings of Rust and Go end without NUL, so that `libvulkan.so.1libvulkan.so` is two names. A
 * name begins where the characters of names begin: `glibc-ld.so` and `depslibz.so` are none, `/usr/lib/libz.so` is libz.so.
 */
export class LibraryNames {
  readonly #names = new Set<string>();
  #placesLeft = maxPlaces;

  /** Windows are given in the order of the file. */
  add({ bytes, start, end }: DataWindow): void {
    let free = 0;
    for (
      let at = bytes.indexOf(".so", start);
      at >= 0 && at < end;
      at = bytes.indexOf(".so", at + 3)
    ) {
      if (this.#names.size >= maxNames || this.#placesLeft-- <= 0) return;
      const nameEnd = endOfName(bytes, at + 3);
      if (nameEnd === null) continue;
      const nameStart = startOfName(bytes, at, free);
      free = nameEnd;
      if (nameStart === null) continue;
      this.#names.add(bytes.toString("latin1", nameStart, nameEnd));
    }
  }

  /** Sorted. */
  without(isLeftOut: (name: string) => boolean): readonly string[] {
    return [...this.#names].filter((name) => !isLeftOut(name)).toSorted();
  }
}

/** Behind `.so` and its numbers; null when they are too long, when the word goes on (`.some`, `.so_path`, `.so.debug`) and is no next name. */
function endOfName(bytes: Buffer, afterSo: number): number | null {
  let at = afterSo;
  const limit = afterSo + maxNumberChars;
  while (bytes[at] === dot && isDigit(bytes[at + 1] ?? 0)) {
    at += 2;
    while (isDigit(bytes[at] ?? 0) && at < limit) at++;
    if (at >= limit) return null;
  }
  const [next, second] = [bytes[at] ?? 0, bytes[at + 1] ?? 0];
  if (isLib(bytes, at)) return at;
  const goesOn = isWord(next) || next === dash || (next === dot && isWord(second));
  return goesOn ? null : at;
}

/** Where the name begins, not before `free`; null when it does not begin with `lib` and one character more, or is too long. */
function startOfName(bytes: Buffer, dotOfSo: number, free: number): number | null {
  const first = Math.max(free, dotOfSo - maxNameChars);
  let start = dotOfSo;
  while (start > first && isOfName(bytes[start - 1] ?? 0)) start--;
  const isCut = start === dotOfSo - maxNameChars && isOfName(bytes[start - 1] ?? 0);
  return isCut || !isLib(bytes, start) || dotOfSo - start < 4 ? null : start;
}

const isLib = (bytes: Buffer, at: number): boolean =>
  bytes[at] === 0x6c && bytes[at + 1] === 0x69 && bytes[at + 2] === 0x62;
