import { closeSync, constants, fstatSync, openSync, type BigIntStats, type Dirent } from "node:fs";
import { lstat, readdir, readlink, realpath } from "node:fs/promises";
import { decodeName } from "../formats/tar/name.ts";
import { failed, success, type Result } from "../model/failure.ts";
import { fromDescriptor } from "./file-window.ts";
import type { DirectoryLayer } from "./image.ts";
import { cancelled, type LayerContext, type LayerReading } from "./layer-context.ts";
import type { DeviceNumber, FileEntry } from "./layer-facts.ts";
import { LayerPass } from "./layer-pass.ts";
import { headBytes } from "./readers/reader.ts";
import { Sections } from "./sections.ts";
import { systemFailure } from "./system-failure.ts";

/** One file or folder of the machine and where it stands in the layer. Names may be no UTF-8, so host paths are bytes. */
interface Found {
  readonly host: Buffer;
  readonly path: string;
}

/**
 * One pass over a folder or a file of this machine. Links are taken as links and never followed, sockets are passed
 * over; what cannot be read or changes meanwhile is a failure of its own. See `readLayer`.
 */
export async function readDirectory(
  layer: DirectoryLayer,
  context: LayerContext,
): Promise<Result<LayerReading>> {
  const walk = new Walk(context);
  try {
    const root = Buffer.from(await realpath(layer.directory));
    const stats = await lstat(root, { bigint: true });
    const mount = layer.mountPath === "/" ? "" : layer.mountPath;
    walk.addParents(mount);
    if (stats.isDirectory()) await walk.readTree({ host: root, path: mount });
    else {
      walk.addMount(mount);
      await walk.readOne({ host: root, path: `${mount}/${baseName(root)}` });
    }
  } catch (error) {
    return failed(systemFailure(error, layer.directory, null));
  }
  if (context.signal?.aborted === true) return failed(cancelled(context.where));
  return success(walk.toReading());
}

function baseName(host: Buffer): string {
  return decodeName(host.subarray(host.lastIndexOf(0x2f) + 1));
}

class Walk {
  readonly #context: LayerContext;
  readonly #sections: Sections;
  readonly #pass: LayerPass;
  /** First path of each file with several links, by device and inode. */
  readonly #links = new Map<string, string>();
  #readBytes = 0;

  constructor(context: LayerContext) {
    this.#context = context;
    this.#sections = new Sections(context);
    this.#pass = new LayerPass(this.#sections, context.where, context.budgets);
  }

  toReading(): LayerReading {
    const facts = {
      diffId: null,
      compressedBytes: null,
      uncompressedBytes: this.#readBytes,
      entries: this.#pass.entries,
      ...this.#sections.toFacts(),
      failures: this.#pass.failures,
    };
    return { facts, elfLines: this.#sections.elfLines.toBytes() };
  }

  /** Folders above the place where the layer stands. */
  addParents(mount: string): void {
    const parts = mount.split("/").slice(1, -1);
    for (let count = 1; count <= parts.length; count++) {
      this.addMount(`/${parts.slice(0, count).join("/")}`);
    }
  }

  addMount(path: string): void {
    if (path === "") return;
    this.#pass.add({ path, type: "directory", mode: 0o755, uid: 0, gid: 0, sizeBytes: 0 });
  }

  /** A folder and everything below, names sorted by their bytes as text; no deeper than names may be long. */
  async readTree(root: Found): Promise<void> {
    const waiting: Found[] = [root];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { signal, budgets, where } = this.#context;
      if (signal?.aborted === true) return;
      if (this.#pass.entries.length >= budgets.entries) {
        const [kind, limit, unit] = ["over-limit", budgets.entries, "entries"] as const;
        this.#pass.problem({ kind, what: where, where: null, budget: "entries", limit, unit });
        return;
      }
      const isDirectory = await this.readOne(next);
      // Not spread into one call: a folder may hold more names than a stack takes.
      if (isDirectory) for (const found of await this.#list(next)) waiting.push(found);
    }
  }

  /** Last name first, so that the first is taken next. */
  async #list(directory: Found): Promise<Found[]> {
    try {
      const names: Dirent<Buffer>[] = await readdir(directory.host, {
        encoding: "buffer",
        withFileTypes: true,
      });
      const found = names.map(({ name }) => ({
        host: Buffer.concat([directory.host, Buffer.from("/"), name]),
        path: `${directory.path}/${decodeName(name)}`,
      }));
      return found.sort((a, b) => (a.path < b.path ? 1 : -1));
    } catch (error) {
      this.#fail(error, directory.path);
      return [];
    }
  }

