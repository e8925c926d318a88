import { withBudgets } from "../../model/budgets.ts";
import { isDigest, type Digest } from "../../model/digest.ts";
import { failed } from "../../model/failure.ts";
import type { Image, OpenImages, RemoteLayer } from "../image.ts";
import { malformed } from "../sources/blobs.ts";
import { choosePlatforms } from "../sources/choose-platform.ts";
import { objectAt, textAt, textsAt, type JsonObject } from "../sources/json.ts";
import type { RemoteRequest } from "../sources/remote-sources.ts";
import type { EngineClient } from "./engine-client.ts";
import { EngineExport } from "./engine-export.ts";
import { familiarName, wholeName } from "./image-spelling.ts";
import { rebuildConfig } from "./inspected-config.ts";

export interface EngineRequest extends RemoteRequest {
  readonly client: EngineClient;
}

/**
 * Opens an image of one engine by any name or id that it understands. Config and diffIds are what the engine tells; its
 * layers' bytes are brought here when the first of them is wanted, see `EngineExport`. An engine has an image for one
 * platform: another one that is asked for is `not-found`, with the one that is there.
 */
export async function openEngineImages(name: string, request: EngineRequest): Promise<OpenImages> {
  const { client, reference, platforms, signal, temporaryFolder } = request;
  const budgets = withBudgets(request.budgets);
  const where = client.origin;
  const inspected = await client.inspect(name, signal);
  if (!inspected.ok) return inspected;
  const { image } = inspected.value;
  const id = `sha256:${textAt(image, "Id").replace("sha256:", "")}`;
  if (!isDigest(id)) return failed(malformed({ name: where }, name, "its id is no digest"));
  const rebuilt = rebuildConfig(inspected.value, { what: name, where });
  if (!rebuilt.ok) return rebuilt;
  const { config, document } = rebuilt.value;
  const { platform, diffIds } = config;
  const expected = { what: name, where, id, platform, diffIds };
  const source = new EngineExport({ client, image: expected, temporaryFolder, budgets });
  const builderName = chooseName(name, image);
  const opened: Image = {
    reference,
    source: "docker",
    origin: where,
    ...(builderName === null ? {} : { name: builderName }),
    platform,
    manifestDigest: manifestDigest(image),
    config,
    documents: { config: document, manifest: null, bytes: null },
    layers: diffIds.map((diffId) => makeLayer(diffId, source, name)),
  };
  const whatOf = `${name} in ${where}`;
  return choosePlatforms([opened], platforms, whatOf);
}

function makeLayer(diffId: Digest, source: EngineExport, name: string): RemoteLayer {
  return {
    kind: "remote",
    name: `${name}@${diffId}`,
    digest: null,
    diffId,
    lengthBytes: null,
    mediaType: null,
    fetch: (options) => source.fetch(diffId, options),
  };
}

/** The name it was asked for where it is one of its tags, else its first; null where it has none. */
function chooseName(asked: string, image: JsonObject): string | null {
  const tags = (textsAt(image, "RepoTags") ?? []).filter((tag) => tag !== "<none>:<none>");
  const same = tags.find((tag) => wholeName(tag) === wholeName(asked));
  const first = same ?? tags.toSorted()[0];
  return first === undefined ? null : familiarName(first);
}

/** Where the engine keeps images in containerd it tells what it has; a manifest list is none of one platform. */
function manifestDigest(image: JsonObject): Digest | null {
  const descriptor = objectAt(image, "Descriptor");
  const digest = descriptor["digest"];
  const isManifest = /\.manifest\.v/.test(textAt(descriptor, "mediaType"));
  return isManifest && isDigest(digest) ? digest : null;
}
