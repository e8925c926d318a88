import { readFileSync } from "node:fs";
import {
  request as requestHttp,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from "node:http";
import { request as requestHttps } from "node:https";
import { buffer } from "node:stream/consumers";

/** A server that a proxy stands before. */
export interface Target {
  readonly url: string;
  /** PEM file; null where it speaks plain HTTP. */
  readonly authorityFile: string | null;
}

/** An answer that was read whole, so that a fault may change it. */
export interface RealAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Sends a request on to the target; its body is piped by the caller. Headers stay, the host as well. */
export function forward(
  incoming: IncomingMessage,
  target: Target,
  headers: OutgoingHttpHeaders,
): ClientRequest {
  const url = new URL(incoming.url ?? "/", target.url);
  const options = { method: incoming.method, headers, agent: false };
  if (target.authorityFile === null) return requestHttp(url, options);
  // The name that the certificate is held against; node would take that of the host header.
  const trust = { ca: readFileSync(target.authorityFile), servername: "localhost" };
  return requestHttps(url, { ...options, ...trust });
}

/** What the target answers to it, whole. */
export async function readAnswer(
  incoming: IncomingMessage,
  target: Target,
  headers: OutgoingHttpHeaders,
): Promise<RealAnswer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = forward(incoming, target, headers).on("error", reject).on("response", resolve);
    incoming.pipe(asked);
  });
  // Whether the connection stays is between two neighbours. Source: RFC 9110 7.6.1.
  const pairs = Object.entries(response.headers)
    .filter(([name]) => name !== "connection" && name !== "keep-alive")
    .map(([name, value]) => [name, String(value)] as const);
  return {
    status: response.statusCode ?? 0,
    statusText: response.statusMessage ?? "",
    headers: Object.fromEntries(pairs),
    body: await buffer(response),
  };
}
