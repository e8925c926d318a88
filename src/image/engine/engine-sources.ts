import { failed, type Failure, type Result } from "../../model/failure.ts";
import type { OpenImages } from "../image.ts";
import type { Machine } from "../machine/machine.ts";
import type { OnNotice, RemoteRequest } from "../sources/remote-sources.ts";
import { openContainerdStore } from "./containerd-images.ts";
import { connectEngine, type EngineClient } from "./engine-client.ts";
import type { EngineTimeouts } from "./engine-transport.ts";
import { findContainerdRoots, findEngines, type FoundEngine } from "./find-engines.ts";
import { familiarName } from "./image-spelling.ts";
import { openContainerdImages } from "./open-containerd-images.ts";
import { openEngineImages } from "./open-engine-images.ts";

export interface EngineSourcesOptions {
  readonly machine: Machine;
  /** Told once of each engine or store that could not be asked. */
  readonly onNotice?: OnNotice;
  readonly timeouts?: Partial<EngineTimeouts>;
}

/** What came of asking one engine or store: it could not be asked at all, or this is what it has. */
type Asked =
  | {
      readonly kind: "unasked";
      readonly failure: Failure;
      /** Nothing the user would wonder at, unless an engine is what is asked for: stores are closed to all but root. */
      readonly isUsual?: boolean;
    }
  | { readonly kind: "asked"; readonly opened: OpenImages };

type Ask = (name: string, request: RemoteRequest) => Promise<Asked>;

/** All engines and stores of this machine, each said hello to when it is first asked. Its owner closes it. */
export class EngineSources {
  readonly #options: EngineSourcesOptions;
  readonly #engines: readonly FoundEngine[];
  readonly #roots: readonly string[];
  readonly #clients = new Map<FoundEngine, Promise<Result<EngineClient>>>();
  readonly #told = new Set<string>();

  constructor(options: EngineSourcesOptions) {
    this.#options = options;
    this.#engines = findEngines(options.machine);
    this.#roots = findContainerdRoots(options.machine);
  }

  /**
   * An image of the first that has it: engines in the order of `findEngines`, then stores of containerd. One that cannot be
   * asked is told to `onNotice` and passed over; where the reference says `docker:` and none could be asked, that is the
   * failure. An image that is there and broken is one too. None has it: `not-found`, with what is alike.
   */
  async open(name: string, request: RemoteRequest): Promise<OpenImages> {
    const notices: Failure[] = [];
    const opened = await this.#openFirst(name, request, notices);
    // What is the failure is told once, by who gets it.
    for (const notice of notices) if (opened.ok || opened.failure !== notice) this.#tell(notice);
    return opened;
  }

  async #openFirst(name: string, request: RemoteRequest, notices: Failure[]): Promise<OpenImages> {
    const absent: NotFound[] = [];
    const troubles: Failure[] = [];
    const isMeant = request.reference.startsWith("docker:");
    for (const ask of this.#all()) {
      const asked = await ask(name, request);
      const failure = failureIn(asked);
      if (failure === null || failure.kind === "cancelled") return openedIn(asked);
      if (asked.kind === "asked" && failure.kind === "not-found") absent.push(failure);
      else if (asked.kind === "asked" && isOfImage(failure)) return asked.opened;
      else {
        troubles.push(failure);
        const isUsual = asked.kind === "unasked" && asked.isUsual === true;
        if (isMeant || !isUsual) notices.push(failure);
      }
    }
    const [trouble] = troubles;
    if (isMeant && absent.length === 0) return failed(trouble ?? noEngine(name));
    return failed(notFound(name, absent));
  }

  /** Names of all images, as people write them, sorted: for completion. What cannot be asked has none. */
  async names(signal?: AbortSignal): Promise<readonly string[]> {
    const names = new Set<string>();
    for (const engine of this.#engines) {
      const client = await this.#connect(engine, signal);
      const listed = client.ok ? await client.value.names(signal) : client;
      if (listed.ok) for (const name of listed.value) names.add(familiarName(name));
    }
    for (const root of this.#roots) {
      const store = openContainerdStore(root);
      for (const { name } of store.ok ? store.value.names : []) {
        if (!name.startsWith("sha256:")) names.add(familiarName(name));
      }
    }
    return [...names].toSorted();
  }

  async close(): Promise<void> {
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    for (const client of clients) {
      const connected = await client;
      if (connected.ok) await connected.value.close();
    }
  }

  #all(): readonly Ask[] {
    const namespace = this.#options.machine.env["CONTAINERD_NAMESPACE"] || null;
    const engines = this.#engines.map((engine): Ask => async (name, request) => {
      const client = await this.#connect(engine, request.signal);
      if (!client.ok) return { kind: "unasked", failure: asTrouble(client.failure) };
      const opened = await openEngineImages(name, { ...request, client: client.value });
      return { kind: "asked", opened };
    });
    const stores = this.#roots.map((root): Ask => (name, request) => {
      const store = openContainerdStore(root);
      const asked: Asked = store.ok
        ? {
            kind: "asked",
            opened: openContainerdImages(name, { ...request, store: store.value, namespace }),
          }
        : { kind: "unasked", failure: asTrouble(store.failure), isUsual: true };
      return Promise.resolve(asked);
    });
    return [...engines, ...stores];
  }

  async #connect(
    engine: FoundEngine,
    signal: AbortSignal | undefined,
  ): Promise<Result<EngineClient>> {
    const { timeouts } = this.#options;
    const options = {
      ...(signal === undefined ? {} : { signal }),
      ...(timeouts === undefined ? {} : { timeouts }),
    };
    const known = this.#clients.get(engine);
    const connecting = known ?? connectEngine(engine, options);
    this.#clients.set(engine, connecting);
    const client = await connecting;
    // The next caller may have more time.
    if (!client.ok && client.failure.kind === "cancelled") this.#clients.delete(engine);
    return client;
  }

  #tell(failure: Failure): void {
    const key = JSON.stringify(failure);
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#options.onNotice?.(failure);
  }
}

type NotFound = Extract<Failure, { kind: "not-found" }>;

/** Null when images were opened. */
function failureIn(asked: Asked): Failure | null {
  if (asked.kind === "unasked") return asked.failure;
  return asked.opened.ok ? null : asked.opened.failure;
}

function openedIn(asked: Asked): OpenImages {
  return asked.kind === "asked" ? asked.opened : failed(asked.failure);
}

/** The image is there and is not what it should be; all other trouble is the engine's. */
function isOfImage({ kind }: Failure): boolean {
  return kind === "malformed" || kind === "over-limit";
}

/** A context, certificate or store that is not there says nothing of the image. */
function asTrouble(failure: Failure): Failure {
  if (failure.kind !== "not-found") return failure;
  const { what, where, near } = failure;
  const hint = near.length === 0 ? "" : `, there is ${near.join(", ")}`;
  return { kind: "unreachable", what, where, reason: `it is not there${hint}` };
}

/** An engine that has it for another platform says most. */
function notFound(what: string, absent: readonly NotFound[]): Failure {
  const other = absent.find((failure) => failure.what.startsWith("platform "));
  if (other !== undefined) return other;
  const [only] = absent;
  if (only !== undefined && absent.length === 1) return only;
  const near = [...new Set(absent.flatMap((failure) => failure.near))];
  return { kind: "not-found", what, where: absent.length === 0 ? null : "any engine", near };
}

function noEngine(what: string): Failure {
  const reason =
    "no engine was found: no socket of Docker or Podman is there, and neither DOCKER_HOST, a context of Docker nor CONTAINER_HOST names one";
  return { kind: "unreachable", what, where: null, reason };
}
