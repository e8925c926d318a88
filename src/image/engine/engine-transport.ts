import type { Agent, Dispatcher } from "undici";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import type { EngineAddress } from "./engine-address.ts";

export interface EngineTimeouts {
  readonly connectMs: number;
  /** Until an answer begins, and between two pieces of it. */
  readonly idleMs: number;
  /** The same of an export: Docker before 25 writes it to a disk of its own first. */
  readonly exportIdleMs: number;
}

export const engineTimeouts: EngineTimeouts = {
  connectMs: 10_000,
  idleMs: 60_000,
  exportIdleMs: 600_000,
};

/** What an engine said, whatever its status. */
export interface EngineAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** An answer that is not in memory: its bytes come one by one, and are to be taken to their end or destroyed. */
export interface EngineStream {
  readonly status: number;
  readonly body: Dispatcher.ResponseData["body"];
}

export interface TransportOptions {
  /** The engine's address as it is printed. */
  readonly text: string;
  readonly timeouts: EngineTimeouts;
}

export interface Asking {
  /** `/v1.41/images/alpine/json`. */
  readonly path: string;
  /** What is asked for, for failures. */
  readonly what: string;
  readonly signal: AbortSignal | undefined;
}

/** Inspecting takes kilobytes, the list of ten thousand images ten megabytes. */
const maxAnswerBytes = 64 * 1024 * 1024;

/** HTTP to one engine. Nothing of it rejects, but for bugs; redirects are not followed. */
export class EngineTransport {
  readonly #agent: Agent;
  readonly #origin: string;
  readonly #options: TransportOptions;

  constructor(agent: Agent, origin: string, options: TransportOptions) {
    this.#agent = agent;
    this.#origin = origin;
    this.#options = options;
  }

  /** The whole of a small answer. */
  async ask(asking: Asking): Promise<Result<EngineAnswer>> {
    const answer = await this.#request(asking, this.#options.timeouts.idleMs);
    if (!answer.ok) return answer;
    const { status, body } = answer.value;
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of readChunks(body)) {
        bytes += chunk.byteLength;
        if (bytes > maxAnswerBytes) return failed(this.#tooLong(asking));
        chunks.push(chunk);
      }
    } catch (error) {
      return failed(this.failureOf(error, asking));
    }
    return success({ status, body: Buffer.concat(chunks) });
  }

  /** The beginning of a long answer. An error of its body is for `failureOf`. */
  async open(asking: Asking): Promise<Result<EngineStream>> {
    return this.#request(asking, this.#options.timeouts.exportIdleMs);
  }

  /** An error of this transport as a failure; any other is thrown on. */
  failureOf(error: unknown, { what, signal }: Omit<Asking, "path">): Failure {
    if (signal?.aborted === true) return { kind: "cancelled", what, where: this.#options.text };
    return connectionFailure(error, { what, where: this.#options.text });
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #request(asking: Asking, idleMs: number): Promise<Result<EngineStream>> {
    const { path, signal } = asking;
    try {
      const { statusCode, body } = await this.#agent.request({
        origin: this.#origin,
        path,
        method: "GET",
        headersTimeout: idleMs,
        bodyTimeout: idleMs,
        ...(signal === undefined ? {} : { signal }),
      });
      return success({ status: statusCode, body });
    } catch (error) {
      return failed(this.failureOf(error, asking));
    }
  }

  #tooLong({ what }: Asking): Failure {
    const [budget, unit, limit] = ["answer of an engine", "bytes", maxAnswerBytes] as const;
    return { kind: "over-limit", what, where: this.#options.text, budget, limit, unit };
  }
}

/** Makes what speaks to an engine. Nothing is sent yet: a certificate that is none comes up with the first request. */
export async function makeTransport(
  address: EngineAddress,
  options: TransportOptions,
): Promise<EngineTransport> {
  const { Agent } = (await import("../load-undici.ts")).loadUndici();
  const timeout = options.timeouts.connectMs;
  if (address.kind === "socket") {
    const agent = new Agent({ connect: { socketPath: address.path, timeout } });
    return new EngineTransport(agent, "http://engine", options);
  }
  const { tls, url } = address;
  if (tls === null) return new EngineTransport(new Agent({ connect: { timeout } }), url, options);
  const { verifies, authority, client } = tls;
  const connect = {
    timeout,
    rejectUnauthorized: verifies,
    ...(authority === null ? {} : { ca: authority }),
    ...(client === null ? {} : { cert: client.certificate, key: client.key }),
  };
  return new EngineTransport(new Agent({ connect }), url, options);
}

/** The pieces of a body, which Node does not type. */
export async function* readChunks(body: EngineStream["body"]): AsyncGenerator<Buffer> {
  for await (const chunk of body) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError("Cannot read an answer: a piece is no bytes");
    yield chunk;
  }
}

/** What the user can do about it. */
const knownReasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such socket; is the engine running",
  ECONNREFUSED: "nothing listens there; is the engine running",
  ENOTSOCK: "it is no socket",
  UND_ERR_CONNECT_TIMEOUT: "it does not answer",
  UND_ERR_HEADERS_TIMEOUT: "it does not answer",
  UND_ERR_BODY_TIMEOUT: "it stopped answering",
  UND_ERR_SOCKET: "it broke the connection off",
  ECONNRESET: "it broke the connection off",
  EPIPE: "it broke the connection off",
};

function connectionFailure(
  error: unknown,
  { what, where }: { readonly what: string; readonly where: string },
): Failure {
  if (error instanceof Error && error.name === "HTTPParserError") {
    const reason = `what it answers is no HTTP: ${error.message}`;
    return { kind: "malformed", what, where, format: "HTTP", reason, offsetBytes: null };
  }
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") {
    throw error;
  }
  const { code } = error;
  if (code === "EACCES" || code === "EPERM") {
    const reason =
      "the socket is closed to this user; join the group that owns it (often docker), use sudo, or run the engine rootless";
    return { kind: "denied", what, where, reason };
  }
  return { kind: "unreachable", what, where, reason: knownReasons[code] ?? error.message };
}
