import type { Digest } from "../../model/digest.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import type { FileRequest } from "../access.ts";

/** An address that may be asked, without what must not be shown. */
export interface Address {
  /** Without a login. */
  readonly url: URL;
  /** `Basic …`; null where the address has no login. */
  readonly authorization: string | null;
  /** As it may be shown. */
  readonly what: string;
  readonly host: string;
}

/** Fails with `unsupported` for what is no http, https or file address. A text that is no address is not repeated. */
export function readAddress(text: string): Result<Address> {
  const url = URL.parse(text);
  if (url === null || !/^(?:https?|file):$/.test(url.protocol)) {
    const what = url === null ? "an address" : `an address of ${url.protocol}`;
    const reason = "it is no http, https or file address";
    return failed({ kind: "unsupported", what, where: null, reason });
  }
  const login = url.username === "" && url.password === "" ? null : loginOf(url);
  [url.username, url.password, url.hash] = ["", "", ""];
  return success({ url, authorization: login, what: shown(url), host: url.host });
}

/** A query may hold a token. */
function shown(url: URL): string {
  return url.search === "" ? url.href : `${url.href.slice(0, -url.search.length)}?…`;
}

function loginOf(url: URL): string {
  const login = `${decoded(url.username)}:${decoded(url.password)}`;
  return `Basic ${Buffer.from(login).toString("base64")}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A bare % in a password: as it stands.
    return text;
  }
}

/** Under which name its bytes are kept. The login is no part of it: it would stand in a file. */
export function keyOf({ url }: Address, digest: Digest | null): string {
  return digest === null ? url.href : `${url.href} ${digest}`;
}

export function offlineFailure({ what, host }: Address): Failure {
  const reason = "nothing of it is kept and --offline opens no connection";
  return { kind: "unreachable", what, where: host, reason };
}

export function tooLong({ what, host }: Address, { maxBytes }: FileRequest): Failure {
  const budget = "size of a file of a repository";
  return { kind: "over-limit", what, where: host, budget, limit: maxBytes, unit: "bytes" };
}

export function otherDigest({ what, host }: Address, found: Digest, expected: Digest): Failure {
  const reason = `its digest is ${found}, expected ${expected}`;
  const format = "file of a repository";
  return { kind: "malformed", what, where: host, format, reason, offsetBytes: null };
}
