import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, type Stats } from "node:fs";
import { join } from "node:path";
import { FormatError } from "../formats/format-error.ts";
import type { ElfFacts } from "../formats/elf/facts.ts";
import type { RandomAccess } from "../formats/random-access.ts";
import type { Failure } from "../model/failure.ts";
import { fromDescriptor } from "./file-window.ts";
import type { FileEntry } from "./layer-facts.ts";
import { elfReader } from "./readers/elf.ts";
import { loaderCacheReader } from "./readers/loader-caches.ts";
import { headBytes, type Reader } from "./readers/reader.ts";
import { shebangReader } from "./readers/shebangs.ts";
import { textReader } from "./readers/texts.ts";
import { resolvePath } from "./resolve-path.ts";
import type { Rootfs, RootfsNode } from "./rootfs.ts";
import { systemFailure } from "./system-failure.ts";

/**
 * A folder of this machine, `/` included, as a root that is looked at only where somebody asks: for one program on a
 * machine with a million files. Links are followed inside the folder. What is read is kept, so that a later question
 * gets the same answer. No package databases.
 */
export function openLiveRootfs(folder: string): Rootfs {
  const live = new LiveFiles(folder);
  const resolve: Rootfs["resolve"] = (path) => resolvePath((real) => live.node(real), path);
  return {
    resolve,
    lookup(path) {
      const slash = path.lastIndexOf("/");
      const parent = resolve(path.slice(0, slash) || "/");
      const name = path.slice(slash + 1);
      if (parent.kind !== "found") return null;
      return live.node(parent.path === "/" ? `/${name}` : `${parent.path}/${name}`);
    },
    names: (directory) => live.names(directory),
    elf: (path) => live.elf(path).facts,
    elfFailure: (path) => live.elf(path).failure,
    elfSha256: () => null,
    shebang: (path) => live.fact(shebangReader, path).fact,
    text: (path) => live.fact(textReader, path).fact,
    loaderCache: (path) => live.fact(loaderCacheReader, path).fact,
    packageFact: () => null,
    packageProblem: () => null,
    *paths() {
      const open = ["/"];
      for (let path = open.pop(); path !== undefined; path = open.pop()) {
        yield path;
        if (live.node(path)?.entry.type !== "directory") continue;
        const names = live.names(path).toReversed();
        open.push(...names.map((name) => (path === "/" ? `/${name}` : `${path}/${name}`)));
      }
    },
  };
}

interface Looked<Fact> {
  readonly fact: Fact | null;
  readonly failure: Failure | null;
}

class LiveFiles {
  readonly #folder: string;
  readonly #nodes = new Map<string, RootfsNode | null>();
  /** By device and inode: two names of one file are one node. */
  readonly #files = new Map<string, RootfsNode>();
  readonly #elf = new Map<RootfsNode, Looked<ElfFacts>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  node(path: string): RootfsNode | null {
    const known = this.#nodes.get(path);
    if (known !== undefined) return known;
    const node = this.#readNode(path);
    this.#nodes.set(path, node);
    return node;
  }

  names(directory: string): readonly string[] {
    try {
      return readdirSync(join(this.#folder, directory)).sort();
    } catch {
      // No directory, or one that may not be listed: then nothing in it can be found by name either.
      return [];
    }
  }

  elf(path: string): { readonly facts: ElfFacts | null; readonly failure: Failure | null } {
    const node = this.node(path);
    if (node === null) return { facts: null, failure: null };
    let looked = this.#elf.get(node);
    if (looked === undefined) {
      looked = this.fact(elfReader, path);
      this.#elf.set(node, looked);
    }
    return { facts: looked.fact, failure: looked.failure };
  }

  fact<Fact>(reader: Reader<Fact>, path: string): Looked<Fact> {
    const entry = this.node(path)?.entry;
    if (entry?.type !== "file") return { fact: null, failure: null };
    try {
      return this.#withContent(path, entry, (content) => {
        if (!reader.wants(entry, content.read(0, headBytes))) return { fact: null, failure: null };
        return { fact: reader.read({ entry, content }), failure: null };
      });
    } catch (error) {
      if (!(error instanceof FormatError)) {
        return { fact: null, failure: systemFailure(error, path, this.#folder) };
      }
      const { format, message: reason, offsetBytes } = error;
      const where = this.#folder;
      const failure = {
        kind: "malformed",
        what: path,
        where,
        format,
        reason,
        offsetBytes,
      } as const;
      return { fact: null, failure };
    }
  }

  #withContent<Value>(
    path: string,
    { sizeBytes }: FileEntry,
    use: (content: RandomAccess) => Value,
  ): Value {
    const descriptor = openSync(join(this.#folder, path), "r");
    try {
      return use(fromDescriptor(descriptor, sizeBytes));
    } finally {
      closeSync(descriptor);
    }
  }

  #readNode(path: string): RootfsNode | null {
    const host = join(this.#folder, path);
    let stats: Stats;
    try {
      stats = lstatSync(host);
    } catch {
      return null;
    }
    const identity = `${stats.dev} ${stats.ino}`;
    const known = stats.isFile() ? this.#files.get(identity) : undefined;
    if (known !== undefined) return known;
    const type = typeOf(stats);
    const entry: FileEntry = {
      path,
      type,
      mode: stats.mode & 0o7777,
      uid: stats.uid,
      gid: stats.gid,
      sizeBytes: type === "file" ? stats.size : 0,
      ...(type === "symlink" ? { linkTarget: readlinkSync(host) } : {}),
    };
    const node = { entry, layerIndex: 0 };
    if (type === "file") this.#files.set(identity, node);
    return node;
  }
}

function typeOf(stats: Stats): FileEntry["type"] {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  if (stats.isSymbolicLink()) return "symlink";
  if (stats.isCharacterDevice()) return "character";
  return stats.isBlockDevice() ? "block" : "fifo";
}
