import { isDeeperThan } from "../../formats/json-levels.ts";
import { defaultBudgets } from "../../model/budgets.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import {
  isJsonObject,
  listAt,
  objectAt,
  textAt,
  textsAt,
  type JsonObject,
} from "../sources/json.ts";
import {
  engineTimeouts,
  makeTransport,
  readChunks,
  type EngineAnswer,
  type EngineTimeouts,
  type EngineTransport,
} from "./engine-transport.ts";
import type { FoundEngine } from "./find-engines.ts";
import { isEngineName, nearNames } from "./image-spelling.ts";

export interface ConnectOptions {
  readonly signal?: AbortSignal;
  readonly timeouts?: Partial<EngineTimeouts>;
}

/** What an engine says of one image. */
export interface Inspected {
  /** Of `GET /images/NAME/json`. */
  readonly image: JsonObject;
  /** Podman's own form of the same, which leaves less out; null for Docker, or where it is not given. */
  readonly libpod: JsonObject | null;
  /** Of `GET /images/NAME/history`, newest first; null where the engine does not give it. */
  readonly history: readonly JsonObject[] | null;
}

/**
 * Says hello to an engine: which one it is and which API it has. Not there, closed to the user or no engine is a failure.
 * Source: docs.docker.com Engine API, `GET /version`.
 */
export async function connectEngine(
  { text, address }: FoundEngine,
  { signal, timeouts = {} }: ConnectOptions,
): Promise<Result<EngineClient>> {
  if (!address.ok) return address;
  const options = { text, timeouts: { ...engineTimeouts, ...timeouts } };
  const transport = await makeTransport(address.value, options);
  const answer = await transport.ask({ path: "/version", what: text, signal });
  const version = answer.ok ? parseObject(answer.value, { what: text, where: null }) : answer;
  const spoken = version.ok ? readVersion(version.value, text) : version;
  if (spoken.ok) return success(new EngineClient(transport, spoken.value));
  await transport.close();
  return spoken;
}

interface Spoken {
  /** `Docker at unix:///run/docker.sock`. */
  readonly origin: string;
  /** The engine's own, so that it refuses none: `/v1.41`. */
  readonly prefix: string;
  /** `/v4.3.1/libpod`; null for Docker. */
  readonly libpod: string | null;
}

function readVersion(version: JsonObject, text: string): Result<Spoken> {
  const api = textAt(version, "ApiVersion");
  if (!/^\d{1,4}\.\d{1,4}$/.test(api)) {
    const reason = "it does not say which version of the API it has";
    return failed(malformed({ what: text, where: null }, reason));
  }
  const components = (listAt(version, "Components") ?? []).filter(isJsonObject);
  const podman = components.find((one) => textAt(one, "Name").startsWith("Podman"));
  const own = textAt(objectAt(podman ?? {}, "Details"), "APIVersion");
  return success({
    origin: `${podman === undefined ? "Docker" : "Podman"} at ${text}`,
    prefix: `/v${api}`,
    libpod: /^[\d.]{1,20}$/.test(own) ? `/v${own}/libpod` : null,
  });
}

/** An engine that was found and answers. Nothing rejects, but for bugs. */
export class EngineClient {
  /** In words: `Docker at unix:///run/docker.sock`. */
  readonly origin: string;
  readonly #transport: EngineTransport;
  readonly #spoken: Spoken;

  constructor(transport: EngineTransport, spoken: Spoken) {
    this.origin = spoken.origin;
    this.#transport = transport;
    this.#spoken = spoken;
  }

