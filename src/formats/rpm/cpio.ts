import { FormatError } from "../format-error.ts";
import { quoteStart } from "../path-budget.ts";
import { decodeName, maxPathBytes } from "../tar/name.ts";

/** One member of a payload. */
export type CpioMember =
  /** `name` as written: `./usr/bin/x`. */
  | { readonly kind: "named"; readonly name: string; readonly sizeBytes: number }
  /** The number of a file in the package's header, which says all else. */
  | { readonly kind: "numbered"; readonly index: number };

/** What a reader of an archive is told, in its order. Nothing is kept here. */
export interface CpioHandler {
  /** How many bytes of content follow the member. Throws FormatError for one that must not be there. */
  member(member: CpioMember): number;
  /** The next bytes of that content; valid during the call. */
  content(bytes: Uint8Array): void;
  /** The content is whole; also called where there is none. */
  endOfMember(): void;
}

const headBytes = 110;
const numberedHeadBytes = 14;
const trailer = "TRAILER!!!";

/** What the reader waits for; `gap` is the padding of a head. */
type State = "head" | "name" | "gap" | "content" | "padding" | "end";

/**
 * Reads a cpio archive of the `newc` kind, with or without sums (`070701`, `070702`), and the one of rpm for big files
 * (`07070X`), whose members are only numbers. All numbers are eight hex digits; what follows is padded to four bytes.
 * Source: cpio(5), "New ASCII Format"; rpm lib/cpio.c.
 */
export class CpioReader {
  readonly #handler: CpioHandler;
  #state: State = "head";
  #pending = Buffer.alloc(0);
  #neededBytes = 6;
  #leftBytes = 0;
  #nameBytes = 0;
  #sizeBytes = 0;
  #offsetBytes = 0;

  constructor(handler: CpioHandler) {
    this.#handler = handler;
  }

  /** Throws FormatError, and whatever the handler throws. Bytes behind the trailer are passed over. */
  push(bytes: Uint8Array): void {
    let rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    while (rest.length > 0 && this.#state !== "end") rest = this.#take(rest);
  }

  /** Throws FormatError unless the trailer came. */
  end(): void {
    if (this.#state !== "end") this.#fail("The archive ends before its trailer");
  }

  #take(bytes: Buffer): Buffer {
    if (this.#state !== "head" && this.#state !== "name") return this.#pass(bytes);
    const missing = this.#neededBytes - this.#pending.length;
    this.#pending = Buffer.concat([this.#pending, bytes.subarray(0, missing)]);
    if (this.#pending.length < this.#neededBytes) return Buffer.alloc(0);
    const rest = bytes.subarray(missing);
    if (this.#state === "head") this.#readHead(this.#pending);
    else this.#readName(this.#pending);
    return rest;
  }

  #pass(bytes: Buffer): Buffer {
    const part = bytes.subarray(0, this.#leftBytes);
    this.#leftBytes -= part.length;
    this.#offsetBytes += part.length;
    if (this.#state === "content") this.#handler.content(part);
    if (this.#leftBytes === 0) this.#endPart();
    return bytes.subarray(part.length);
  }

  #endPart(): void {
    if (this.#state === "gap") this.#startContent();
    else if (this.#state === "content") this.#endContent();
    else this.#await("head", 6);
  }

  #readHead(head: Buffer): void {
    const magic = head.toString("latin1", 0, 6);
    const isNumbered = magic === "07070X";
    if (!isNumbered && magic !== "070701" && magic !== "070702") {
      this.#fail(`No member begins here: ${quoteStart(magic)}`);
    }
    const length = isNumbered ? numberedHeadBytes : headBytes;
    if (head.length < length) {
      this.#neededBytes = length;
      return;
    }
    this.#offsetBytes += length;
    if (isNumbered) {
      this.#begin({ kind: "numbered", index: this.#number(head, 6) });
      this.#leftBytes = padding(numberedHeadBytes);
      this.#state = "gap";
      return;
    }
    this.#sizeBytes = this.#number(head, 54);
    this.#nameBytes = this.#number(head, 94);
    if (this.#nameBytes < 1 || this.#nameBytes > maxPathBytes + 2) {
      this.#fail(`A name of ${this.#nameBytes} bytes`);
    }
    this.#await("name", this.#nameBytes + padding(headBytes + this.#nameBytes));
  }

  #readName(bytes: Buffer): void {
    this.#offsetBytes += bytes.length;
    const name = decodeName(bytes.subarray(0, this.#nameBytes - 1));
    if (bytes[this.#nameBytes - 1] !== 0) this.#fail("A name does not end where it must");
    if (name === trailer) this.#state = "end";
    else {
      this.#begin({ kind: "named", name, sizeBytes: this.#sizeBytes });
      this.#startContent();
    }
  }

  #begin(member: CpioMember): void {
    this.#sizeBytes = this.#handler.member(member);
  }

  #startContent(): void {
    this.#leftBytes = this.#sizeBytes;
    this.#state = "content";
    if (this.#leftBytes === 0) this.#endContent();
  }

  #endContent(): void {
    this.#handler.endOfMember();
    this.#leftBytes = padding(this.#sizeBytes);
    this.#state = "padding";
    if (this.#leftBytes === 0) this.#await("head", 6);
  }

  #await(state: State, bytes: number): void {
    this.#state = state;
    this.#pending = Buffer.alloc(0);
    this.#neededBytes = bytes;
  }

  #number(head: Buffer, at: number): number {
    const digits = head.toString("latin1", at, at + 8);
    if (!/^[0-9A-Fa-f]{8}$/.test(digits)) this.#fail(`No number: ${quoteStart(digits)}`);
    return Number.parseInt(digits, 16);
  }

  #fail(reason: string): never {
    throw new FormatError("cpio", reason, this.#offsetBytes);
  }
}

function padding(bytes: number): number {
  return (4 - (bytes % 4)) % 4;
}
