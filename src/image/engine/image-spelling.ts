import { nearest } from "../../model/nearest.ts";

/**
 * Repository in lower case, behind a host with a port where there is one; then tag and digest. An id is one as well.
 * Source: distribution/reference regexp.go, as of v0.6.
 */
const namePattern =
  /^(?:(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@[a-z0-9]+:[0-9a-f]{32,128})?$/;

/** Of repository, host, tag and digest together. */
const maxNameLength = 512;

/** Whether an engine could know an image by it: anything else is never sent. */
export function isEngineName(name: string): boolean {
  return name.length <= maxNameLength && namePattern.test(name);
}

/**
 * The whole names that a name stands for, as Docker completes it: `alpine` is `docker.io/library/alpine:latest`. With a tag and a
 * digest the digest decides. Source: distribution/reference normalize.go.
 */
export function wholeName(name: string): string {
  const [tagged = "", digest] = name.split("@");
  const repository = tagged.replace(/:[\w.-]+$/, "");
  const tag = tagged.slice(repository.length);
  const [first = "", ...rest] = repository.split("/");
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const path = rest.length === 0 ? `library/${repository}` : repository;
  const whole = hasHost ? repository : `docker.io/${path}`;
  return digest === undefined ? `${whole}${tag || ":latest"}` : `${whole}@${digest}`;
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
