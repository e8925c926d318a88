import { failed, success, type Failure, type Result } from "../../../model/failure.ts";
import { parseJsonText, type JsonObject } from "../../sources/json.ts";
import type { Channel } from "./channel.ts";
import { joinedHeader } from "./headers.ts";
import { fetchBytes } from "./manifests.ts";
import type { Answer } from "./transport.ts";
import { failureOf, trouble } from "./trouble.ts";

export interface PagesAsk {
  /** Of the first page, see `Ask`. */
  readonly path: string;
  readonly what: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

/** A list may be cut off at any page; a hostile one has no last. */
const maxPages = 100;

/**
 * The JSON objects of a list that comes in pages, one after another, a failure last. Ends early when no more are taken. Pages of
 * another host are not asked for. Source: distribution-spec, "Listing Tags" (`Link`, RFC 8288).
 */
export async function* readPages(
  channel: Channel,
  { path: first, what, headers = {}, signal }: PagesAsk,
): AsyncGenerator<Result<{ readonly json: JsonObject; readonly answer: Answer }>> {
  const subject = { what, where: channel.endpoint.host };
  let path: string | null = first;
  for (let page = 0; path !== null && page < maxPages; page++) {
    const fetched = await fetchBytes(channel, { path, what, signal, headers });
    if (!fetched.ok) {
      yield fetched;
      return;
    }
    const { bytes, answer } = fetched.value;
    const json = parseJsonText(bytes.toString("utf8"));
    if (json === null) {
      yield failed(failureOf(trouble("malformed", "its list is no JSON object"), subject));
      return;
    }
    yield success({ json, answer });
    const next = nextPage(answer);
    if (next !== null && !isHere(next, channel.endpoint.host)) {
      const reason = "the next part of its list is elsewhere, which is not asked";
      yield failed(failureOf(trouble("malformed", reason), subject));
      return;
    }
    path = next === null ? null : `${next.pathname}${next.search}`;
  }
  if (path !== null) yield failed(tooManyPages(subject));
}

/** Null when this is the last. */
export function nextPage({ headers, url }: Pick<Answer, "headers" | "url">): URL | null {
  const link = /<([^<>]{1,4096})>\s{0,9};\s{0,9}rel="?next\b/i.exec(joinedHeader(headers, "link"));
  return link === null ? null : URL.parse(link[1] ?? "", url.href);
}

/** Registries behind a proxy may give the wrong scheme: it is not looked at, and the next page is asked for like the first. */
export function isHere(url: URL, host: string): boolean {
  return url.host === new URL(`${url.protocol}//${host}`).host && url.pathname.startsWith("/v2/");
}

function tooManyPages(subject: { readonly what: string; readonly where: string }): Failure {
  return {
    kind: "over-limit",
    ...subject,
    budget: "parts of a list",
    limit: maxPages,
    unit: "entries",
  };
}
