import { failed, type Result } from "../../../model/failure.ts";
import { headerOf } from "./headers.ts";
import type { Answer, HttpRequest, HttpTransport } from "./transport.ts";
import { trouble, type Trouble } from "./trouble.ts";
import type { Trust } from "./trust.ts";

/** A request as it starts; `trustOf` says whom to trust at the addresses that it is sent on to. */
export interface FollowedRequest extends Omit<HttpRequest, "trust"> {
  readonly trustOf: (url: URL) => Trust;
}

const maxRedirects = 10;

/**
 * Sends a request and follows where it is sent on to. Credentials stay with the origin that they are for: once it was left they
 * are not sent again. From https to http, and to anything else, no redirect is followed. A POST is not sent on at all.
 */
export async function follow(
  transport: Pick<HttpTransport, "send">,
  request: FollowedRequest,
): Promise<Result<Answer, Trouble>> {
  const { trustOf, ...rest } = request;
  let { url, headers } = request;
  for (let hops = 0; hops <= maxRedirects; hops++) {
    const sent = await transport.send({ ...rest, url, headers, trust: trustOf(url) });
    if (!sent.ok) return elsewhere(sent.failure, request.url, url);
    const answer = sent.value;
    if (!isRedirect(answer.status) || request.method === "POST") return sent;
    answer.body.discard();
    const next = nextAddress(url, headerOf(answer.headers, "location"));
    if (!next.ok) return next;
    if (next.value.origin !== url.origin) headers = withoutCredentials(headers);
    url = next.value;
  }
  return failed(trouble("malformed", `it sends on more than ${maxRedirects} times`));
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

function nextAddress(from: URL, location: string | null): Result<URL, Trouble> {
  const next = location === null ? null : URL.parse(location, from.href);
  if (next === null) return failed(trouble("malformed", "it sends on to nowhere"));
  const isHttp = next.protocol === "https:" || next.protocol === "http:";
  if (!isHttp) return failed(trouble("denied", `it sends on to ${next.protocol} addresses`));
  if (from.protocol === "https:" && next.protocol === "http:") {
    const reason = `it sends on from https to plain http at ${next.host}, which is not followed`;
    return failed(trouble("denied", reason));
  }
  return { ok: true, value: next };
}

function withoutCredentials(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const { authorization: _, ...others } = headers;
  return others;
}

/** The trouble is with another host than the one that was asked. */
function elsewhere(why: Trouble, asked: URL, url: URL): Result<Answer, Trouble> {
  if (url.host === asked.host || why.kind === "cancelled") return failed(why);
  return failed({ ...why, reason: `it sends on to ${url.host}: ${why.reason}` });
}
