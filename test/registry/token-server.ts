import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { Certificates, TokenSigner } from "./certificates.ts";
import { serve, type Served } from "./serve.ts";
import { signToken, type Access } from "./token.ts";

export interface TokenUser {
  readonly username: string;
  readonly password: string;
  /** What Docker's config keeps as `identitytoken`. */
  readonly refreshToken: string;
  /** The most that a token of this user allows, in every repository. */
  readonly actions: readonly ("pull" | "push")[];
}

/** How the server answers; changed while it runs. */
export interface TokenBehaviour {
  /** Added to the clock: a token of an hour ago is -3600. */
  readonly skewSeconds: number;
  readonly lifetimeSeconds: number;
  /** Where the token stands; `both` and `token` are of the old protocol, `access_token` of OAuth2. */
  readonly field: "token" | "access_token" | "both";
  /** How long it says the token holds; null: as long as it does, undefined: it does not say. */
  readonly saysSeconds: number | null | undefined;
  readonly keyName: "kid" | "x5c";
  readonly fault: TokenFault | null;
}

export type TokenFault =
  /** Answers with this in place of a token. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly body: string;
      readonly headers?: Readonly<Record<string, string>>;
      /** Only the first so many; without it all. */
      readonly times?: number;
    }
  /** A token that allows nothing, whoever asks. */
  | { readonly kind: "no-access" }
  /** Closes the connection without an answer. */
  | { readonly kind: "reset" }
  /** Takes the request and never answers. */
  | { readonly kind: "stall" };

/** What was asked of it; says neither passwords nor tokens. */
export interface TokenRequest {
  readonly method: string;
  readonly service: string;
  readonly scopes: readonly string[];
  /** Who it was taken for; null: anonymous. */
  readonly user: string | null;
  readonly grant: "basic" | "password" | "refresh_token" | "none";
}

export interface TokenServer extends Served {
  /** `https://127.0.0.1:40123/token`, the realm of the challenge. */
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  readonly signer: TokenSigner;
  readonly requests: readonly TokenRequest[];
  behave(behaviour: Partial<TokenBehaviour>): void;
}

export interface TokenServerOptions {
  readonly users: readonly TokenUser[];
  /** Whether who has no name may pull. */
  readonly anonymousPull: boolean;
  readonly signer: TokenSigner;
  readonly certificates: Certificates | null;
  readonly behaviour?: Partial<TokenBehaviour>;
}

const rightBehaviour: TokenBehaviour = {
  skewSeconds: 0,
  lifetimeSeconds: 300,
  field: "both",
  saysSeconds: null,
  keyName: "kid",
  fault: null,
};

/**
 * A token server: GET with Basic, POST with a password or a refresh token; scopes are cut down to what the user may.
 * Source: distribution, docs/spec/auth/token.md and oauth.md.
 */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const desk = new TokenDesk(options);
  const served = await serve((request, response) => {
    void desk.answer(request, response).catch(() => response.destroy());
  }, options.certificates);
  return {
    ...served,
    realm: `${served.url}/token`,
    service,
    issuer,
    signer: options.signer,
    requests: desk.requests,
    behave: (changes) => desk.behave(changes),
  };
}

const service = "fromage test registry";
const issuer = "fromage test tokens";

/** Answers the requests of one token server. */
class TokenDesk {
  readonly requests: TokenRequest[] = [];
  readonly #options: TokenServerOptions;
  #behaviour: TokenBehaviour;
  /** Since the behaviour was changed. */
  #faults = 0;

  constructor(options: TokenServerOptions) {
    this.#options = options;
    this.#behaviour = { ...rightBehaviour, ...options.behaviour };
  }

