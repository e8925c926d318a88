import { createRequire } from "node:module";
import type { Agent, buildConnector, ProxyAgent } from "undici";

/** What is used of undici. */
export interface Undici {
  readonly Agent: typeof Agent;
  readonly ProxyAgent: typeof ProxyAgent;
  readonly buildConnector: typeof buildConnector;
}

/**
 * Loads the parts of undici that are used, from its own files: the package as a whole brings fetch, WebSocket and caches along, for
 * 80 ms and 13 MB more. Those files are no public interface, which is why package.json names one version; a test holds them
 * against the package. Throws TypeError where they are not there.
 */
export function loadUndici(): Undici {
  const load = createRequire(import.meta.url);
  const dispatcher: unknown = load("undici/lib/dispatcher/dispatcher.js");
  const request: unknown = load("undici/lib/api/api-request.js");
  // A proxy is asked for a tunnel by it.
  const connect: unknown = load("undici/lib/api/api-connect.js");
  const parts = {
    Agent: load("undici/lib/dispatcher/agent.js") as unknown,
    ProxyAgent: load("undici/lib/dispatcher/proxy-agent.js") as unknown,
    buildConnector: load("undici/lib/core/connect.js") as unknown,
  };
  const api = [request, connect];
  if (typeof dispatcher !== "function" || !api.every(isFunction) || !isUndici(parts)) {
    throw new TypeError("Cannot load undici: it is of another version than package.json names");
  }
  // As its index.js does with all of its api.
  Object.assign(Object(dispatcher.prototype), { request, connect });
  return parts;
}

function isUndici(parts: Readonly<Record<keyof Undici, unknown>>): parts is Undici {
  return Object.values(parts).every(isFunction);
}

function isFunction(part: unknown): boolean {
  return typeof part === "function";
}
