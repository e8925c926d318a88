import { failed, type Failure, type Result } from "../../../model/failure.ts";
import type { Endpoint } from "../endpoint.ts";
import { answerFailure } from "./answer-failure.ts";
import { Authorization, type AuthorizationOptions } from "./authorization.ts";
import { joinedHeader } from "./headers.ts";
import { persist, type Wire } from "./persist.ts";
import { readErrorMessage } from "./read-body.ts";
import type { FollowedRequest } from "./redirects.ts";
import { mirrorLimits, registryLimits, type RetryLimits } from "./retry.ts";
import type { Answer } from "./transport.ts";
import { failureOf, trouble, type Subject, type Trouble } from "./trouble.ts";
import { trustFor } from "./trust.ts";

/** One thing asked of an endpoint. */
export interface Ask {
  readonly method: "GET" | "HEAD";
  /** Relative to `/v2/REPOSITORY/`, a query included; with a slash before it, relative to the host. */
  readonly path: string;
  /** For failures. */
  readonly what: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Beside 200 to 206, which statuses are no failure for who asks. */
  readonly allows?: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

/** With one token that has run out unnoticed, and one that is new. */
const maxLogins = 2;

/** Asks one endpoint: logs in, falls back to plain http, tries again, follows, and tells refusals as failures. */
export class Channel {
  readonly endpoint: Endpoint;
  readonly #wire: Wire;
  readonly #authorization: Authorization;
  #scheme: "https" | "http" | null;

  constructor(wire: Wire, options: AuthorizationOptions) {
    this.endpoint = options.endpoint;
    this.#wire = wire;
    this.#authorization = new Authorization(options);
    const { http } = options.endpoint.transport;
    this.#scheme = http === "fallback" ? null : http === "only" ? "http" : "https";
  }

  /** The answer when its status is from 200 to 206 or allowed; who gets it reads or discards its body. */
  async ask(ask: Ask): Promise<Result<Answer>> {
    const result = await this.#ask(ask);
    return result.ok ? result : failed(this.#authorization.redact(result.failure));
  }

  async #ask(ask: Ask): Promise<Result<Answer>> {
    const subject: Subject = { what: ask.what, where: this.endpoint.host };
    for (let logins = 0; ; logins++) {
      const header = await this.#authorization.header(ask.signal);
      if (!header.ok) return failed(await this.#refused(header.failure, subject, ask.signal));
      const sent = await this.#send(ask, header.value);
      if (!sent.ok) return failed(failureOf(sent.failure, subject));
      const answer = sent.value;
      const { status, url } = answer;
      if ((status >= 200 && status <= 206) || ask.allows?.includes(status) === true) return sent;
      const isOwn = status === 401 && url.origin === this.#address(ask.path, url.protocol)?.origin;
      if (!isOwn || logins === maxLogins) {
        const how = await this.#authorization.describe(ask.signal);
        return failed(await answerFailure(answer, subject, how));
      }
      const challenges = joinedHeader(answer.headers, "www-authenticate");
      const refused = { challenges, header: header.value, protocol: url.protocol };
      const refusal = await this.#authorization.learn(refused, ask.signal);
      if (refusal !== null) {
        const said = await readErrorMessage(answer);
        return failed(await this.#refused(withMessage(refusal, said), subject, ask.signal));
      }
      answer.body.discard();
    }
  }

  async #refused(
    why: Trouble,
    subject: Subject,
    signal: AbortSignal | undefined,
  ): Promise<Failure> {
    if (why.kind !== "denied") return failureOf(why, subject);
    const how = await this.#authorization.describe(signal);
    return failureOf({ ...why, reason: `${how}; ${why.reason}` }, subject);
  }

  async #send(ask: Ask, authorization: string | null): Promise<Result<Answer, Trouble>> {
    const limits = this.endpoint.isMirror ? mirrorLimits : registryLimits;
    const send = (scheme: "https" | "http", most: RetryLimits) =>
      this.#sendBy(scheme, { ...ask, authorization }, most);
    if (this.#scheme !== null) return send(this.#scheme, limits);
    const secure = await send("https", { ...limits, tries: 1 });
    if (secure.ok || !secure.failure.isPlainHttpLikely) {
      this.#scheme = "https";
      return secure.ok || secure.failure.tries === 1 ? secure : send("https", limits);
    }
    const plain = await send("http", limits);
    const isAnswered = plain.ok || plain.failure.isAnswered;
    if (isAnswered) this.#scheme = "http";
    if (isAnswered || plain.failure.kind === "cancelled") return plain;
    const reason = `by https ${secure.failure.reason}; by plain http ${plain.failure.reason}`;
    return failed({ ...plain.failure, reason });
  }

  async #sendBy(
    scheme: "https" | "http",
    { method, path, headers, authorization, signal }: SentAsk,
    limits: RetryLimits,
  ): Promise<Result<Answer, Trouble>> {
    const url = this.#address(path, `${scheme}:`);
    if (url === null) return failed(trouble("malformed", "its name makes no address"));
    const trustOf = (at: URL) => trustFor(this.endpoint, at);
    const login = authorization === null ? {} : { authorization };
    const request: FollowedRequest = {
      method,
      url,
      headers: { ...headers, ...login },
      trustOf,
      signal,
    };
    return persist(this.#wire, request, limits);
  }

  /** Null for a name that would lead elsewhere: parts of it may come from a file or a server. */
  #address(path: string, protocol: string): URL | null {
    const { host, repository } = this.endpoint;
    if (!/^[\w./-]+$/.test(repository)) return null;
    const full = path.startsWith("/") ? path : `/v2/${repository}/${path}`;
    const url = URL.parse(`${protocol}//${host}${full}`);
    const isWhole = url !== null && `${url.pathname}${url.search}` === full && url.username === "";
    return isWhole ? url : null;
  }
}

interface SentAsk extends Ask {
  readonly authorization: string | null;
}

function withMessage(why: Trouble, said: string): Trouble {
  return said === "" ? why : { ...why, reason: `${why.reason}: ${said}` };
}
