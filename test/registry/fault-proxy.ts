import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Certificates } from "./certificates.ts";
import type { Fault, FaultRule } from "./faults.ts";
import { forward, readAnswer, type Target } from "./real-answer.ts";
import { serve, type Served } from "./serve.ts";
import { asksTarget, writeFault } from "./write-fault.ts";

/** What came in; says that a secret was sent, never which. */
export interface SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly host: string;
  readonly authorization: "none" | "basic" | "bearer" | "other";
  readonly range: string | null;
  readonly accept: string;
  /** What it met; null: it passed. */
  readonly fault: Fault["kind"] | null;
}

export interface FaultProxy extends Served {
  readonly requests: readonly SeenRequest[];
  /** Takes other rules from here on and forgets what it saw. */
  use(rules: readonly FaultRule[]): void;
  /** Resolves when a request meets a fault and its answer begins, at once when one did since the last `use`. */
  whenMet(): Promise<void>;
  /** Lets what stalls go on. */
  release(): void;
}

export interface FaultProxyOptions {
  readonly target: Target;
  readonly rules?: readonly FaultRule[];
  /** Speaks TLS with these; without them plain HTTP. */
  readonly certificates?: Certificates | null;
  /** Sent to the target in place of what comes in: it is then another host that needs no credentials. */
  readonly authorization?: string;
}

/** A proxy before a registry that lets requests pass and does something to those that a rule names. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  let rules = countUses(options.rules ?? []);
  const requests: SeenRequest[] = [];
  let [met, released] = [newSignal(), newSignal()];

  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    incoming.socket.on("error", () => undefined);
    const fault = choose(rules, incoming);
    requests.push(describeRequest(incoming, fault));
    const headers = ownHeaders(incoming, options.authorization);
    if (fault === null) {
      pass(incoming, response, { target: options.target, headers });
      return;
    }
    if (fault.kind === "ignore-range") delete headers["range"];
    const real = asksTarget(fault) ? await readAnswer(incoming, options.target, headers) : null;
    met.settle();
    await writeFault(fault, real, {
      response,
      socket: incoming.socket,
      path: incoming.url ?? "/",
      isHead: incoming.method === "HEAD",
      released: released.settled,
    });
  };
  const served = await serve((incoming, response) => {
    void answer(incoming, response).catch(() => incoming.socket.destroy());
  }, options.certificates ?? null);

  return {
    ...served,
    requests,
    use: (next) => {
      rules = countUses(next);
      requests.length = 0;
      released.settle();
      [met, released] = [newSignal(), newSignal()];
    },
    whenMet: () => met.settled,
    release: () => released.settle(),
  };
}

interface CountedRule extends FaultRule {
  fits: number;
}

function countUses(rules: readonly FaultRule[]): readonly CountedRule[] {
  return rules.map((rule) => ({ ...rule, fits: 0 }));
}

function choose(rules: readonly CountedRule[], { method, url }: IncomingMessage): Fault | null {
  for (const rule of rules) {
    if (!rule.path.test(url ?? "/")) continue;
    if (rule.methods !== undefined && !rule.methods.includes(method ?? "")) continue;
    const before = rule.fits++;
    const { skip = 0, times = Infinity } = rule;
    if (before >= skip && before < skip + times) return rule.fault;
  }
  return null;
}

function describeRequest(incoming: IncomingMessage, fault: Fault | null): SeenRequest {
  const { authorization = "", range, host = "", accept = "" } = incoming.headers;
  const [scheme = ""] = authorization.toLowerCase().split(" ");
  const known = scheme === "basic" || scheme === "bearer" ? scheme : "other";
  return {
    method: incoming.method ?? "",
    path: incoming.url ?? "",
    host,
    authorization: authorization === "" ? "none" : known,
    range: range ?? null,
    accept,
    fault: fault?.kind ?? null,
  };
}

function ownHeaders(
  incoming: IncomingMessage,
  authorization: string | undefined,
): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { ...incoming.headers };
  if (authorization !== undefined) headers["authorization"] = authorization;
  return headers;
}

function pass(
  incoming: IncomingMessage,
  response: ServerResponse,
  to: { readonly target: Target; readonly headers: OutgoingHttpHeaders },
): void {
  const asked = forward(incoming, to.target, to.headers);
  asked.on("error", () => response.destroy());
  asked.on("response", (real) => {
    response.writeHead(real.statusCode ?? 502, real.headers);
    real.on("error", () => response.destroy()).pipe(response);
  });
  response.on("close", () => asked.destroy());
  incoming.pipe(asked);
}

interface Signal {
  readonly settled: Promise<void>;
  readonly settle: () => void;
}

function newSignal(): Signal {
  let settle = (): void => undefined;
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { settled, settle: () => settle() };
}
