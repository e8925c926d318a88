import type { SecureContext } from "node:tls";
import type { buildConnector, Dispatcher } from "undici";
import type { Undici } from "../../load-undici.ts";
import { connectionTrouble } from "./connection-trouble.ts";
import { joinedHeader, type Headers } from "./headers.ts";
import { interrupted, trouble, type Trouble } from "./trouble.ts";
import { secureContextFor, type Trust } from "./trust.ts";
import { failed, success, type Result } from "../../../model/failure.ts";

export interface TransportOptions {
  /** The proxy for an address, with its credentials; null for none. */
  readonly proxyFor: (url: URL) => URL | null;
  /** `fromage/0.1.0`. */
  readonly userAgent: string;
  /** How long a host may be silent, before its answer and within it. */
  readonly idleTimeoutMs: number;
  /** By which slow bodies are found, in ms. */
  readonly now?: () => number;
}

/** One request to one address. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST";
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly trust: Trust;
  readonly signal: AbortSignal | undefined;
}

/** An answer whose body has yet to be read, or to be given up with `discard`. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Where it came from, after redirects. */
  readonly url: URL;
  readonly body: AnswerBody;
}

export interface AnswerBody {
  /** Each valid for good. Throws a `BodyError` when the rest does not come. */
  chunks(): AsyncGenerator<Uint8Array>;
  /** Nothing more of it is wanted. */
  discard(): void;
}

/** The body of an answer broke off. */
export class BodyError extends Error {
  readonly trouble: Trouble;

  constructor(why: Trouble) {
    super(why.reason);
    this.name = "BodyError";
    this.trouble = why;
  }
}

/** Longest block of headers: tokens and signed addresses of storages are long. Bytes. */
const maxHeaderSize = 65_536;

/** Least bytes per second of a body that already took twice the idle timeout: one byte now and then is no answer. */
const leastBytesPerSecond = 256;

/** What is read of an unwanted body, so that its connection can be used again. Bytes. */
const maxDiscarded = 65_536;

const connectTimeoutMs = 10_000;

/** Sends requests by HTTP/1.1 over connections that are kept, one set of them for each trust and proxy. */
export class HttpTransport {
  readonly #options: TransportOptions;
  readonly #dispatchers = new Map<string, Dispatcher>();
  readonly #closing = new AbortController();

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** One request, no redirect followed, nothing tried again. */
  async send(request: HttpRequest): Promise<Result<Answer, Trouble>> {
    const { method, url, headers, body, signal } = request;
    const { userAgent, idleTimeoutMs, proxyFor, now = () => performance.now() } = this.#options;
    const proxy = proxyFor(url);
    const either = this.untilClosed(signal);
    if (either.aborted) return failed(interrupted);
    if (proxy !== null && !/^(?:https?|socks5?):$/.test(proxy.protocol)) {
      const reason = `the proxy ${proxy.host} is asked by ${proxy.protocol}, which is not known`;
      return failed(trouble("unsupported", reason));
    }
    const identity = { "user-agent": userAgent, "accept-encoding": "identity" };
    const timeouts = { headersTimeout: idleTimeoutMs, bodyTimeout: idleTimeoutMs };
    try {
      const dispatcher = await this.#dispatcherFor(request, proxy);
      const answer = await dispatcher.request({
        ...timeouts,
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method,
        headers: { ...identity, ...headers },
        signal: either,
        ...(body === undefined ? {} : { body }),
      });
      const pace = { allowedMs: 2 * idleTimeoutMs, now };
      return toAnswer(answer, { url, proxy, signal: either, pace });
    } catch (error) {
      if (either.aborted) return failed(interrupted);
      return failed(connectionTrouble(error, proxy?.host ?? null));
    }
  }

  /** Fires with the given one, and when all is broken off by `close`. */
  untilClosed(signal: AbortSignal | undefined): AbortSignal {
    const own = this.#closing.signal;
    return signal === undefined ? own : AbortSignal.any([own, signal]);
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    this.#closing.abort();
    const all = [...this.#dispatchers.values()];
    this.#dispatchers.clear();
    await Promise.all(all.map((dispatcher) => dispatcher.destroy()));
  }

  async #dispatcherFor({ url, trust }: HttpRequest, proxy: URL | null): Promise<Dispatcher> {
    const isSecure = url.protocol === "https:";
    const { verifies, authorities, client } = trust;
    const key = JSON.stringify([isSecure, verifies, authorities, client, proxy?.href]);
    const known = this.#dispatchers.get(key);
    if (known !== undefined) return known;
    // It takes 25 ms to load, for nothing when no registry is asked.
    const { loadUndici } = await import("../../load-undici.ts");
    const undici = loadUndici();
    const connect = { timeout: connectTimeoutMs, ...(isSecure ? tlsOptions(trust) : {}) };
    const made = this.#dispatchers.get(key) ?? makeDispatcher(undici, connect, proxy);
    this.#dispatchers.set(key, made);
    return made;
  }
}

