import { decompress, type Compression } from "../compression.ts";
import { FormatError } from "../format-error.ts";
import { OverLimitError } from "../over-limit-error.ts";
import type { TarEntry } from "../tar/member.ts";
import type { TarHandler } from "../tar/tar-handler.ts";
import { TarReader } from "../tar/tar-reader.ts";

/** What the control part of a package may cost. That of texlive, the biggest of Debian, has 6 MiB of checksums. */
export interface ControlBudgets {
  /** Of the whole part, uncompressed. */
  readonly controlBytes: number;
}

export const controlBudgets: ControlBudgets = { controlBytes: 64 * 1024 * 1024 };

/** Most members; packages have some ten. */
const maxEntries = 1000;

/**
 * The files of the control part of a .deb (`control`, `postinst`, `symbols` …) by name, each as it stands there. Only those in
 * `wanted`; of a name that comes twice the last counts, as where it is unpacked. Throws FormatError for what cannot be unpacked
 * and for a broken archive. Source: deb(5), deb-control(5).
 */
export async function readControlPart(
  part: { readonly bytes: Uint8Array; readonly compression: Compression },
  wanted: ReadonlySet<string>,
  { controlBytes }: ControlBudgets = controlBudgets,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new ControlFiles(wanted);
  const tar = new TarReader({ handler: files, where: "control.tar", maxEntries });
  let bytes = 0;
  for await (const chunk of decompress(part.compression, oneChunk(part.bytes))) {
    bytes += chunk.byteLength;
    if (bytes > controlBytes) {
      const budget = "size of the control part of a package";
      throw new OverLimitError("deb", { budget, limit: controlBytes, unit: "bytes" });
    }
    tar.push(chunk);
  }
  tar.end();
  if (files.reason !== null) throw new FormatError("deb", `control.tar: ${files.reason}`);
  return files.byName;
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream that is all there already
async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

class ControlFiles implements TarHandler {
  readonly byName = new Map<string, Uint8Array>();
  readonly #wanted: ReadonlySet<string>;
  /** Why the archive was not read whole. */
  reason: string | null = null;
  #name = "";
  #chunks: Uint8Array[] = [];

  constructor(wanted: ReadonlySet<string>) {
    this.#wanted = wanted;
  }

  entry({ path, type }: TarEntry): boolean {
    this.#name = path.slice(1);
    this.#chunks = [];
    return type === "file" && this.#wanted.has(this.#name);
  }

  content(bytes: Uint8Array): boolean {
    this.#chunks.push(bytes.slice());
    return true;
  }

  endOfFile(): void {
    this.byName.set(this.#name, Buffer.concat(this.#chunks));
  }

  problem(failure: Parameters<TarHandler["problem"]>[0]): void {
    this.reason ??= "reason" in failure ? failure.reason : failure.kind;
  }
}
