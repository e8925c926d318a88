import { failed, success, type Failure, type Result } from "../../../model/failure.ts";
import type { Credential, CredentialSource, FoundCredential } from "../credentials.ts";
import { unlessAborted } from "../../unless-aborted.ts";
import type { Endpoint } from "../endpoint.ts";
import { parseChallenges, type Challenge } from "./challenges.ts";
import { basicAuthorization, type TokenRequest, type Tokens } from "./tokens.ts";
import { interrupted, trouble, type Trouble } from "./trouble.ts";
import { trustFor } from "./trust.ts";

export interface AuthorizationOptions {
  readonly endpoint: Endpoint;
  readonly credentials: CredentialSource;
  readonly tokens: Tokens;
}

/** How one repository of an endpoint wants to be asked, learned from its refusals. */
type Way =
  | { readonly kind: "fixed"; readonly header: string }
  | { readonly kind: "token"; readonly request: TokenRequest };

/** What the endpoint refused: the challenges, and the header that was not enough (null: there was none). */
export interface Refused {
  readonly challenges: string;
  readonly header: string | null;
  /** That of the address it came from: `https:`. */
  readonly protocol: string;
}

/** What goes into `Authorization` for one repository of one endpoint. */
export class Authorization {
  readonly #options: AuthorizationOptions;
  #way: Way | null = null;
  #found: Promise<Result<FoundCredential | null>> | null = null;
  /** All that was sent or could have been; a server may give it back in its answer. */
  readonly #secrets = new Set<string>();

  constructor(options: AuthorizationOptions) {
    this.#options = options;
  }

  /** The header for the next request; null when none was asked for so far. */
  async header(signal: AbortSignal | undefined): Promise<Result<string | null, Trouble>> {
    const way = this.#way;
    if (way === null) return success(null);
    if (way.kind === "fixed") return success(way.header);
    const token = await this.#options.tokens.get(way.request, signal);
    if (token.ok) this.#secrets.add(token.value);
    return token.ok ? success(`Bearer ${token.value}`) : token;
  }

  /** After a 401. Null: the next request may be let in; else why it is of no use to ask again. */
  async learn(refused: Refused, signal: AbortSignal | undefined): Promise<Trouble | null> {
    // A helper may wait for its user.
    const found = await unlessAborted(this.#credential(), signal);
    if (found === null) return interrupted;
    const credential = found.ok ? (found.value?.credential ?? null) : null;
    const way = this.#wayFor(refused, credential);
    if (!way.ok) return way.failure;
    if (way.value.kind === "fixed" && way.value.header === refused.header) {
      return trouble("denied", "it refuses the login");
    }
    if (way.value.kind === "token" && refused.header !== null) {
      this.#options.tokens.forget(way.value.request, refused.header.replace(/^Bearer /, ""));
    }
    this.#way = way.value;
    return null;
  }

  /** How it was asked, for the reason of a refusal: `asked with the login from ~/.docker/config.json`. */
  async describe(signal: AbortSignal | undefined): Promise<string> {
    const found = await unlessAborted(this.#credential(), signal);
    if (found === null) return "asked without a login, because it was interrupted";
    if (!found.ok) return `asked without a login, because ${describeLookup(found.failure)}`;
    if (found.value === null) return withoutLogin;
    return `asked with the login from ${found.value.source}`;
  }

  async #credential(): Promise<Result<FoundCredential | null>> {
    const { credentials, endpoint } = this.#options;
    this.#found ??= credentials.find(endpoint.credentialKey, endpoint.repository);
    const found = await this.#found;
    if (found.ok && found.value !== null) this.#keepSecret(found.value.credential);
    return found;
  }

  #keepSecret(credential: Credential): void {
    if (credential.kind === "password") {
      const basic = basicAuthorization(credential).replace(/^Basic /, "");
      for (const secret of [credential.password, basic]) this.#secrets.add(secret);
    } else {
      // As a token, or as the password of a user of that name, see `Tokens`.
      const basic = basicAuthorization({ username: "<token>", password: credential.token });
      for (const secret of [credential.token, basic.replace(/^Basic /, "")])
        this.#secrets.add(secret);
    }
  }

