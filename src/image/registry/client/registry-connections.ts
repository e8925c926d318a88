import type { CredentialSource } from "../credentials.ts";
import type { Endpoint } from "../endpoint.ts";
import { Channel } from "./channel.ts";
import { systemClock, type Clock } from "./clock.ts";
import { Gate } from "./gate.ts";
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
}

export interface Repository {
  /** As people write it, without tag and digest: `alpine`, `ghcr.io/owner/app`. */
  readonly name: string;
  /** Mirrors first, the registry itself last. */
  readonly endpoints: readonly Endpoint[];
}

/** The connections, tokens and limits that all reading of registries shares. One per run; nothing is opened before it is needed. */
export class RegistryConnections {
  readonly #options: ConnectionOptions;
  readonly #transport: HttpTransport;
  readonly #clock: Clock;
  readonly #tokens: Tokens;
  readonly #gates = new Map<string, Gate>();

  constructor(options: ConnectionOptions) {
    const { proxyFor, userAgent, idleTimeoutMs = 30_000, clock = systemClock } = options;
    this.#options = options;
    this.#clock = clock;
    this.#transport = new HttpTransport({
      proxyFor,
      userAgent,
      idleTimeoutMs,
      now: () => clock.now(),
    });
    this.#tokens = new Tokens({ transport: this.#transport, clock });
  }

  /** A reader of one repository. It remembers how it logged in; ask for it once. */
  client({ name, endpoints }: Repository): RegistryClient {
    const wire = { transport: this.#transport, clock: this.#clock };
    const [{ credentials }, tokens] = [this.#options, this.#tokens];
    const channels = endpoints.map(
      (endpoint) => new Channel(wire, { endpoint, credentials, tokens }),
    );
    const gateOf = (channel: Channel): Gate => this.#gateOf(channel.endpoint.host);
    return new RegistryClient({ name, channels, gateOf, clock: this.#clock });
  }

  /** Breaks off what is under way: it ends as `cancelled`. */
  async close(): Promise<void> {
    await this.#transport.close();
  }

  #gateOf(host: string): Gate {
    const gate = this.#gates.get(host) ?? new Gate(this.#options.downloadsPerHost ?? 3);
    this.#gates.set(host, gate);
    return gate;
  }
}
