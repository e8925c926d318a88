import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
} from "node:fs";
import { encodeName } from "../formats/tar/name.ts";
import { failed, success, type Failure, type Result } from "../model/failure.ts";
import type { DirectoryLayer } from "./image.ts";
import { cancelled, malformedWhole } from "./layer-context.ts";
import type { FileEntry } from "./layer-facts.ts";
import type { FilesRequest, ReadFiles, ReadFilesOptions } from "./read-files.ts";
import { readLayer } from "./read-layer.ts";
import { systemFailure } from "./system-failure.ts";

const chunkBytes = 1024 * 1024;

/** The bytes of some files of a folder, or of a single file, of this machine. See `readFiles`. */
export async function readFolderFiles(
  layer: DirectoryLayer,
  request: FilesRequest,
  options: ReadFilesOptions,
): Promise<ReadFiles> {
  const listed = await listEntries(layer, options);
  if (!listed.ok) return listed;
  const { entries, failures } = listed.value;
  let root: string;
  try {
    root = realpathSync(layer.directory);
  } catch (error) {
    return failed(systemFailure(error, layer.directory, null));
  }
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (const entry of entries) {
    if (options.signal?.aborted === true) return failed(cancelled(layer.directory));
    if (entry.type !== "file" || !request.wants(entry)) continue;
    const failure = readOne(entry, request, { root, mountPath: layer.mountPath, buffer });
    if (failure !== null) return failed(failure);
  }
  return success(failures);
}

interface Listed {
  readonly entries: readonly FileEntry[];
  readonly failures: readonly Failure[];
}

async function listEntries(
  layer: DirectoryLayer,
  { entries, signal, budgets, where }: ReadFilesOptions,
): Promise<Result<Listed>> {
  if (entries !== undefined) return success({ entries, failures: [] });
  const read = await readLayer(layer, {
    only: new Set(),
    ...(signal === undefined ? {} : { signal }),
    ...(budgets === undefined ? {} : { budgets }),
    ...(where === undefined ? {} : { where }),
  });
  return read.ok ? success(read.value.facts) : read;
}

interface Folder {
  readonly root: string;
  readonly mountPath: string;
  readonly buffer: Buffer;
}

/** Why the file could not be read as it was listed; null when it was. */
function readOne(entry: FileEntry, request: FilesRequest, folder: Folder): Failure | null {
  const { root, mountPath, buffer } = folder;
  const below = mountPath === "/" ? entry.path : entry.path.slice(mountPath.length);
  try {
    const descriptor = openBelow(root, below, entry);
    if (descriptor === null) {
      const reason = "it is not the file any more that was listed";
      return { ...malformedWhole(entry.path, "file", reason), where: root };
    }
    try {
      const sink = request.open(entry);
      for (let at = 0; at < entry.sizeBytes;) {
        const count = readSync(descriptor, buffer, 0, buffer.byteLength, at);
        if (count === 0) {
          const reason = `it holds ${at} bytes, expected ${entry.sizeBytes}`;
          return { ...malformedWhole(entry.path, "file", reason), where: root };
        }
        at += count;
        if (!sink.write(buffer.subarray(0, count))) return null;
      }
      sink.end();
      return null;
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    return systemFailure(error, entry.path, root);
  }
}

/** Opens the regular file that was listed; null where something else stands there now, also a way out of the folder. */
function openBelow(root: string, below: string, entry: FileEntry): number | null {
  const isFolder = statSync(root).isDirectory();
  const host = isFolder ? findHost(root, below) : Buffer.from(root);
  if (host === null) return null;
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const descriptor = openSync(host, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const stats = fstatSync(descriptor);
  if (stats.isFile() && stats.size === entry.sizeBytes) return descriptor;
  closeSync(descriptor);
  return null;
}

/** Host path of a listed path; null where a folder on the way is none any more (a link would lead out). */
function findHost(root: string, below: string): Buffer | null {
  let host = Buffer.from(root);
  const names = below.split("/").filter((name) => name !== "");
  for (const [index, name] of names.entries()) {
    host = Buffer.concat([host, Buffer.from("/"), encodeName(name)]);
    const isLast = index === names.length - 1;
    if (!isLast && !lstatSync(host).isDirectory()) return null;
  }
  return host;
}