  /** Notes one entry and shows it to the readers when it is a file. Whether it is a folder. */
  async readOne({ host, path }: Found): Promise<boolean> {
    try {
      const stats = await lstat(host, { bigint: true });
      const entry = await this.#describe(stats, { host, path });
      if (entry === null) return false;
      if (entry.path !== "/" || entry.type !== "directory") this.#pass.add(entry);
      if (entry.type === "file") this.#readFile(entry, { host, stats });
      return entry.type === "directory";
    } catch (error) {
      this.#fail(error, path);
      return false;
    }
  }

  async #describe(stats: BigIntStats, { host, path }: Found): Promise<FileEntry | null> {
    const common = {
      path: path === "" ? "/" : path,
      mode: Number(stats.mode & 0o7777n),
      uid: Number(stats.uid),
      gid: Number(stats.gid),
      sizeBytes: 0,
      modifiedSeconds: secondsOf(stats),
    };
    if (stats.isDirectory()) return { ...common, type: "directory" };
    if (stats.isSymbolicLink()) {
      const target = await readlink(host, { encoding: "buffer" });
      return { ...common, type: "symlink", linkTarget: decodeName(target) };
    }
    if (stats.isCharacterDevice()) return { ...common, type: "character", device: deviceOf(stats) };
    if (stats.isBlockDevice()) return { ...common, type: "block", device: deviceOf(stats) };
    if (stats.isFIFO()) return { ...common, type: "fifo" };
    // A socket is no file of an image: tar leaves it out too.
    if (!stats.isFile()) return null;
    const first = this.#findFirstLink(stats, common.path);
    if (first !== null) return { ...common, type: "hardlink", linkTarget: first };
    return { ...common, type: "file", sizeBytes: Number(stats.size) };
  }

  #findFirstLink(stats: BigIntStats, path: string): string | null {
    if (stats.nlink < 2n) return null;
    const key = `${stats.dev}:${stats.ino}`;
    const first = this.#links.get(key);
    if (first === undefined) this.#links.set(key, path);
    return first ?? null;
  }

  #readFile(
    entry: FileEntry,
    { host, stats }: { readonly host: Buffer; readonly stats: BigIntStats },
  ): void {
    this.#readBytes += entry.sizeBytes;
    this.#context.onProgress(this.#readBytes);
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    const descriptor = openSync(host, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const opened = fstatSync(descriptor, { bigint: true });
      // Another file may have come to stand there; a FIFO would be waited for.
      if (!isSame(stats, opened)) return this.#changed(entry);
      const content = fromDescriptor(descriptor, entry.sizeBytes);
      const head = Uint8Array.from(content.read(0, headBytes));
      for (const reader of this.#sections.wanting(entry, head)) reader.read({ entry, content });
      if (!isSame(stats, fstatSync(descriptor, { bigint: true }))) this.#changed(entry);
    } finally {
      closeSync(descriptor);
    }
  }

  #changed(entry: FileEntry): void {
    this.#sections.forget(entry.path);
    const [what, where, reason] = [entry.path, this.#context.where, "it changed while it was read"];
    this.#pass.problem({
      kind: "malformed",
      what,
      where,
      format: "file",
      reason,
      offsetBytes: null,
    });
  }

  #fail(error: unknown, path: string): void {
    this.#pass.problem(systemFailure(error, path === "" ? "/" : path, this.#context.where));
  }
}

/** Rounded down, also before 1970. */
function secondsOf({ mtimeNs }: BigIntStats): number {
  const seconds = mtimeNs / 1_000_000_000n;
  return Number(mtimeNs % 1_000_000_000n < 0n ? seconds - 1n : seconds);
}

/** Source: glibc sysdeps/unix/sysv/linux/sys/sysmacros.h, makedev: 64 bits, both parts in two pieces. */
function deviceOf({ rdev }: BigIntStats): DeviceNumber {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n);
  return { major: Number(major), minor: Number(minor) };
}

function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.ino === b.ino && a.dev === b.dev && a.size === b.size && a.mtimeNs === b.mtimeNs;
}
