import { FormatError } from "../format-error.ts";
import { parseCount, TextGatherer } from "./index-records.ts";
import { XmlReader, type XmlHandler, type XmlTag } from "./xml-reader.ts";

/** One index of a repository, as repomd.xml names it. */
export interface RepomdEntry {
  /** `primary`, `filelists`, `modules`, `updateinfo` … */
  readonly type: string;
  /** Relative to the repository, or to `base` where that is not null. */
  readonly href: string;
  readonly base: string | null;
  /** Of the file as it is stored; null where none is named. */
  readonly checksum: RepomdChecksum | null;
  /** Of its uncompressed content. */
  readonly openChecksum: RepomdChecksum | null;
  readonly sizeBytes: number | null;
  readonly openSizeBytes: number | null;
}

export interface RepomdChecksum {
  /** `sha256`, `sha512`, `sha1`, `sha` (the same) … */
  readonly type: string;
  /** Hex. */
  readonly value: string;
}

/** The list of a repository's indexes. */
export interface Repomd {
  /** What the repository calls its state: mostly a count of seconds; empty where it is not said. */
  readonly revision: string;
  /** Newest time of its indexes, seconds since 1970; null where none is said. */
  readonly timestampSeconds: number | null;
  readonly entries: readonly RepomdEntry[];
}

const format = "repomd.xml";
/** Bytes of the document; real ones have some 5,000. */
const maxBytes = 4 * 1024 * 1024;
const maxEntries = 1000;
const texts: ReadonlySet<string> = new Set([
  "revision",
  "checksum",
  "open-checksum",
  "timestamp",
  "size",
  "open-size",
]);

/**
 * Reads a repomd.xml. Throws FormatError.
 *
 *     <repomd><revision>1700000000</revision><data type="primary"><checksum type="sha256">9f…</checksum>
 *       <location href="repodata/9f…-primary.xml.gz"/><timestamp>1700000000</timestamp><size>1234</size></data></repomd>
 *
 * Source: createrepo_c src/xml_dump_repomd.c, src/xml_parser_repomd.c.
 */
export function parseRepomd(bytes: Uint8Array): Repomd {
  if (bytes.byteLength > maxBytes) {
    throw new FormatError(format, `It has ${bytes.byteLength} bytes, more than ${maxBytes}`);
  }
  const handler = new RepomdHandler();
  const reader = new XmlReader(format, handler);
  reader.push(bytes);
  reader.end();
  return handler.toRepomd();
}

type Draft = { -readonly [Key in keyof RepomdEntry]: RepomdEntry[Key] };

class RepomdHandler implements XmlHandler {
  readonly #text = new TextGatherer(format);
  readonly #entries: RepomdEntry[] = [];
  #draft: Draft | null = null;
  #checksumType = "";
  #revision = "";
  #timestampSeconds: number | null = null;

  open({ name, attributes }: XmlTag, depth: number): void {
    if (depth === 1 && name !== "repomd") throw new FormatError(format, "It is no repomd");
    if (depth === 2 && name === "data") this.#draft = newDraft(attributes["type"] ?? "");
    if (texts.has(name)) this.#text.start();
    if (name === "checksum" || name === "open-checksum") {
      this.#checksumType = attributes["type"] ?? "";
    }
    if (name === "location" && this.#draft !== null) {
      this.#draft.href = attributes["href"] ?? "";
      this.#draft.base = attributes["xml:base"] ?? null;
    }
  }

  text(text: string): void {
    this.#text.add(text);
  }

  close(name: string, depth: number): void {
    const text = texts.has(name) ? (this.#text.take()?.trim() ?? null) : null;
    if (text !== null) this.#readText(name, text, depth);
    if (depth !== 2 || this.#draft === null) return;
    const draft = this.#draft;
    this.#draft = null;
    if (draft.type === "" || draft.href === "") {
      throw new FormatError(format, "An index has no type or no place");
    }
    if (this.#entries.length >= maxEntries) {
      throw new FormatError(format, `It names more than ${maxEntries} indexes`);
    }
    this.#entries.push(draft);
  }

  toRepomd(): Repomd {
    const [revision, timestampSeconds] = [this.#revision, this.#timestampSeconds];
    return { revision, timestampSeconds, entries: this.#entries };
  }

  #readText(name: string, text: string, depth: number): void {
    if (name === "revision" && depth === 2) this.#revision = text;
    const draft = this.#draft;
    if (draft === null) return;
    const checksum = { type: this.#checksumType, value: text.toLowerCase() };
    if (name === "checksum") draft.checksum = checksum;
    else if (name === "open-checksum") draft.openChecksum = checksum;
    else if (name === "size") draft.sizeBytes = parseCount(text);
    else if (name === "open-size") draft.openSizeBytes = parseCount(text);
    else if (name === "timestamp") {
      const seconds = parseCount(text.split(".", 1)[0]);
      if (seconds !== null) {
        this.#timestampSeconds = Math.max(this.#timestampSeconds ?? 0, seconds);
      }
    }
  }
}

function newDraft(type: string): Draft {
  return {
    type,
    href: "",
    base: null,
    checksum: null,
    openChecksum: null,
    sizeBytes: null,
    openSizeBytes: null,
  };
}
