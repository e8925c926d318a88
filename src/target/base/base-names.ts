import { parseImageName } from "../../image/registry/names/parse-image-name.ts";
import type { ImageName } from "../../image/registry/image-name.ts";

/** How two names are to each other: `same` image, as far as names tell; another tag of the repository; another image. */
export type NameRelation = "same" | "sibling" | "other";

/** Debian's and Ubuntu's releases, as tags name them. Sources: debian.org/releases, releases.ubuntu.com, 2026-11. */
const codenames: Readonly<Record<string, readonly [distro: string, version: string]>> = {
  buster: ["debian", "10"],
  bullseye: ["debian", "11"],
  bookworm: ["debian", "12"],
  trixie: ["debian", "13"],
  focal: ["ubuntu", "20.04"],
  jammy: ["ubuntu", "22.04"],
  noble: ["ubuntu", "24.04"],
};

/** Repositories named after the distribution that is in them, and what os-release calls it there. */
const distroRepositories: Readonly<Record<string, string>> = {
  alpine: "alpine",
  almalinux: "almalinux",
  archlinux: "arch",
  debian: "debian",
  fedora: "fedora",
  rockylinux: "rocky",
  ubuntu: "ubuntu",
};

/**
 * Registries and repositories of publishers themselves. Sources: docker.com "Docker Official Images" (library/ and its
 * copy at Amazon); the publishers' own documentation.
 */
const official =
  /^(?:docker\.io\/library\/[^/]+|public\.ecr\.aws\/docker\/library\/[^/]+|gcr\.io\/distroless\/[^/]+|cgr\.dev\/chainguard\/[^/]+|mcr\.microsoft\.com\/.+|registry\.access\.redhat\.com\/.+|public\.ecr\.aws\/amazonlinux\/[^/]+)$/;

/** Whether a publisher itself gives it out under that name. Scratch is everybody's. */
export function isOfficial(name: string | null): boolean {
  if (name === "scratch") return true;
  const parsed = name === null ? null : read(name);
  return parsed !== null && official.test(repositoryOf(parsed));
}

/**
 * Tags agree when one is the other said less exactly: `3.20` and `3.20.3`, `12-slim` and `bookworm-slim`. `latest`, or
 * no tag, agrees with every tag that has no other words.
 */
export function relateNames(a: string, b: string): NameRelation {
  if (a === "scratch" || b === "scratch") return a === b ? "same" : "other";
  const [first, second] = [read(a), read(b)];
  if (first === null || second === null) return "other";
  if (repositoryOf(first) !== repositoryOf(second)) return "other";
  return doTagsAgree(first.tag, second.tag) ? "same" : "sibling";
}

/** One spelling for each name, digest left out: `alpine:3.20`; null for what is no name. */
export function plainName(name: string): string | null {
  if (name === "scratch") return name;
  const parsed = read(name);
  if (parsed === null) return null;
  const { familiar, digest } = parsed;
  return digest === null ? familiar : familiar.slice(0, -(digest.length + 1));
}

/** The distribution that is in an image of that name, as far as the name says it. */
export function distroOfName(
  name: string,
): { readonly id: string; readonly version: string | null } | null {
  const parsed = name === "scratch" ? null : read(name);
  if (parsed === null) return null;
  const words = (parsed.tag ?? "").split("-");
  const last = parsed.repository.split("/").at(-1) ?? "";
  const own = Object.hasOwn(distroRepositories, last) ? distroRepositories[last] : undefined;
  for (const word of words) {
    if (/^alpine(?:\d|$)/.test(word)) {
      return { id: "alpine", version: word.slice("alpine".length) || null };
    }
    const [id, version = null] = (Object.hasOwn(codenames, word) ? codenames[word] : null) ?? [];
    if (id !== undefined) return { id, version };
  }
  const [, distroless] = /^distroless\/.*-debian(\d+)$/.exec(parsed.repository) ?? [];
  if (distroless !== undefined) return { id: "debian", version: distroless };
  if (own === undefined) return null;
  const version = words.find((word) => /^\d+(?:\.\d+)*$/.test(word) && word.length < 8);
  return { id: own, version: version ?? null };
}

/** `12` and `12.7`; what is not said agrees with everything. */
export function doVersionsAgree(a: string | null, b: string | null): boolean {
  if (a === null || b === null) return true;
  const [shorter, longer] = a.length < b.length ? [a, b] : [b, a];
  return longer === shorter || longer.startsWith(`${shorter}.`);
}

interface Tag {
  readonly version: string | null;
  /** All else, sorted. */
  readonly words: string;
}

function doTagsAgree(a: string | null, b: string | null): boolean {
  const [first, second] = [readTag(a), readTag(b)];
  return first.words === second.words && doVersionsAgree(first.version, second.version);
}

/** A day in a tag (`bookworm-20241111-slim`) says which build it is, not which image. */
function readTag(tag: string | null): Tag {
  const words = (tag === null || tag === "latest" ? "" : tag)
    .split("-")
    .filter((word) => word !== "" && !/^\d{8}(?:\.\d+)?$/.test(word))
    .map((word) => (Object.hasOwn(codenames, word) ? (codenames[word]?.[1] ?? word) : word));
  const version = words.find((word) => /^v?\d+(?:\.\d+)*$/.test(word)) ?? null;
  const others = words.filter((word) => word !== version).toSorted();
  return { version: version?.replace(/^v/, "") ?? null, words: others.join("-") };
}

function read(name: string): ImageName | null {
  const parsed = parseImageName(name);
  return parsed.ok ? parsed.value : null;
}

const repositoryOf = ({ registry, repository }: ImageName): string => `${registry}/${repository}`;
