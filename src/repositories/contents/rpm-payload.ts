import { CpioReader, type CpioHandler, type CpioMember } from "../../formats/rpm/cpio.ts";
import type { RpmFileEntry } from "../../formats/rpm/file-entries.ts";
import { FormatError } from "../../formats/format-error.ts";
import { quoteStart } from "../../formats/path-budget.ts";
import { normaliseName } from "../../formats/tar/name.ts";
import type { TarEntry } from "../../formats/tar/member.ts";
import type { TarHandler } from "../../formats/tar/tar-handler.ts";

/**
 * Tells a handler the files of a package: what the header says of them, with the content that the payload has. Of the names
 * of one file the last has the content; the others come right behind it as hard links.
 */
export class RpmPayload implements CpioHandler {
  readonly #files: readonly RpmFileEntry[];
  readonly #handler: TarHandler;
  readonly #byPath: ReadonlyMap<string, RpmFileEntry>;
  readonly #left: Set<RpmFileEntry>;
  /** How many names of a file are still to come. */
  readonly #namesLeft = new Map<string, number>();
  readonly #waiting = new Map<string, RpmFileEntry[]>();
  readonly #cpio: CpioReader;
  #file: RpmFileEntry | null = null;
  #isWanted = false;
  #isLast = false;

  constructor(files: readonly RpmFileEntry[], handler: TarHandler) {
    this.#files = files;
    this.#handler = handler;
    this.#byPath = new Map(files.map((file) => [file.path, file]));
    this.#left = new Set(files.filter(({ isGhost }) => !isGhost));
    for (const { linkSet } of this.#left) {
      if (linkSet !== null) this.#namesLeft.set(linkSet, (this.#namesLeft.get(linkSet) ?? 0) + 1);
    }
    this.#cpio = new CpioReader(this);
  }

  /** The next uncompressed bytes of the payload. Throws FormatError. */
  push(bytes: Uint8Array): void {
    this.#cpio.push(bytes);
  }

  /** Throws FormatError when the archive or one of its files is not whole. */
  end(): void {
    this.#cpio.end();
    const [missing] = this.#left;
    if (missing === undefined) return;
    throw new FormatError("rpm", `The payload lacks ${quoteStart(missing.path)}`);
  }

  member(member: CpioMember): number {
    const file = this.#find(member);
    if (!this.#left.delete(file)) {
      throw new FormatError("rpm", `${quoteStart(file.path)} comes twice or must not be there`);
    }
    this.#file = file;
    this.#isLast = file.linkSet === null || this.#isLastOf(file.linkSet);
    const hasContent = file.type === "file" && this.#isLast;
    const expected = file.type === "symlink" ? null : hasContent ? file.sizeBytes : 0;
    const sizeBytes = this.#sizeOf(member, file, expected);
    if (expected !== null && sizeBytes !== expected) {
      const sizes = `${sizeBytes} bytes, ${expected} expected`;
      throw new FormatError("rpm", `${quoteStart(file.path)} has ${sizes}`);
    }
    this.#isWanted = false;
    if (this.#isLast) this.#isWanted = this.#handler.entry(toEntry(file)) && hasContent;
    return sizeBytes;
  }

  content(bytes: Uint8Array): void {
    if (this.#isWanted) this.#isWanted = this.#handler.content(bytes);
  }

  endOfMember(): void {
    const file = this.#file;
    if (file === null) return;
    if (this.#isWanted) this.#handler.endOfFile();
    if (file.linkSet === null) return;
    const others = this.#waiting.get(file.linkSet) ?? [];
    if (!this.#isLast) {
      others.push(file);
      this.#waiting.set(file.linkSet, others);
      return;
    }
    for (const other of others) {
      const link = { type: "hardlink" as const, sizeBytes: 0, linkTarget: file.path };
      this.#handler.entry({ ...toEntry(other), ...link });
    }
  }

  #find(member: CpioMember): RpmFileEntry {
    const file =
      member.kind === "numbered"
        ? this.#files[member.index]
        : this.#byPath.get(normaliseName(member.name));
    if (file !== undefined) return file;
    const what = member.kind === "numbered" ? `number ${member.index}` : quoteStart(member.name);
    throw new FormatError("rpm", `The header does not list ${what} of the payload`);
  }

  /** A member that is only a number has the target of a link as its content. */
  #sizeOf(member: CpioMember, file: RpmFileEntry, expected: number | null): number {
    if (member.kind === "named") return member.sizeBytes;
    return expected ?? Buffer.byteLength(file.linkTarget ?? "");
  }

  #isLastOf(linkSet: string): boolean {
    const left = (this.#namesLeft.get(linkSet) ?? 0) - 1;
    this.#namesLeft.set(linkSet, left);
    return left <= 0;
  }
}

/** Who owns it is known by name alone until it is installed: only root's number is the same everywhere. */
function toEntry(file: RpmFileEntry): TarEntry {
  const { path, type, mode, sizeBytes, modifiedSeconds, linkTarget, device } = file;
  return {
    ...{ path, type, mode, sizeBytes, modifiedSeconds },
    uid: 0,
    gid: 0,
    ...(device === null ? {} : { device }),
    ...(linkTarget === null ? {} : { linkTarget }),
  };
}
