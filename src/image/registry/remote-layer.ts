import { closeSync, openSync } from "node:fs";
import { compressionMagicBytes, detectCompression } from "../../formats/compression.ts";
import type { Digest } from "../../model/digest.ts";
import { failed, success, type Result } from "../../model/failure.ts";
import type { BlobDraft, BlobStore, KeptBlob } from "../blob-store.ts";
import { readFully } from "../file-window.ts";
import type { BlobLayer, FetchedLayer, FetchOptions, RemoteLayer } from "../image.ts";
import type { Descriptor } from "../sources/descriptors.ts";
import { isForeign } from "../sources/layers.ts";
import { systemFailure } from "../system-failure.ts";

/** A download that has begun. */
export interface Download {
  /** Its bytes, here or on their way; without a diffId. */
  readonly layer: Omit<BlobLayer, "diffId">;
  readonly whole: Promise<Result<null>>;
  /** Ends it when it is not over. */
  stop(): void;
}

export type StartDownload = (
  descriptor: Descriptor,
  file: string,
  options: FetchOptions,
) => Promise<Result<Download>>;

export interface RemoteLayerOptions {
  /** Of the repository, for failures and progress. */
  readonly repository: string;
  readonly diffId: Digest | null;
  readonly blobs: BlobStore;
  readonly start: StartDownload;
}

/** A layer of a registry. Bytes that are kept are taken from the store, others come from `start` into a draft of it. */
export function createRemoteLayer(
  descriptor: Descriptor,
  { repository, diffId, blobs, start }: RemoteLayerOptions,
): RemoteLayer {
  const { digest, mediaType, sizeBytes } = descriptor;
  const name = `${repository}@${digest}`;
  let running: Promise<Result<SharedDownload>> | null = null;

  async function begin(options: FetchOptions): Promise<Result<SharedDownload>> {
    let draft: BlobDraft;
    try {
      draft = blobs.begin(digest, sizeBytes);
    } catch (error) {
      return failed(systemFailure(error, name, null));
    }
    const download = await start(descriptor, draft.file, options);
    if (download.ok)
      return success(new SharedDownload(download.value, draft, () => (running = null)));
    draft.drop();
    const { failure } = download;
    if (failure.kind !== "not-found" || !isForeign(mediaType)) return download;
    const reason = "the layer is not distributed with the image";
    return failed({ kind: "unsupported", what: name, where: null, reason });
  }

  /** Null where there is none, or none of the right size, or it went since: it is then fetched. */
  function takeKept({ signal }: FetchOptions): FetchedLayer | null {
    const kept = blobs.find(digest);
    if (kept === null || (sizeBytes !== null && kept.sizeBytes !== sizeBytes)) return null;
    const layer = openKept(kept, { digest, diffId, mediaType });
    if (layer === null) return null;
    const release = async (isVerified: boolean): Promise<boolean> => {
      if (isVerified || signal?.aborted === true) return false;
      return (await blobs.removeDamaged?.(digest, signal)) ?? false;
    };
    return { layer, whole: Promise.resolve(success(null)), release };
  }

  return {
    kind: "remote",
    name,
    digest,
    diffId,
    lengthBytes: sizeBytes,
    mediaType: mediaType === "" ? null : mediaType,
    async fetch(options) {
      if (options.signal?.aborted === true) {
        return failed({ kind: "cancelled", what: name, where: null });
      }
      const kept = takeKept(options);
      if (kept !== null) return success(kept);
      const begun = (running ??= begin(options));
      const shared = await begun;
      if (shared.ok) return success(shared.value.take(diffId));
      // Whoever asks after that begins anew.
      if (running === begun) running = null;
      return shared;
    },
  };
}

/** One download that several readers may have asked for: it is kept or thrown away when the last of them is done. */
class SharedDownload {
  readonly #download: Download;
  readonly #draft: BlobDraft;
  readonly #forget: () => void;
  #readers = 0;
  #isVerified = false;

  constructor(download: Download, draft: BlobDraft, forget: () => void) {
    this.#download = download;
    this.#draft = draft;
    this.#forget = forget;
  }

  take(diffId: Digest | null): FetchedLayer {
    this.#readers++;
    const { layer, whole } = this.#download;
    return {
      layer: { ...layer, diffId },
      whole,
      release: (isVerified) => {
        this.#release(isVerified);
        return Promise.resolve(false);
      },
    };
  }

  #release(isVerified: boolean): void {
    this.#isVerified ||= isVerified;
    this.#readers--;
    if (this.#readers > 0) return;
    this.#forget();
    this.#download.stop();
    if (this.#isVerified) this.#draft.keep();
    else this.#draft.drop();
  }
}

/** It was verified when it was kept, and is verified again while it is read. Null when it cannot be opened. */
function openKept(
  { file, sizeBytes }: KeptBlob,
  layer: Pick<BlobLayer, "digest" | "diffId" | "mediaType">,
): BlobLayer | null {
  try {
    const compression = detectCompression(readHead(file));
    return { kind: "blob", file, offsetBytes: 0, lengthBytes: sizeBytes, compression, ...layer };
  } catch (error) {
    // Only to tell a bug from an error of the system.
    systemFailure(error, file, null);
    return null;
  }
}

function readHead(file: string): Uint8Array {
  const descriptor = openSync(file, "r");
  try {
    const head = Buffer.alloc(compressionMagicBytes);
    return head.subarray(0, readFully(descriptor, head, 0));
  } finally {
    closeSync(descriptor);
  }
}
