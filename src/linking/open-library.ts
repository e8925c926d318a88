import type { ElfFacts } from "../formats/elf/facts.ts";
import type { Rootfs, RootfsNode } from "../image/rootfs.ts";
import type { Failure } from "../model/failure.ts";
import { findClosed } from "./permission.ts";
import type { User } from "./process.ts";

/** What a loader finds when it opens a path. */
export type Opened =
  | { readonly kind: "absent" }
  | {
      readonly kind: "elf";
      readonly path: string;
      readonly realPath: string;
      readonly node: RootfsNode;
      readonly facts: ElfFacts;
    }
  /** A link that leads back to itself. */
  | { readonly kind: "loop" }
  /** Something that is no ELF file: a text, a directory. */
  | { readonly kind: "not-elf"; readonly path: string; readonly isTooShort: boolean }
  /** ELF by its first bytes, but not read: nothing can be proved. */
  | { readonly kind: "unreadable"; readonly path: string; readonly reason: string };

const absent: Opened = { kind: "absent" };
const loop: Opened = { kind: "loop" };

/** Bytes of the ELF header of a 32-bit file, the shorter one. Source: gABI chapter 4. */
const headerBytes = 52;

/** Opens libraries in one root, each path once. Directories that are not there are known at once. */
export class LibraryOpener {
  readonly rootfs: Rootfs;
  readonly #user: User | undefined;
  readonly #opened = new Map<string, Opened>();
  readonly #directories = new Map<string, boolean>();
  readonly #libraries = new Map<string, ReadonlyMap<string, readonly string[]>>();

  /** `user`: who opens them; absent where nobody says it, and then like root. */
  constructor(rootfs: Rootfs, user?: User) {
    this.rootfs = rootfs;
    this.#user = user;
  }

  /** `path` is absolute. */
  open(path: string): Opened {
    const known = this.#opened.get(path);
    if (known !== undefined) return known;
    const opened = this.#read(path);
    this.#opened.set(path, opened);
    return opened;
  }

  /** Names in a directory that are written like a library's, by what stands before the version: `libz.so`. */
  librariesIn(directory: string): ReadonlyMap<string, readonly string[]> {
    const known = this.#libraries.get(directory);
    if (known !== undefined) return known;
    const byStem = new Map<string, string[]>();
    const resolved = this.rootfs.resolve(directory);
    for (const name of resolved.kind === "found" ? this.rootfs.names(resolved.path) : []) {
      const stem = stemOf(name);
      if (stem === null) continue;
      const there = byStem.get(stem);
      if (there === undefined) byStem.set(stem, [name]);
      else there.push(name);
    }
    this.#libraries.set(directory, byStem);
    return byStem;
  }

  hasDirectory(path: string): boolean {
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    const resolved = this.rootfs.resolve(path);
    const has = resolved.kind === "found" && resolved.node.entry.type === "directory";
    this.#directories.set(path, has);
    return has;
  }

  /** Whether the kernel would run it for this user. */
  mayExecute(path: string): boolean {
    const resolved = this.rootfs.resolve(path);
    if (resolved.kind !== "found") return false;
    const { type, mode } = resolved.node.entry;
    if (type !== "file" || (mode & 0o111) === 0) return false;
    const asked = { user: this.#user, access: "execute" } as const;
    return findClosed(this.rootfs, resolved.path, asked) === null;
  }

  /** Whether this user may open what is there; true where nothing is. */
  mayRead(path: string): boolean {
    if (this.#user === undefined || this.#user.uid === 0) return true;
    const resolved = this.rootfs.resolve(path);
    if (resolved.kind !== "found") return true;
    const asked = { user: this.#user, access: "read" } as const;
    return findClosed(this.rootfs, resolved.path, asked) === null;
  }

  #read(path: string): Opened {
    const resolved = this.rootfs.resolve(path);
    if (resolved.kind === "loop") return loop;
    if (resolved.kind !== "found") return absent;
    const { path: realPath, node } = resolved;
    const { type, sizeBytes } = node.entry;
    // Also one that starts like an ELF file: no parser has to say so.
    if (type === "file" && sizeBytes < headerBytes) {
      return { kind: "not-elf", path, isTooShort: true };
    }
    const facts = this.rootfs.elf(realPath);
    if (facts !== null) return { kind: "elf", path, realPath, node, facts };
    const failure = this.rootfs.elfFailure(realPath);
    if (failure !== null) return { kind: "unreadable", path, reason: reasonOf(failure) };
    return { kind: "not-elf", path, isTooShort: false };
  }
}

/** Why a file could not be read, as data for a `not-read` finding: what a parser or the system said of it. */
export function reasonOf(failure: Failure): string {
  switch (failure.kind) {
    case "malformed":
    case "denied":
    case "unreachable":
    case "unsupported":
      return failure.reason;
    case "over-limit":
      return `over the limit of ${failure.limit} ${failure.unit} for ${failure.budget}`;
    case "not-found":
    case "cancelled":
      return failure.kind;
  }
}

/** `libz.so` of `libz.so.1.3.1`; null for a name that is not written like a library's. */
export function stemOf(name: string): string | null {
  const at = name.indexOf(".so");
  if (at <= 0) return null;
  const end = at + ".so".length;
  return end === name.length || name[end] === "." ? name.slice(0, end) : null;
}
