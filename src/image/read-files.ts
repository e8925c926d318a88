import { failed, success, type Failure, type Result } from "../model/failure.ts";
import { FilesPass } from "./files-pass.ts";
import type { BlobLayer, Layer, RemoteLayer } from "./image.ts";
import { layerBudgets, type LayerBudgets } from "./layer-budgets.ts";
import { malformedWhole } from "./layer-context.ts";
import type { FileEntry } from "./layer-facts.ts";
import { readFolderFiles } from "./read-folder-files.ts";
import { nameOfLayer } from "./read-layers.ts";
import { streamBlob } from "./stream-blob.ts";

/** Which files of a layer, and where their bytes go. */
export interface FilesRequest {
  /** A pass begins, sometimes a second one: what came in one before it counts for nothing. */
  begin?(): void;
  /** Asked once of every regular file, in their order; other entries have no bytes, a hard link has those of the file that it names. */
  wants(entry: FileEntry): boolean;
  /**
   * The file that was wanted last begins. A path may come twice in a layer. What is thrown (the system's errors of a
   * temporary file) ends the pass as a failure.
   */
  open(entry: FileEntry): FileSink;
}

/** Takes the bytes of one file, in order. They are not verified before the pass as a whole succeeds. */
export interface FileSink {
  /** `bytes` are valid during the call only. False: no more of this file. */
  write(bytes: Uint8Array): boolean;
  /** The file is whole; not called for one that is not. */
  end(): void;
}

export interface ReadFilesOptions {
  /** The layer by its name, for failures; its file or folder when absent. */
  readonly where?: string;
  readonly budgets?: Partial<LayerBudgets>;
  readonly signal?: AbortSignal;
  /** Told now and then how many of the layer's stored bytes were read; of one without a length also how many have come before. */
  readonly onProgress?: (readBytes: number) => void;
  /** Entries of the layer, where they are known: a folder of this machine is then not walked again. */
  readonly entries?: readonly FileEntry[];
}

/** What was passed over on the way: entries that cannot be read, an end of the archive before its end; no file that came is concerned. */
export type ReadFiles = Result<readonly Failure[]>;

/**
 * The bytes of some files of a layer, in one pass over all of it. Succeeds only when the whole stream was read and its
 * digest and diffId, where the medium says them, are right, and every wanted file is whole: what a sink was given before
 * counts only then.
 */
export async function readFiles(
  layer: Layer,
  request: FilesRequest,
  options: ReadFilesOptions = {},
): Promise<ReadFiles> {
  switch (layer.kind) {
    case "directory":
      return readFolderFiles(layer, request, options);
    case "blob":
      return readBlobFiles(layer, request, options);
    case "remote": {
      const named = { where: nameOfLayer(layer), ...options };
      const first = await readRemoteFiles(layer, request, named);
      return first.isDamaged ? (await readRemoteFiles(layer, request, named)).read : first.read;
    }
  }
}

/** `isDamaged`: the bytes that were kept were not right and are gone; to read it again brings others. */
async function readRemoteFiles(
  layer: RemoteLayer,
  request: FilesRequest,
  options: ReadFilesOptions,
): Promise<{ readonly read: ReadFiles; readonly isDamaged: boolean }> {
  const { signal, onProgress } = options;
  const fetched = await layer.fetch({
    ...(signal === undefined ? {} : { signal }),
    // What has no length comes whole before any of it is read.
    ...(onProgress === undefined || layer.lengthBytes !== null ? {} : { onProgress }),
  });
  if (!fetched.ok) return { read: fetched, isDamaged: false };
  const taken = fetched.value;
  const read = await readBlobFiles(taken.layer, request, options);
  // When the bytes did not all come, that is why they could not be read.
  const came = read.ok ? success(null) : await taken.whole;
  const isDamaged = await taken.release(read.ok);
  return { read: came.ok ? read : came, isDamaged };
}

async function readBlobFiles(
  layer: BlobLayer,
  request: FilesRequest,
  options: ReadFilesOptions,
): Promise<ReadFiles> {
  const where = options.where ?? layer.file;
  const budgets = { ...layerBudgets, ...options.budgets };
  request.begin?.();
  const pass = new FilesPass(request, where, budgets);
  const streamed = await streamBlob(layer, pass, {
    where,
    budgets,
    signal: options.signal,
    onProgress: options.onProgress ?? ((): void => undefined),
  });
  if (!streamed.ok) return streamed;
  const { failures, stopped } = pass;
  if (stopped !== null) return failed(stopped);
  if (streamed.value.diffId !== null) return success(failures);
  // What ended the stream was told last.
  return failed(failures.at(-1) ?? malformedWhole(where, "layer", "it was not read to its end"));
}
