import type { ElfFacts } from "../src/formats/elf/facts.ts";
import { FormatError } from "../src/formats/format-error.ts";
import { fromBytes } from "../src/formats/random-access.ts";
import type { FileEntry, PackageFact } from "../src/image/layer-facts.ts";
import { packageReader } from "../src/image/readers/packages.ts";
import type { Resolved, Rootfs, RootfsNode } from "../src/image/rootfs.ts";
import type { Failure } from "../src/model/failure.ts";

/** A regular file by its content, mode 0644, or anything else by what it is. Parent directories come by themselves. */
export type MemoryFile =
  | string
  | Uint8Array
  | { readonly link: string }
  | { readonly directory: true }
  | { readonly content: string | Uint8Array; readonly mode: number };

/**
 * A rootfs of one layer held in memory, for tests of what stands on `Rootfs`: package databases are read by the real
 * reader, every file is a text too, and ELF is what `elf` says by real path.
 */
export function memoryRootfs(
  files: Readonly<Record<string, MemoryFile>>,
  elf: Readonly<Record<string, ElfFacts>> = {},
): Rootfs {
  const nodes = new Map<string, RootfsNode>();
  const contents = new Map<string, Uint8Array>();
  addDirectory("/");
  for (const [path, file] of Object.entries(files)) add(path, file);

  function addNode(path: string, fields: Pick<FileEntry, "type"> & Partial<FileEntry>): void {
    const entry = { path, mode: 0o644, uid: 0, gid: 0, sizeBytes: 0, ...fields };
    nodes.set(path, { entry, layerIndex: 0 });
  }
  function addDirectory(path: string): void {
    if (nodes.has(path)) return;
    if (path !== "/") addDirectory(parentOf(path));
    addNode(path, { type: "directory", mode: 0o755 });
  }
  function add(path: string, file: MemoryFile): void {
    addDirectory(parentOf(path));
    if (typeof file === "string" || file instanceof Uint8Array) {
      add(path, { content: file, mode: 0o644 });
    } else if ("link" in file) {
      addNode(path, { type: "symlink", linkTarget: file.link });
    } else if ("directory" in file) {
      addDirectory(path);
    } else {
      const bytes = typeof file.content === "string" ? Buffer.from(file.content) : file.content;
      contents.set(path, bytes);
      addNode(path, { type: "file", mode: file.mode, sizeBytes: bytes.length });
    }
  }
  const { facts, problems } = readPackages(nodes, contents);

  return {
    resolve: (path) => resolve(nodes, path),
    lookup(path) {
      if (path === "/") return nodes.get("/") ?? null;
      const parent = resolve(nodes, parentOf(path));
      if (parent.kind !== "found") return null;
      return nodes.get(joinPath(parent.path, path.slice(path.lastIndexOf("/") + 1))) ?? null;
    },
    names: (directory) =>
      [...nodes.keys()]
        .filter((path) => path !== "/" && parentOf(path) === directory)
        .map((path) => path.slice(path.lastIndexOf("/") + 1))
        .toSorted(),
    elf: (path) => elf[path] ?? null,
    elfFailure: () => null,
    elfSha256: () => null,
    shebang: () => null,
    text(path) {
      const bytes = contents.get(path);
      return bytes === undefined ? null : Buffer.from(bytes).toString("utf8");
    },
    loaderCache: () => null,
    packageFact: (path) => facts.get(path) ?? null,
    packageProblem: (path) => problems.get(path) ?? null,
    paths: () => [...nodes.keys()].toSorted(),
  };
}

function readPackages(
  nodes: ReadonlyMap<string, RootfsNode>,
  contents: ReadonlyMap<string, Uint8Array>,
): { facts: Map<string, PackageFact>; problems: Map<string, Failure> } {
  const facts = new Map<string, PackageFact>();
  const problems = new Map<string, Failure>();
  for (const [path, bytes] of contents) {
    const entry = nodes.get(path)?.entry;
    if (entry === undefined || !packageReader.wants(entry, bytes.subarray(0, 256))) continue;
    try {
      const fact = packageReader.read({ entry, content: fromBytes(bytes) });
      if (fact !== null) facts.set(path, fact);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      const { format, message: reason, offsetBytes } = error;
      problems.set(path, {
        kind: "malformed",
        what: path,
        where: null,
        format,
        reason,
        offsetBytes,
      });
    }
  }
  return { facts, problems };
}

function resolve(nodes: ReadonlyMap<string, RootfsNode>, path: string): Resolved {
  const through: string[] = [];
  const pending = path.split("/").toReversed();
  let at = "/";
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      at = parentOf(at);
      continue;
    }
    const next = joinPath(at, part);
    if (nodes.get(at)?.entry.type !== "directory") return { kind: "not-directory", at };
    const node = nodes.get(next);
    if (node === undefined) return { kind: "missing", at: next, through };
    if (node.entry.type !== "symlink") {
      at = next;
      continue;
    }
    through.push(next);
    if (through.length > 40) return { kind: "loop", at: next };
    const target = node.entry.linkTarget ?? "";
    pending.push(...target.split("/").toReversed());
    if (target.startsWith("/")) at = "/";
  }
  const node = nodes.get(at);
  return node === undefined ? { kind: "missing", at, through } : { kind: "found", path: at, node };
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function joinPath(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}