  /**
   * Of an image by any name or id that the engine understands. None is `not-found`, with names that are alike among the
   * engine's.
   */
  async inspect(name: string, signal?: AbortSignal): Promise<Result<Inspected>> {
    if (!isEngineName(name)) return failed(await this.#notFound(name, signal));
    const asked = { what: name, where: this.origin };
    const path = `${this.#spoken.prefix}/images/${encode(name)}/json`;
    const answer = await this.#ask(path, name, signal);
    if (!answer.ok) return answer;
    if (answer.value.status === 404) return failed(await this.#notFound(name, signal));
    const image = parseObject(answer.value, asked);
    if (!image.ok) return image;
    const id = textAt(image.value, "Id");
    if (!/^(?:sha256:)?[0-9a-f]{64}$/.test(id)) {
      return failed(malformed(asked, "it has no id that is a digest"));
    }
    // By its id: the name may be given to another image meanwhile.
    const { prefix, libpod: podman } = this.#spoken;
    const own = podman === null ? null : `${podman}/images/${encode(id)}/json`;
    const libpod = await this.#optional(own, asked, signal);
    if (!libpod.ok) return libpod;
    const history = await this.#optional(`${prefix}/images/${encode(id)}/history`, asked, signal);
    if (!history.ok) return history;
    return success({
      image: image.value,
      libpod: isJsonObject(libpod.value) ? libpod.value : null,
      history: Array.isArray(history.value) ? history.value.filter(isJsonObject) : null,
    });
  }

  /** Names of all its images, sorted, as it writes them. */
  async names(signal?: AbortSignal): Promise<Result<readonly string[]>> {
    const what = "images";
    const answer = await this.#ask(`${this.#spoken.prefix}/images/json`, what, signal);
    if (!answer.ok) return answer;
    const list = parseAny(answer.value, { what, where: this.origin });
    if (!list.ok) return list;
    if (!Array.isArray(list.value)) {
      return failed(malformed({ what, where: this.origin }, "it is no list"));
    }
    const names = list.value.filter(isJsonObject).flatMap((one) => textsAt(one, "RepoTags") ?? []);
    return success([...new Set(names)].filter((name) => name !== "<none>:<none>").toSorted());
  }

  /**
   * The archive of an image by its id, as `docker save` writes it. The pieces throw where it breaks off: `failureOf` says
   * why.
   */
  async export(
    id: string,
    { what, signal }: { readonly what: string; readonly signal: AbortSignal },
  ): Promise<Result<AsyncGenerator<Buffer>>> {
    const path = `${this.#spoken.prefix}/images/${encode(id)}/get`;
    const opened = await this.#transport.open({ path, what, signal });
    if (!opened.ok) return opened;
    const { status, body } = opened.value;
    if (status === 200) return success(readChunks(body));
    body.on("error", () => undefined);
    body.destroy();
    const asked = { what, where: this.origin };
    if (status === 404) return failed({ kind: "not-found", ...asked, near: [] });
    return failed(refused({ status, body: Buffer.alloc(0) }, asked));
  }

  /** Why an export broke off. Bugs are thrown on. */
  failureOf(error: unknown, what: string, signal: AbortSignal): Failure {
    return this.#transport.failureOf(error, { what, signal });
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  async #ask(
    path: string,
    what: string,
    signal: AbortSignal | undefined,
  ): Promise<Result<EngineAnswer>> {
    return this.#transport.ask({ path, what, signal });
  }

  /** Null where the engine does not give it: Podman 4.3 breaks on a step of a history without a date. */
  async #optional(
    path: string | null,
    asked: Asked,
    signal: AbortSignal | undefined,
  ): Promise<Result<unknown>> {
    if (path === null) return success(null);
    const answer = await this.#ask(path, asked.what, signal);
    if (!answer.ok) return answer;
    return answer.value.status === 200 ? parseAny(answer.value, asked) : success(null);
  }

  async #notFound(what: string, signal: AbortSignal | undefined): Promise<Failure> {
    const names = await this.names(signal);
    const near = names.ok ? nearNames(what, names.value) : [];
    return { kind: "not-found", what, where: this.origin, near };
  }
}

interface Asked {
  readonly what: string;
  readonly where: string | null;
}

/** Slashes, colons and `@` stand in paths as they are; engines take them so. */
function encode(name: string): string {
  return encodeURI(name);
}

function parseObject(answer: EngineAnswer, asked: Asked): Result<JsonObject> {
  const parsed = parseAny(answer, asked);
  if (!parsed.ok) return parsed;
  return isJsonObject(parsed.value)
    ? success(parsed.value)
    : failed(malformed(asked, "it is no JSON object"));
}

function parseAny(answer: EngineAnswer, asked: Asked): Result<unknown> {
  if (answer.status !== 200) return failed(refused(answer, asked));
  const limit = defaultBudgets.jsonLevels;
  if (isDeeperThan(answer.body, limit)) {
    const [budget, unit] = ["lists and objects in each other", "levels"] as const;
    return failed({ kind: "over-limit", ...asked, budget, limit, unit });
  }
  const json = parseJson(answer.body);
  return json === undefined ? failed(malformed(asked, "it is not JSON")) : success(json);
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

/** What the engine itself says comes first: `client version 1.20 is too old`. */
function refused({ status, body }: EngineAnswer, asked: Asked): Failure {
  const json = parseJson(body);
  const message = isJsonObject(json) ? textAt(json, "message").slice(0, 500) : "";
  const reason = `the engine answered ${status}${message === "" ? "" : `: ${message}`}`;
  if (status === 401 || status === 403) return { kind: "denied", ...asked, reason };
  if (status >= 500) return { kind: "unreachable", ...asked, reason };
  return { kind: "unsupported", ...asked, reason };
}

function malformed(asked: Asked, reason: string): Failure {
  return { kind: "malformed", ...asked, format: "answer of an engine", reason, offsetBytes: null };
}
