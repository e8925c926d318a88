import { failed, success, type Result } from "../../../model/failure.ts";
import type { Credential } from "../credentials.ts";
import { unlessAborted } from "../../unless-aborted.ts";
import { parseJsonText, textAt, type JsonObject } from "../../sources/json.ts";
import { headerOf } from "./headers.ts";
import { persist, type Wire } from "./persist.ts";
import { readBody, readErrorMessage } from "./read-body.ts";
import type { FollowedRequest } from "./redirects.ts";
import { registryLimits } from "./retry.ts";
import type { Answer } from "./transport.ts";
import { interrupted, trouble, type Trouble } from "./trouble.ts";
import type { Trust } from "./trust.ts";

/** What a token is asked for. */
export interface TokenRequest {
  readonly realm: URL;
  readonly service: string;
  /** `repository:library/alpine:pull`. */
  readonly scope: string;
  /** Under what its credential is kept, so that no two users of one token server get each other's tokens. */
  readonly account: string;
  /** Null asks as anybody. */
  readonly credential: Exclude<Credential, { readonly kind: "bearer" }> | null;
  readonly trustOf: (url: URL) => Trust;
}

interface Token {
  readonly text: string;
  /** By the clock of this machine. */
  readonly usableUntilMs: number;
}

/** Longest answer of a token server, bytes, and longest time that a token is taken to live, seconds. */
const [maxTokenBytes, maxLifetimeSeconds] = [1024 * 1024, 86_400];

/** Source: distribution, docs/spec/auth/token.md, "expires_in". */
const defaultLifetimeSeconds = 60;

/** Asks token servers, once for all who want the same, and keeps what they gave for as long as it lives. */
export class Tokens {
  readonly #wire: Wire;
  readonly #kept = new Map<string, Token>();
  readonly #coming = new Map<string, Promise<Result<string, Trouble>>>();

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** A token that is not known to have expired. Failures are not kept. */
  async get(
    request: TokenRequest,
    signal: AbortSignal | undefined,
  ): Promise<Result<string, Trouble>> {
    const key = keyOf(request);
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.usableUntilMs > this.#wire.clock.now())
      return success(kept.text);
    let coming = this.#coming.get(key);
    if (coming === undefined) {
      coming = this.#ask(request, key).finally(() => this.#coming.delete(key));
      this.#coming.set(key, coming);
    }
    return (await unlessAborted(coming, signal)) ?? failed(interrupted);
  }

  /** It was refused. Another that came meanwhile stays. */
  forget(request: TokenRequest, text: string): void {
    const key = keyOf(request);
    if (this.#kept.get(key)?.text === text) this.#kept.delete(key);
  }

  async #ask(request: TokenRequest, key: string): Promise<Result<string, Trouble>> {
    // From before it was asked: the clock of the server is not ours, and the answer took its time.
    const askedAtMs = this.#wire.clock.now();
    const answer = await this.#askServer(request);
    if (!answer.ok) return failed(atServer(answer.failure, request.realm));
    const token = await readToken(answer.value, askedAtMs);
    if (!token.ok) return failed(atServer(token.failure, request.realm));
    this.#kept.set(key, token.value);
    return success(token.value.text);
  }

  async #askServer(request: TokenRequest): Promise<Result<Answer, Trouble>> {
    const { credential } = request;
    if (credential?.kind !== "identity-token") {
      const { username, password } = credential ?? { username: "", password: "" };
      return this.#send(byGet(request, credential === null ? null : { username, password }));
    }
    const posted = await this.#send(byPost(request, credential.token));
    const isUnknown = posted.ok && (posted.value.status === 404 || posted.value.status === 405);
    if (!isUnknown) return posted;
    // Servers without OAuth2 take it as the password of a user of this name. Source: docker/cli, "tokenUsername".
    posted.value.body.discard();
    return this.#send(byGet(request, { username: "<token>", password: credential.token }));
  }

  async #send(request: FollowedRequest): Promise<Result<Answer, Trouble>> {
    return persist(this.#wire, request, registryLimits);
  }
}

function keyOf({ realm, service, scope, account, credential }: TokenRequest): string {
  return JSON.stringify([realm.href, service, scope, credential === null ? null : account]);
}

interface Login {
  readonly username: string;
  readonly password: string;
}

export function basicAuthorization({ username, password }: Login): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** Source: distribution, docs/spec/auth/token.md. */
function byGet(
  { realm, service, scope, trustOf }: TokenRequest,
  login: Login | null,
): FollowedRequest {
  const url = new URL(realm);
  if (service !== "") url.searchParams.set("service", service);
  url.searchParams.set("scope", scope);
  if (login !== null) url.searchParams.set("account", login.username);
  const headers = login === null ? {} : { authorization: basicAuthorization(login) };
  return { method: "GET", url, headers, trustOf, signal: undefined };
}

/** Source: distribution, docs/spec/auth/oauth.md. */
function byPost(
  { realm, service, scope, trustOf }: TokenRequest,
  refreshToken: string,
): FollowedRequest {
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    service,
    client_id: "fromage",
    scope,
    refresh_token: refreshToken,
  });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const [method, body] = ["POST", form.toString()] as const;
  return { method, url: realm, headers, body, trustOf, signal: undefined };
}

async function readToken(answer: Answer, askedAtMs: number): Promise<Result<Token, Trouble>> {
  const { status } = answer;
  if (status !== 200) return failed(await refusal(answer));
  const body = await readBody(answer, maxTokenBytes);
  if (!body.ok) {
    const isLong = body.failure === "over-limit";
    return failed(isLong ? trouble("malformed", "its answer is too long") : body.failure);
  }
  const json = parseJsonText(body.value.toString("utf8"));
  const text = json === null ? "" : textAt(json, "token") || textAt(json, "access_token");
  if (json === null || !/^[\x21-\x7e]{1,65000}$/.test(text)) {
    return failed(trouble("malformed", "there is no token in its answer"));
  }
  const lifetimeMs = lifetimeSeconds(json, headerOf(answer.headers, "date")) * 1000;
  // Time to use it: a request that is sent in its last second comes too late.
  const marginMs = Math.min(10_000, lifetimeMs / 5);
  return success({ text, usableUntilMs: askedAtMs + lifetimeMs - marginMs });
}

/**
 * How long it lives from now. A server may give one that it made before: how old it is says the server's own clock alone, by
 * `issued_at` and the date of the answer, so that it does not matter whether that clock is right.
 */
function lifetimeSeconds(json: JsonObject, date: string | null): number {
  const expiresIn = json["expires_in"];
  const isSaid = typeof expiresIn === "number" && expiresIn > 0;
  const lifetime = isSaid ? Math.min(expiresIn, maxLifetimeSeconds) : defaultLifetimeSeconds;
  const ageSeconds = (Date.parse(date ?? "") - Date.parse(textAt(json, "issued_at"))) / 1000;
  return Number.isNaN(ageSeconds) ? lifetime : Math.max(0, lifetime - Math.max(0, ageSeconds));
}

async function refusal(answer: Answer): Promise<Trouble> {
  const said = await readErrorMessage(answer);
  const { status } = answer;
  const more = said === "" ? "" : `: ${said}`;
  const isDenied = status === 400 || status === 401 || status === 403;
  if (isDenied) return trouble("denied", `it refuses (${status})${more}`);
  return trouble("unreachable", `it answered ${status}${more}`);
}

function atServer(why: Trouble, { host }: URL): Trouble {
  if (why.kind === "cancelled") return why;
  return { ...why, reason: `its token server ${host}: ${why.reason}` };
}
