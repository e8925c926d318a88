import { isDigest, type Digest } from "../../../model/digest.ts";
import { failed, success, type Failure, type Result } from "../../../model/failure.ts";
import type { ImageName } from "../image-name.ts";

/** Where Docker looks when no registry is written. */
export const defaultRegistry = "docker.io";

/** Names longer than this are not looked at; the longest that is right has under 1000. */
const maxNameLength = 4096;
const maxRepositoryLength = 255;

const hostLabel = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const hostPattern = new RegExp(
  String.raw`^(?:${hostLabel}(?:\.${hostLabel})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$`,
);
const partPattern = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const tagPattern = /^\w[\w.-]{0,127}$/;

/** What stands where in the text, nothing of it checked. */
interface Pieces {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: string | null;
}

/**
 * Reads a name as Docker does:
 *
 *     alpine                           docker.io/library/alpine:latest
 *     owner/app:2                      docker.io/owner/app:2
 *     localhost/app, [::1]:5000/a@sha256:…
 *
 * `malformed` says what was expected; `unsupported` is a digest of an algorithm that this program cannot verify.
 * Source: distribution/reference v0.6.0, ParseNormalizedNamed and its grammar in reference.go. Refused beside what that
 * refuses: a host with `_`, for which it gives a name without a registry.
 */
export function parseImageName(text: string): Result<ImageName> {
  const wrong = (reason: string): Result<never> => failed(malformed(text, reason));
  if (text === "") return wrong("it is empty, expected a name such as alpine:3.20");
  if (text.length > maxNameLength) return wrong(`it is longer than ${maxNameLength} characters`);
  if (/^[a-f0-9]{64}$/.test(text)) {
    return wrong("64 hexadecimal digits are the id of an image and no name; write NAME@sha256:…");
  }
  const pieces = split(text);
  const reason = whatIsWrong(pieces);
  if (reason !== null) return wrong(reason);
  const digest = readDigest(pieces.digest, text);
  if (!digest.ok) return digest;
  const tag = pieces.tag ?? (pieces.digest === null ? "latest" : null);
  const { registry, repository } = pieces;
  const rest = endOf(tag, digest.value);
  const familiar = `${familiarName(registry, repository)}${rest}`;
  return success({ registry, repository, tag, digest: digest.value, familiar });
}

/** The whole name, as it is matched against prefixes: `docker.io/library/alpine:3.20`. */
export function wholeName({ registry, repository, tag, digest }: ImageName): string {
  return `${registry}/${repository}${endOf(tag, digest)}`;
}

/** Whether a registry is written in front: the first part holds a dot or a colon, is `localhost`, or is not in lower case. */
export function hasRegistry(text: string): boolean {
  const slash = text.indexOf("/");
  const first = text.slice(0, Math.max(slash, 0));
  return first === "localhost" || /[.:]/.test(first) || first !== first.toLowerCase();
}

/** `HOST[:PORT]`, a host also as IPv6 address in brackets. */
export function isRegistryHost(text: string): boolean {
  return hostPattern.test(text);
}

function split(text: string): Pieces {
  const [named = "", ...digests] = text.split("@");
  const isQualified = hasRegistry(named);
  const slash = isQualified ? named.indexOf("/") : -1;
  const written = isQualified ? named.slice(0, slash) : defaultRegistry;
  const [path = "", ...tags] = named.slice(slash + 1).split(":");
  // The name of Docker's first index still means the same.
  const registry = written === "index.docker.io" ? defaultRegistry : written;
  const isOfficial = registry === defaultRegistry && !path.includes("/");
  return {
    registry,
    repository: isOfficial ? `library/${path}` : path,
    tag: tags.length === 0 ? null : tags.join(":"),
    digest: digests.length === 0 ? null : digests.join("@"),
  };
}

function whatIsWrong({ registry, repository, tag }: Pieces): string | null {
  if (!isRegistryHost(registry)) {
    return `${show(registry)} is no registry, expected HOST[:PORT] of letters, digits, - and .`;
  }
  if (repository.toLowerCase() !== repository) {
    return `${show(repository)} must be lower case`;
  }
  const bad = repository.split("/").find((part) => !partPattern.test(part));
  if (bad !== undefined) {
    return `${show(bad)} is no part of a name, expected a-z and 0-9 with single . or _, __ or - between`;
  }
  if (repository.length > maxRepositoryLength) {
    return `its repository is longer than ${maxRepositoryLength} characters`;
  }
  if (tag !== null && !tagPattern.test(tag)) {
    return `${show(tag)} is no tag, expected up to 128 of A-Z, a-z, 0-9, _, . and -, neither . nor - first`;
  }
  return null;
}

function readDigest(digest: string | null, text: string): Result<Digest | null> {
  if (digest === null || isDigest(digest)) return success(digest);
  if (/^sha384:[0-9a-f]{96}$/.test(digest)) {
    const reason = "digests of sha384 are not verified, expected sha256 or sha512";
    return failed({ kind: "unsupported", what: text, where: null, reason });
  }
  const expected = "expected sha256: and 64 hexadecimal digits in lower case";
  return failed(malformed(text, `${show(digest)} is no digest, ${expected}`));
}

function familiarName(registry: string, repository: string): string {
  if (registry !== defaultRegistry) return `${registry}/${repository}`;
  const short = repository.replace(/^library\//, "");
  return short.includes("/") ? repository : short;
}

function endOf(tag: string | null, digest: Digest | null): string {
  return `${tag === null ? "" : `:${tag}`}${digest === null ? "" : `@${digest}`}`;
}

function malformed(text: string, reason: string): Failure {
  const what = text.length > 300 ? `${text.slice(0, 300)}…` : text;
  const format = "image name";
  return { kind: "malformed", what, where: null, format, reason, offsetBytes: null };
}

function show(text: string): string {
  const words = JSON.stringify(text);
  return words.length > 80 ? `${words.slice(0, 79)}…` : words;
}
