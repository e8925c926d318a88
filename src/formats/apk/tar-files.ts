import { FormatError } from "../format-error.ts";
import { OverLimitError } from "../over-limit-error.ts";
import type { TarEntry } from "../tar/member.ts";
import type { TarHandler } from "../tar/tar-handler.ts";
import { TarReader } from "../tar/tar-reader.ts";

/** What is taken out of a small archive. */
export interface TarFilesOptions {
  /** Told each name without a slash before it, in the order of the archive: whether its content is kept. */
  readonly wants: (name: string) => boolean;
  /** The archive, for messages. */
  readonly where: string;
  /** Of the uncompressed archive. */
  readonly maxBytes: number;
}

/** Entries of one such archive: an index has two, a control part some ten. */
const maxEntries = 1000;

/** A file of such an archive. */
export interface TarFile {
  readonly bytes: Uint8Array;
  /** Seconds since 1970; null where the archive does not say it. */
  readonly modifiedSeconds: number | null;
}

/** Takes whole files out of an archive that comes in chunks. */
export class TarFiles implements TarHandler {
  /** In the order of the archive; of a name that comes twice the first counts. */
  readonly byName = new Map<string, TarFile>();
  /** The name of the first entry; null as long as there was none. */
  first: string | null = null;
  readonly #options: TarFilesOptions;
  readonly #reader: TarReader;
  #reason: string | null = null;
  #open: { readonly name: string; readonly modifiedSeconds: number | null } | null = null;
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor(options: TarFilesOptions) {
    this.#options = options;
    this.#reader = new TarReader({ handler: this, where: options.where, maxEntries });
  }

  /** Throws OverLimitError. */
  push(chunk: Uint8Array): void {
    this.#bytes += chunk.byteLength;
    if (this.#bytes > this.#options.maxBytes) {
      const budget = `size of ${this.#options.where}`;
      throw new OverLimitError("apk", { budget, limit: this.#options.maxBytes, unit: "bytes" });
    }
    this.#reader.push(chunk);
  }

  /** Throws FormatError when the archive could not be read whole. */
  end(): void {
    this.#reader.end();
    if (this.#reason === null) return;
    throw new FormatError("apk", `${this.#options.where}: ${this.#reason}`);
  }

  entry({ path, type, modifiedSeconds }: TarEntry): boolean {
    const name = path.slice(1);
    this.first ??= name;
    this.#open = { name, modifiedSeconds: modifiedSeconds ?? null };
    this.#chunks = [];
    return type === "file" && !this.byName.has(name) && this.#options.wants(name);
  }

  content(bytes: Uint8Array): boolean {
    this.#chunks.push(bytes.slice());
    return true;
  }

  endOfFile(): void {
    if (this.#open === null) return;
    const { name, modifiedSeconds } = this.#open;
    this.byName.set(name, { bytes: Buffer.concat(this.#chunks), modifiedSeconds });
  }

  problem(failure: Parameters<TarHandler["problem"]>[0]): void {
    this.#reason ??= "reason" in failure ? failure.reason : failure.kind;
  }
}
