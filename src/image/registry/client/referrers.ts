import type { Digest } from "../../../model/digest.ts";
import { success, type Result } from "../../../model/failure.ts";
import {
  isTooMany,
  readDescriptor,
  tooManyManifests,
  type Descriptor,
} from "../../sources/descriptors.ts";
import { isJsonObject, listAt, textAt, type JsonObject } from "../../sources/json.ts";
import type { Channel } from "./channel.ts";
import { mediaTypeOf } from "./headers.ts";
import { readPages } from "./pages.ts";

/** Something that was attached to an image: a signature, an SBOM, an attestation. */
export interface Referrer extends Descriptor {
  /** Empty when it is not said. */
  readonly artifactType: string;
}

export interface ReferrersAsk {
  readonly digest: Digest;
  readonly what: string;
  readonly signal: AbortSignal | undefined;
}

const indexType = "application/vnd.oci.image.index.v1+json";

/** What refers to a manifest, empty when nothing does. Source: distribution-spec, "Listing Referrers". */
export async function listReferrers(
  channel: Channel,
  { digest, what, signal }: ReferrersAsk,
): Promise<Result<readonly Referrer[]>> {
  const asks = [`referrers/${digest}`, `manifests/${referrersTag(digest)}`];
  for (const path of asks) {
    const listed = await readIndex(channel, { path, what, signal });
    if (listed.ok && listed.value !== null) return success(listed.value);
    if (!listed.ok && listed.failure.kind !== "not-found") return listed;
  }
  return success([]);
}

/** Null: the registry does not know the question, and answered something else. */
async function readIndex(
  channel: Channel,
  { path, what, signal }: { readonly path: string } & Omit<ReferrersAsk, "digest">,
): Promise<Result<readonly Referrer[] | null>> {
  const found: Referrer[] = [];
  for await (const page of readPages(channel, {
    path,
    what,
    signal,
    headers: { accept: indexType },
  })) {
    if (!page.ok) return page;
    const { json, answer } = page.value;
    if (mediaTypeOf(answer.headers) !== indexType) return success(null);
    found.push(...readReferrers(json));
    if (isTooMany(found.length)) {
      return { ok: false, failure: tooManyManifests({ name: channel.endpoint.host }, what) };
    }
  }
  return success(found);
}

/** Those whose digest can be verified. */
function readReferrers(json: JsonObject): readonly Referrer[] {
  return (listAt(json, "manifests") ?? []).flatMap((item) => {
    const descriptor = readDescriptor(item);
    if (descriptor === null || !isJsonObject(item)) return [];
    return [{ ...descriptor, artifactType: textAt(item, "artifactType") }];
  });
}

/** Where registries without that question have the list. Source: distribution-spec, "Referrers Tag Schema". */
export function referrersTag(digest: Digest): string {
  const [algorithm = "", hex = ""] = digest.split(":");
  return `${algorithm.slice(0, 32)}-${hex.slice(0, 64)}`;
}
