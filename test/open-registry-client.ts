import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../src/image/registry/client/clock.ts";
import type { RegistryClient } from "../src/image/registry/client/registry-client.ts";
import { RegistryConnections } from "../src/image/registry/client/registry-connections.ts";
import type { Credential } from "../src/image/registry/credentials.ts";
import type { Endpoint, Transport } from "../src/image/registry/endpoint.ts";
import { success, type Failure, type Result } from "../src/model/failure.ts";
import { serve, type Served } from "./registry/serve.ts";

/** A clock that stands until someone sleeps, which takes no time. */
export class TestClock implements Clock {
  readonly sleeps: number[] = [];
  nowMs = Date.parse("2026-11-25T12:00:00Z");

  now(): number {
    return this.nowMs;
  }

  random(): number {
    return 0;
  }

  sleep(durationMs: number): Promise<void> {
    this.sleeps.push(durationMs);
    this.nowMs += durationMs;
    return Promise.resolve();
  }
}

export interface OpenedClient {
  readonly client: RegistryClient;
  readonly connections: RegistryConnections;
  readonly clock: TestClock;
  /** For which keys credentials were looked up. */
  readonly lookups: readonly string[];
  /** `HOST: WHY` of the waits that were told. */
  readonly waits: readonly string[];
}

export interface OpenClientOptions {
  readonly endpoints: readonly Endpoint[];
  /** By `credentialKey`. */
  readonly credentials?: Readonly<Record<string, Credential | Failure>>;
  readonly proxyFor?: (url: URL) => URL | null;
  readonly idleTimeoutMs?: number;
  readonly downloadsPerHost?: number;
}

/** The client as the program makes it, with a clock of its own. Images are called `app`. */
export function openRegistryClient(options: OpenClientOptions): OpenedClient {
  const { endpoints, credentials = {}, proxyFor = () => null, ...limits } = options;
  const clock = new TestClock();
  const [lookups, waits]: [string[], string[]] = [[], []];
  const connections = new RegistryConnections({
    credentials: {
      find: (key) => {
        lookups.push(key);
        return Promise.resolve(lookUp(credentials[key]));
      },
    },
    proxyFor,
    userAgent: "fromage/test",
    idleTimeoutMs: 1000,
    clock,
    onWait: (host, why) => waits.push(`${host}: ${why}`),
    ...limits,
  });
  const client = connections.client({ name: "app", endpoints });
  return { client, connections, clock, lookups, waits };
}

function lookUp(
  known: Credential | Failure | undefined,
): Result<{ readonly credential: Credential; readonly source: string } | null> {
  if (known === undefined) return success(null);
  const isFailure = "what" in known;
  return isFailure
    ? { ok: false, failure: known }
    : success({ credential: known, source: "the test" });
}

/** Plain HTTP, no mirror, the repository `team/app`; `changes` says what is otherwise. */
export function testEndpoint(
  host: string,
  changes: Partial<Omit<Endpoint, "transport">> & { readonly transport?: Partial<Transport> } = {},
): Endpoint {
  const transport = { http: "only", verifies: true, authorities: [], client: null } as const;
  return {
    host,
    credentialKey: host,
    repository: "team/app",
    isMirror: false,
    serves: "all",
    source: null,
    ...changes,
    transport: { ...transport, ...changes.transport },
  };
}

/** One request as a scripted server saw it. */
export interface Seen {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface ScriptedServer extends Served {
  readonly seen: readonly Seen[];
}

export type Script = (seen: Seen, response: ServerResponse, count: number) => void;

/** A server that answers as the script says, which is told how many requests came before. */
export async function startScript(script: Script): Promise<ScriptedServer> {
  const seen: Seen[] = [];
  const served = await serve((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const { method = "", url: path = "", headers } = request;
      const one = { method, path, headers, body };
      seen.push(one);
      script(one, response, seen.length - 1);
    });
  }, null);
  return { ...served, seen };
}
