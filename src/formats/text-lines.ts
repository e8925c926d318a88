import { isUtf8 } from "node:buffer";
import { decodeName } from "./tar/name.ts";

/** One line of a text file, without its LF or CR LF. `offsetBytes` counts from the start of the file. */
export interface TextLine {
  readonly text: string;
  readonly offsetBytes: number;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * The lines of a text in order; a last line without an end counts, an empty one after the last LF does not.
 * Bytes that are not UTF-8 are read as those of names in archives are, so that paths stay comparable.
 */
export function* textLines(bytes: Uint8Array): Generator<TextLine> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isAllUtf8 = isUtf8(buffer);
  for (let start = 0; start < buffer.length;) {
    const found = buffer.indexOf(lineFeed, start);
    const next = found === -1 ? buffer.length : found;
    const end = next > start && buffer[next - 1] === carriageReturn ? next - 1 : next;
    const line = buffer.subarray(start, end);
    yield { text: isAllUtf8 ? line.toString() : decodeName(line), offsetBytes: start };
    start = next + 1;
  }
}
