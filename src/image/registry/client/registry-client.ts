import { isDigest, type Digest } from "../../../model/digest.ts";
import { failed, success, type Failure, type Result } from "../../../model/failure.ts";
import { nearest } from "../../../model/nearest.ts";
import type { Descriptor } from "../../sources/descriptors.ts";
import type { Download } from "../remote-layer.ts";
import type { Channel } from "./channel.ts";
import type { Clock } from "./clock.ts";
import { download, type DownloadOptions } from "./download.ts";
import type { Gate } from "./gate.ts";
import { inOrder, servedBy, type Served } from "./in-order.ts";
import {
  fetchManifest,
  fetchSmallBlob,
  resolveManifest,
  type FetchedManifest,
  type ManifestAsk,
  type ResolvedManifest,
} from "./manifests.ts";
import { listReferrers, type Referrer } from "./referrers.ts";
import { isTag, listTags, type TagList } from "./tags.ts";

export interface ClientOptions {
  /** As people write it, without tag and digest: `alpine`, `ghcr.io/owner/app`. For failures. */
  readonly name: string;
  /** Mirrors first, the registry itself last. */
  readonly channels: readonly Channel[];
  /** That of the host, which others share. */
  readonly gateOf: (channel: Channel) => Gate;
  readonly clock: Clock;
}

interface Asking {
  readonly signal?: AbortSignal;
}

/** How many tags are looked through for one that was mistyped. */
const maxNearTags = 5000;

/** Reads one repository, by the OCI distribution API. Made by `RegistryConnections`. Nothing here rejects. */
export class RegistryClient {
  readonly #options: ClientOptions;
  /** Which one gave a manifest: its blobs are asked there first. */
  #source: Channel | null = null;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** What a tag (or digest) stands for now. `not-found` has tags like it. */
  async resolve(reference: string, asking: Asking = {}): Promise<Result<ResolvedManifest>> {
    return this.#byReference(reference, asking, resolveManifest);
  }

  /** The manifest or index of a tag or digest, its digest verified. `not-found` has tags like it. */
  async manifest(reference: string, asking: Asking = {}): Promise<Result<FetchedManifest>> {
    return this.#byReference(reference, asking, fetchManifest);
  }

  /** A small blob, such as a config, verified. `sizeBytes` null: it is not known. */
  async blob(
    { digest, sizeBytes }: { readonly digest: Digest; readonly sizeBytes: number | null },
    { signal }: Asking = {},
  ): Promise<Result<Buffer>> {
    const ask = { digest, sizeBytes, what: this.#nameOf(digest), signal };
    const served = await inOrder(this.#forBlobs(), ask.what, (channel) =>
      fetchSmallBlob(channel, ask),
    );
    return served.ok ? success(served.value.value) : served;
  }

  /** Begins to bring a blob into a file that does not exist yet, see `download`. As `StartDownload` wants it. */
  async download(
    { digest, mediaType, sizeBytes }: Pick<Descriptor, "digest" | "mediaType" | "sizeBytes">,
    file: string,
    options: DownloadOptions = {},
  ): Promise<Result<Download>> {
    const { gateOf, clock } = this.#options;
    const what = this.#nameOf(digest);
    if (sizeBytes === null || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
      return failed(malformed(what, "descriptor", "it does not say how many bytes it has"));
    }
    const descriptor = { digest, mediaType, sizeBytes };
    const channels = this.#forBlobs();
    return download({ ...options, descriptor, file, what, channels, gateOf, clock });
  }

  /** At most so many. */
  async tags(limit: number, { signal }: Asking = {}): Promise<Result<TagList>> {
    const what = this.#options.name;
    const served = await inOrder(servedBy(this.#options.channels, "tag"), what, (channel) =>
      listTags(channel, { limit, what, signal }),
    );
    return served.ok ? success(served.value.value) : served;
  }

  /** What was attached to a manifest. A mirror that has nothing is not the last to be asked. */
  async referrers(digest: Digest, { signal }: Asking = {}): Promise<Result<readonly Referrer[]>> {
    const what = this.#nameOf(digest);
    let last: Result<readonly Referrer[]> = success([]);
    for (const channel of servedBy(this.#options.channels, "digest")) {
      last = await listReferrers(channel, { digest, what, signal });
      if (last.ok ? last.value.length > 0 : last.failure.kind === "cancelled") return last;
    }
    return last;
  }

  async #byReference<Value>(
    reference: string,
    { signal }: Asking,
    read: (channel: Channel, ask: ManifestAsk) => Promise<Result<Value>>,
  ): Promise<Result<Value>> {
    const what = this.#nameOf(reference);
    const by = isDigest(reference) ? "digest" : "tag";
    if (by === "tag" && !isTag(reference)) {
      const reason = "a tag has letters, digits, dots and dashes only, at most 128";
      return failed(malformed(what, "the name of an image", reason));
    }
    const channels = servedBy(this.#options.channels, by);
    const served = await inOrder(channels, what, (channel) =>
      read(channel, { reference, what, signal }),
    );
    if (served.ok) return success(this.#taken(served.value));
    const isMistyped = served.failure.kind === "not-found" && by === "tag";
    return isMistyped ? this.#withNear(served.failure, reference, signal) : served;
  }

  #taken<Value>({ value, channel }: Served<Value>): Value {
    this.#source = channel;
    return value;
  }

  async #withNear(
    failure: Extract<Failure, { readonly kind: "not-found" }>,
    tag: string,
    signal: AbortSignal | undefined,
  ): Promise<Result<never>> {
    const listed = await this.tags(maxNearTags, signal === undefined ? {} : { signal });
    if (!listed.ok) return failed(failure);
    const near = nearest(tag, listed.value.tags).map((one) => this.#nameOf(one));
    return failed({ ...failure, near: near.slice(0, 5) });
  }

  /** Who gave the manifest and those after it: the ones before it were of no use. */
  #forBlobs(): readonly Channel[] {
    const { channels } = this.#options;
    const source = this.#source;
    if (source === null) return servedBy(channels, "digest");
    const after = channels.slice(channels.indexOf(source) + 1);
    return [source, ...servedBy(after, "digest")];
  }

  #nameOf(reference: string): string {
    return `${this.#options.name}${isDigest(reference) ? "@" : ":"}${reference}`;
  }
}

function malformed(what: string, format: string, reason: string): Failure {
  return { kind: "malformed", what, where: null, format, reason, offsetBytes: null };
}
