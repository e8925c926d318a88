import type { CredentialSource } from "../credentials.ts";
import type { Endpoint } from "../endpoint.ts";
import { Channel } from "./channel.ts";
import { systemClock, type Clock } from "./clock.ts";
import { Gate } from "./gate.ts";
import type { OnPause, Wire } from "./persist.ts";
import { RegistryClient } from "./registry-client.ts";
import { Tokens } from "./tokens.ts";
import { HttpTransport } from "./transport.ts";

export interface ConnectionOptions {
  readonly credentials: CredentialSource;
  /** The proxy for an address, with its login; null for none. */
  readonly proxyFor: (url: URL) => URL | null;
  /** `fromage/0.1.0`. */
  readonly userAgent: string;
  /** How long a host may be silent; 30 s. */
  readonly idleTimeoutMs?: number;
  /** Of layers, at the same time from one host; 3, as Docker has it. */
  readonly downloadsPerHost?: number;
  readonly clock?: Clock;
  /** Told when a host makes it wait so long that people wonder, once for each host. */
  readonly onWait?: (host: string, why: string) => void;
}

/** A wait that is told, in ms. */
const tellsFromMs = 1000;

export interface Repository {
  /** As people write it, without tag and digest: `alpine`, `ghcr.io/owner/app`. */
  readonly name: string;
  /** Mirrors first, the registry itself last. */
  readonly endpoints: readonly Endpoint[];
}

/** The connections, tokens and limits that all reading of registries shares. One per run; nothing is opened before it is needed. */
export class RegistryConnections {
  readonly #options: ConnectionOptions;
  readonly #wire: Wire;
  readonly #tokens: Tokens;
  readonly #gates = new Map<string, Gate>();
  readonly #waitedFor = new Set<string>();

  constructor(options: ConnectionOptions) {
    const { proxyFor, userAgent, idleTimeoutMs = 30_000, clock = systemClock } = options;
    this.#options = options;
    const transport = new HttpTransport({
      proxyFor,
      userAgent,
      idleTimeoutMs,
      now: () => clock.now(),
    });
    const onPause: OnPause = (host, why, pauseMs) => this.#tellPause(host, why, pauseMs);
    this.#wire = { transport, clock, onPause };
    this.#tokens = new Tokens(this.#wire);
  }

  /** A reader of one repository. It remembers how it logged in; ask for it once. */
  client({ name, endpoints }: Repository): RegistryClient {
    const [{ credentials }, tokens, wire] = [this.#options, this.#tokens, this.#wire];
    const channels = endpoints.map(
      (endpoint) => new Channel(wire, { endpoint, credentials, tokens }),
    );
    const gateOf = (channel: Channel): Gate => this.#gateOf(channel.endpoint.host);
    return new RegistryClient({ name, channels, gateOf, clock: this.#wire.clock });
  }

  /** Breaks off what is under way: it ends as `cancelled`. */
  async close(): Promise<void> {
    await this.#wire.transport.close();
  }

  #tellPause(host: string, why: string, pauseMs: number): void {
    if (pauseMs < tellsFromMs || this.#waitedFor.has(host)) return;
    this.#waitedFor.add(host);
    this.#options.onWait?.(host, why);
  }

  #gateOf(host: string): Gate {
    const gate = this.#gates.get(host) ?? new Gate(this.#options.downloadsPerHost ?? 3);
    this.#gates.set(host, gate);
    return gate;
  }
}
