import { isDigest, type Digest } from "../../model/digest.ts";

/** An image that a package URL names. */
export interface ImageUrl {
  /** As `FROM` names it, without the digest. */
  readonly name: string;
  /** Where the URL itself says it. */
  readonly digest: Digest | null;
}

const maxUrlLength = 4096;

/**
 * Reads the package URL of an image; null for any other.
 *
 *     pkg:docker/alpine@3.20?platform=linux%2Famd64
 *     pkg:docker/ghcr.io/owner/app@sha256:…
 *     pkg:oci/app?repository_url=ghcr.io%2Fowner%2Fapp&tag=1
 *
 * Sources: purl-spec types `docker` and `oci`; BuildKit util/purl/image.go, RefToPURL, which writes the digest as a
 * qualifier beside a tag.
 */
export function parseImageUrl(url: string): ImageUrl | null {
  if (url.length > maxUrlLength) return null;
  const matched = /^pkg:(docker|oci)\/([^@?#]+)(?:@([^?#]*))?(?:\?([^#]*))?/.exec(url);
  if (matched === null) return null;
  const [, type, path = "", version = "", query = ""] = matched;
  const qualifiers = new URLSearchParams(query);
  const written = decode(version);
  const named = decode(path);
  if (written === null || named === null) return null;
  const said = isDigest(written) ? written : qualifiers.get("digest");
  const digest = isDigest(said) ? said : null;
  const isTag = written !== "" && !isDigest(written);
  const tag = isTag ? written : (qualifiers.get("tag") ?? "");
  const repository = type === "oci" ? (qualifiers.get("repository_url") ?? named) : named;
  return { name: tag === "" ? repository : `${repository}:${tag}`, digest };
}

/** Null for what is no percent-encoding of UTF-8. */
function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return null;
  }
}