interface ConnectOptions {
  readonly timeout: number;
  readonly secureContext?: SecureContext;
  readonly rejectUnauthorized?: boolean;
}

function tlsOptions(trust: Trust): Omit<ConnectOptions, "timeout"> {
  return { secureContext: secureContextFor(trust), rejectUnauthorized: trust.verifies };
}

function makeDispatcher(undici: Undici, connect: ConnectOptions, proxy: URL | null): Dispatcher {
  if (proxy === null) {
    return new undici.Agent({ maxHeaderSize, connect: tellingConnector(undici, connect) });
  }
  const isSecure = proxy.protocol === "https:";
  return new undici.ProxyAgent({
    ...proxyAddress(proxy),
    maxHeaderSize,
    requestTls: connect,
    proxyTls: { timeout: connectTimeoutMs, ...(isSecure ? tlsOptions(plainTrust) : {}) },
    // Plain HTTP is asked for as Go's and curl's clients do: proxies refuse tunnels to port 80.
    proxyTunnel: false,
  });
}

/**
 * A server of TLS 1.3 refuses a client's certificate only after the connection stands, and closes it then. Without this the
 * request would fail with the close, which says nothing.
 */
function tellingConnector(
  undici: Undici,
  options: ConnectOptions,
): (options: buildConnector.Options, callback: buildConnector.Callback) => void {
  const connector = undici.buildConnector(options);
  return (to, callback) =>
    connector(to, (...made) => {
      const [, socket] = made;
      socket?.on("error", () => socket.destroy());
      callback(...made);
    });
}

const plainTrust: Trust = { verifies: true, authorities: [], client: null };

/** The login apart, so that no message of undici can have it; a SOCKS proxy's stays in the address, it has no other place. */
function proxyAddress(proxy: URL): { readonly uri: string; readonly token?: string } {
  if (!proxy.protocol.startsWith("http")) return { uri: proxy.href };
  const uri = `${proxy.protocol}//${proxy.host}`;
  if (proxy.username === "" && proxy.password === "") return { uri };
  const login = `${decoded(proxy.username)}:${decoded(proxy.password)}`;
  return { uri, token: `Basic ${Buffer.from(login).toString("base64")}` };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A bare % in a password: as it stands.
    return text;
  }
}

interface Sent {
  readonly url: URL;
  readonly proxy: URL | null;
  readonly signal: AbortSignal;
  readonly pace: Pace;
}

function toAnswer(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  { url, proxy, signal, pace }: Sent,
): Result<Answer, Trouble> {
  // Whoever reads it learns of it there; without a listener it would end the process.
  body.on("error", () => undefined);
  const discard = (): void => {
    body.dump({ limit: maxDiscarded }).catch(() => undefined);
  };
  const encoding = joinedHeader(headers, "content-encoding").trim();
  if (encoding !== "" && encoding !== "identity") {
    discard();
    return failed(trouble("malformed", `it is encoded (${encoding}), which was not asked for`));
  }
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      // Of Node's streams it is not known at compile time that they are of bytes.
      yield* keepPace(body as AsyncIterable<Uint8Array>, pace);
    } catch (error) {
      if (error instanceof BodyError) throw error;
      if (signal.aborted) throw new BodyError(interrupted);
      throw new BodyError(connectionTrouble(error, proxy?.host ?? null));
    }
  }
  return success({ status: statusCode, headers, url, body: { chunks, discard } });
}

interface Pace {
  /** How long may be waited for a body before its pace counts. */
  readonly allowedMs: number;
  readonly now: () => number;
}

/** Throws a `BodyError` when the body comes too slowly. The time that the reader takes does not count. */
async function* keepPace(
  body: AsyncIterable<Uint8Array>,
  { allowedMs, now }: Pace,
): AsyncGenerator<Uint8Array> {
  let [waitedMs, bytes, sinceMs] = [0, 0, now()];
  for await (const chunk of body) {
    waitedMs += now() - sinceMs;
    bytes += chunk.byteLength;
    if (waitedMs > allowedMs && bytes < (waitedMs / 1000) * leastBytesPerSecond) {
      const reason = `its answer comes with less than ${leastBytesPerSecond} bytes a second`;
      throw new BodyError(trouble("unreachable", reason));
    }
    yield chunk;
    sinceMs = now();
  }
}