  behave(changes: Partial<TokenBehaviour>): void {
    this.#behaviour = { ...this.#behaviour, ...changes };
    this.#faults = 0;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = await readForm(request);
    const { user, grant } = authenticate(request, form, this.#options.users);
    const scopes = form.getAll("scope").flatMap((scope) => scope.split(" "));
    this.requests.push({
      method: request.method ?? "",
      service: form.get("service") ?? "",
      scopes,
      user: user?.username ?? null,
      grant,
    });
    if (this.#meetsFault(response)) return;
    if (user === undefined && grant !== "none") {
      send(response, 401, { errors: [{ code: "UNAUTHORIZED", message: "who is that" }] });
    } else if (form.get("service") !== service) {
      send(response, 400, { error: "invalid_request" });
    } else {
      const may = user?.actions ?? (this.#options.anonymousPull ? ["pull"] : []);
      const allowed = this.#behaviour.fault?.kind === "no-access" ? [] : may;
      const access = scopes.flatMap((scope) => cut(scope, allowed));
      send(response, 200, this.#grant(access, { user, isOffline: wantsOffline(form) }));
    }
  }

  /** Whether a fault took the place of the answer. */
  #meetsFault(response: ServerResponse): boolean {
    const { fault } = this.#behaviour;
    if (fault === null || fault.kind === "no-access") return false;
    if (fault.kind === "answer" && this.#faults >= (fault.times ?? Infinity)) return false;
    this.#faults++;
    if (fault.kind === "reset") response.destroy();
    if (fault.kind === "answer") response.writeHead(fault.status, fault.headers).end(fault.body);
    return true;
  }

  #grant(
    access: readonly Access[],
    { user, isOffline }: { readonly user: TokenUser | undefined; readonly isOffline: boolean },
  ): object {
    const { skewSeconds, lifetimeSeconds, field, saysSeconds, keyName } = this.#behaviour;
    const issuedAt = Math.floor(Date.now() / 1000) + skewSeconds;
    const subject = user?.username ?? "";
    const claims = { issuer, service, subject, issuedAt, lifetimeSeconds, access };
    const token = signToken(claims, this.#options.signer, keyName);
    return {
      ...(field === "access_token" ? {} : { token }),
      ...(field === "token" ? {} : { access_token: token }),
      ...(saysSeconds === undefined ? {} : { expires_in: saysSeconds ?? lifetimeSeconds }),
      issued_at: new Date(issuedAt * 1000).toISOString(),
      ...(isOffline && user !== undefined ? { refresh_token: user.refreshToken } : {}),
    };
  }
}

/** The fields of the query and, of a POST, of its body. */
async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const { searchParams } = new URL(request.url ?? "/", "http://localhost");
  if (request.method !== "POST") return searchParams;
  return new URLSearchParams([...searchParams, ...new URLSearchParams(await text(request))]);
}

function authenticate(
  request: IncomingMessage,
  form: URLSearchParams,
  users: readonly TokenUser[],
): { readonly user: TokenUser | undefined; readonly grant: TokenRequest["grant"] } {
  const type = form.get("grant_type");
  if (request.method === "POST" && type === "refresh_token") {
    const token = form.get("refresh_token");
    return { user: users.find(({ refreshToken }) => refreshToken === token), grant: type };
  }
  const [, encoded = ""] = /^basic (\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
  const isForm = request.method === "POST" && type === "password";
  if (!isForm && encoded === "") return { user: undefined, grant: "none" };
  const [name, password] = isForm
    ? [form.get("username"), form.get("password")]
    : splitPair(Buffer.from(encoded, "base64").toString());
  const user = users.find((one) => one.username === name && one.password === password);
  return { user, grant: isForm ? "password" : "basic" };
}

function splitPair(pair: string): readonly [string, string] {
  const colon = pair.indexOf(":");
  return [pair.slice(0, colon), pair.slice(colon + 1)];
}

/** `repository:a/b:pull,push` down to the actions that are allowed; nothing where none is left. */
function cut(scope: string, may: readonly string[]): readonly Access[] {
  const [, type = "", name = "", wanted = ""] = /^([^:]*):(.*):([^:]*)$/.exec(scope) ?? [];
  const actions = wanted.split(",").filter((action) => may.includes(action));
  return actions.length === 0 ? [] : [{ type, name, actions }];
}

function wantsOffline(form: URLSearchParams): boolean {
  return form.get("offline_token") === "true" || form.get("access_type") === "offline";
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
