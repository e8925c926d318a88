import { withBudgets } from "../../model/budgets.ts";
import type { Digest } from "../../model/digest.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import type { BlobStore } from "../blob-store.ts";
import type { OpenImages } from "../image.ts";
import { DocumentBudget } from "../sources/document-budget.ts";
import type { OnNotice, RemoteRequest } from "../sources/remote-sources.ts";
import type { RegistryClient } from "./client/registry-client.ts";
import { RegistryConnections } from "./client/registry-connections.ts";
import type { CredentialSource } from "./credentials.ts";
import { createDocuments, type DocumentKeeper, type Documents } from "./documents.ts";
import type { ImageName } from "./image-name.ts";
import { parseImageName, wholeName } from "./names/parse-image-name.ts";
import { openManifests } from "./open-manifests.ts";
import { createRemoteLayer, type StartDownload } from "./remote-layer.ts";
import { endpointsFor } from "./settings/endpoints-for.ts";
import type { RegistrySettings } from "./settings/settings.ts";

/** What names stood for when registries were last asked, and documents by digest. */
export interface NameKeeper extends DocumentKeeper {
  loadName(name: string): { readonly digest: Digest; readonly resolvedAt: string } | null;
  storeName(
    name: string,
    resolved: { readonly digest: Digest; readonly mediaType: string | null },
  ): void;
}

export interface RegistrySourceOptions {
  readonly settings: RegistrySettings;
  readonly credentials: CredentialSource;
  readonly proxyFor: (url: URL) => URL | null;
  readonly userAgent: string;
  /** Null: nothing is kept between runs. */
  readonly documents: NameKeeper | null;
  readonly blobs: BlobStore;
  /** No registry is asked: what is kept is all there is. */
  readonly isOffline: boolean;
  readonly onNotice: OnNotice;
}

/** Images of registries, by name. One per run; its owner closes it. */
export class RegistrySource {
  readonly #options: RegistrySourceOptions;
  readonly #connections: RegistryConnections;
  readonly #clients = new Map<string, Result<RegistryClient>>();
  readonly #told = new Set<string>();

  constructor(options: RegistrySourceOptions) {
    this.#options = options;
    this.#connections = new RegistryConnections({
      ...options,
      onWait: (what, why) => this.#tell({ ...waits, what, reason: `${why}; ${askedAgain}` }),
    });
    for (const problem of options.settings.problems) this.#tell(problem);
  }

  /**
   * The images of a name, one per asked platform. A tag is resolved by its registry each time; what it stands for, and the layers
   * whose facts are known, are not fetched again.
   */
  async open(name: string, request: RemoteRequest): Promise<OpenImages> {
    const parsed = parseImageName(name);
    if (!parsed.ok) return parsed;
    const image = parsed.value;
    const client = this.#clientFor(image);
    if (!client.ok) return client;
    const resolved = await this.#resolve(image, client.value, request.signal);
    if (!resolved.ok) return resolved;
    const { digest, origin } = resolved.value;
    const repository = repositoryOf(image);
    const documents = this.#documentsOf(repository, client.value, request);
    const { blobs } = this.#options;
    const start = this.#startWith(client.value);
    const place = {
      reference: request.reference,
      origin,
      name: image.familiar,
      documents,
      makeLayer: (layer, diffId) => createRemoteLayer(layer, { repository, diffId, blobs, start }),
    } satisfies Parameters<typeof openManifests>[1];
    return openManifests(digest, place, request);
  }

  async close(): Promise<void> {
    await this.#connections.close();
  }

  #clientFor(image: ImageName): Result<RegistryClient> {
    const repository = repositoryOf(image);
    // A mirror may serve tags or digests only, and a single tag may be blocked.
    const key = wholeName(image);
    const known = this.#clients.get(key);
    if (known !== undefined) return known;
    const found = endpointsFor(image, this.#options.settings);
    const client = found.ok
      ? success(this.#connections.client({ name: repository, endpoints: found.value.endpoints }))
      : found;
    if (found.ok) for (const problem of found.value.problems) this.#tell(problem);
    this.#clients.set(key, client);
    return client;
  }

  async #resolve(
    image: ImageName,
    client: RegistryClient,
    signal: AbortSignal | undefined,
  ): Promise<Result<{ readonly digest: Digest; readonly origin: string }>> {
    const { documents, isOffline } = this.#options;
    const origin = image.registry;
    if (image.digest !== null) return success({ digest: image.digest, origin });
    const name = wholeName(image);
    if (isOffline) {
      const kept = documents?.loadName(name) ?? null;
      if (kept === null) return failed(notKept(image.familiar));
      const day = kept.resolvedAt.slice(0, 10);
      return success({ digest: kept.digest, origin: `${origin}, as it was on ${day}` });
    }
    const resolved = await client.resolve(
      image.tag ?? "latest",
      signal === undefined ? {} : { signal },
    );
    if (!resolved.ok) return resolved;
    const { digest, mediaType } = resolved.value;
    documents?.storeName(name, { digest, mediaType: mediaType === "" ? null : mediaType });
    return success({ digest, origin });
  }

  #documentsOf(
    name: string,
    client: RegistryClient,
    { signal, budgets }: RemoteRequest,
  ): Documents {
    const { documents, isOffline } = this.#options;
    const asking = signal === undefined ? {} : { signal };
    const budget = new DocumentBudget(withBudgets(budgets));
    return createDocuments({ name, budget }, documents, async ({ kind, digest, sizeBytes }) => {
      if (isOffline) return failed(notKept(`${name}@${digest}`));
      if (kind === "blob") return client.blob({ digest, sizeBytes }, asking);
      const manifest = await client.manifest(digest, asking);
      return manifest.ok ? success(manifest.value.bytes) : manifest;
    });
  }

  #startWith(client: RegistryClient): StartDownload {
    return async (descriptor, file, options) =>
      this.#options.isOffline
        ? failed(notKept(descriptor.digest))
        : client.download(descriptor, file, options);
  }

  #tell(notice: Failure): void {
    const key = JSON.stringify(notice);
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#options.onNotice(notice);
  }
}

const waits = { kind: "unreachable", where: null } as const;

const askedAgain = "it is asked again, for a minute at most";

/** As people write it: the familiar name without tag and digest. */
function repositoryOf({ familiar, tag, digest }: ImageName): string {
  const withoutDigest = digest === null ? familiar : familiar.slice(0, -(digest.length + 1));
  return tag === null ? withoutDigest : withoutDigest.slice(0, -(tag.length + 1));
}

function notKept(what: string): Failure {
  const reason = "it is not kept from an earlier run, and --offline asks no registry";
  return { kind: "unsupported", what, where: null, reason };
}