  /** Without what only the user and the server may know. */
  redact(failure: Failure): Failure {
    if (!("reason" in failure)) return failure;
    let { reason } = failure;
    for (const secret of this.#secrets) {
      // Of two letters it is no secret, and every text has them.
      if (secret.length < 3) continue;
      for (const form of [secret, encodeURIComponent(secret)]) {
        reason = reason.replaceAll(form, "…");
      }
    }
    return { ...failure, reason };
  }

  #wayFor(refused: Refused, credential: Credential | null): Result<Way, Trouble> {
    const challenges = parseChallenges(refused.challenges);
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    const isBasic = challenges.some(({ scheme }) => scheme === "basic");
    if (bearer !== undefined) return this.#bearerWay(bearer, credential, refused.protocol);
    if (isBasic && credential?.kind === "password") {
      return success({ kind: "fixed", header: basicAuthorization(credential) });
    }
    if (isBasic) return failed(trouble("denied", "it wants a name and a password"));
    const names = challenges.map(({ scheme }) => scheme.slice(0, 20)).join(", ");
    const reason = names === "" ? "it does not say how to log in" : `it wants a login by ${names}`;
    return failed(trouble("denied", reason));
  }

  #bearerWay(
    { parameters }: Challenge,
    credential: Credential | null,
    protocol: string,
  ): Result<Way, Trouble> {
    if (credential?.kind === "bearer") {
      return success({ kind: "fixed", header: `Bearer ${credential.token}` });
    }
    const { endpoint } = this.#options;
    const realm = URL.parse(parameters.get("realm") ?? "");
    if (realm === null) return failed(trouble("malformed", "it names no token server"));
    realm.hash = "";
    // What stands there as a login is the server's word, not the user's.
    [realm.username, realm.password] = ["", ""];
    const refused = whyNotAsked(realm, { endpoint, protocol, isSecret: credential !== null });
    if (refused !== null) return failed(trouble("denied", refused));
    const service = (parameters.get("service") ?? "").slice(0, 1024);
    const scope = pullScope(parameters.get("scope") ?? "", endpoint.repository);
    const account = `${endpoint.host} ${endpoint.credentialKey} ${endpoint.repository}`;
    const trustOf = (url: URL) => trustFor(endpoint, url);
    const request = { realm, service, scope, account, credential, trustOf };
    return success({ kind: "token", request });
  }
}

interface Asked {
  readonly endpoint: Endpoint;
  readonly protocol: string;
  readonly isSecret: boolean;
}

/**
 * Which token servers are asked: any over https, as the registry that got the login could hand it on anyway (auth.docker.io is
 * not registry-1.docker.io). Over plain http the login goes only to the registry's own host, when that is asked by plain
 * http itself, or stays on this machine. Docker and containers/image send it to any realm, plain http included.
 */
function whyNotAsked(realm: URL, { endpoint, protocol, isSecret }: Asked): string | null {
  if (realm.protocol === "https:") return null;
  if (realm.protocol !== "http:") return `its token server has a ${realm.protocol} address`;
  if (isLoopback(realm.hostname)) return null;
  const insecure = `its token server ${realm.host} is not asked over https`;
  if (protocol === "https:") return insecure;
  const isSameHost = realm.hostname === new URL(`http://${endpoint.host}`).hostname;
  return isSameHost || !isSecret ? null : `${insecure}, so the login is not sent there`;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/**
 * The repository as the challenge calls it, another name than was asked for where the registry stands for another one; never
 * more than to pull.
 */
function pullScope(asked: string, repository: string): string {
  const [, type, name] = /^(repository(?:\([\w-]+\))?):([^\s]{1,512}):[\w,*]*$/.exec(asked) ?? [];
  return type === undefined || name === undefined
    ? `repository:${repository}:pull`
    : `${type}:${name}:pull`;
}

const withoutLogin =
  "asked without a login: none is known for it (`docker login` or `podman login` keeps one)";

function describeLookup(failure: Failure): string {
  const { what, where } = failure;
  if (failure.kind === "not-found")
    return `${what} is not ${where === null ? "there" : `in ${where}`}`;
  return "reason" in failure ? `${what} failed: ${failure.reason}` : `${what} failed`;
}
