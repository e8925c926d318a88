import { nearest } from "../../model/nearest.ts";
import { parseImageName } from "../registry/names/parse-image-name.ts";

/** Whether an engine could know an image by it, as a name or as an id: anything else is never sent. */
export function isEngineName(name: string): boolean {
  return /^(?:sha256:)?[0-9a-f]{64}$/.test(name) || parseImageName(name).ok;
}

/**
 * The whole name that a name stands for, as Docker completes it: `alpine` is `docker.io/library/alpine:latest`. Of tag and digest
 * the digest decides. What is no name stays as it is.
 */
export function wholeName(name: string): string {
  const parsed = parseImageName(name);
  if (!parsed.ok) return name;
  const { registry, repository, tag, digest } = parsed.value;
  return `${registry}/${repository}${digest === null ? `:${tag ?? "latest"}` : `@${digest}`}`;
}

/** As people write it: without `docker.io/` and `library/`. */
export function familiarName(name: string): string {
  return name.replace(/^docker\.io\/(?:library\/)?/, "");
}

/** More names are no hint. */
const maxNear = 20;

/** Names of an engine that may have been meant: other tags of the same repository, then those that are written alike. */
export function nearNames(name: string, known: readonly string[]): readonly string[] {
  const familiar = [...new Set(known.map(familiarName))].toSorted();
  const asked = familiarName(wholeName(name));
  const repository = (of: string): string => of.replace(/(?:@.*|:[\w.-]+)$/, "");
  const sameRepository = familiar.filter((one) => repository(one) === repository(asked));
  const alike = nearest(familiarName(name), familiar);
  return [...new Set([...alike, ...sameRepository])].slice(0, maxNear);
}
