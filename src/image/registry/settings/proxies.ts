import { isIP } from "node:net";
import type { Failure } from "../../../model/failure.ts";
import type { Environment } from "../../machine/machine.ts";
import { isInNetworks, isNetworkText } from "./parse-daemon-json.ts";

/**
 * The proxy for an address as `http://proxy.example:3128/`; null: it is asked directly. By HTTPS_PROXY, HTTP_PROXY and
 * ALL_PROXY, each also in lower case, which wins; NO_PROXY takes hosts out. A user and password in the address are the
 * proxy's: they must not be shown. Values that are no address count for nothing; `proxyProblems` tells them.
 *
 * `localhost` and loopback addresses are never asked through a proxy. Docker's config.json has `proxies` too: they are what
 * containers get to see, the engine does not use them for pulls and neither does this.
 * Source: golang.org/x/net v0.62 http/httpproxy, which Docker and Podman use; ALL_PROXY: curl(1), ENVIRONMENT.
 */
export function proxyFor(url: URL, env: Environment): URL | null {
  const host = url.hostname.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  if (host === "localhost" || isInNetworks(host, ["127.0.0.0/8", "::1/128"])) return null;
  const port = url.port === "" ? (url.protocol === "http:" ? "80" : "443") : url.port;
  if (isExempt(host, port, either(env, "NO_PROXY")?.value ?? "")) return null;
  return readProxy(proxySetting(url.protocol, env)?.value ?? "");
}

/** Proxy variables that are set and are no address, for both kinds of addresses. Their values are not repeated. */
export function proxyProblems(env: Environment): readonly Failure[] {
  const settings = ["https:", "http:"].flatMap((protocol) => proxySetting(protocol, env) ?? []);
  const wrong = settings.filter(({ value }) => readProxy(value) === null);
  return [...new Set(wrong.map(({ name }) => name))].map((name) => ({
    kind: "malformed",
    what: `$${name}`,
    where: null,
    format: "proxy",
    reason: "it is no http, https or socks5 address such as http://proxy.example:3128",
    offsetBytes: null,
  }));
}

interface Variable {
  readonly name: string;
  readonly value: string;
}

function proxySetting(protocol: string, env: Environment): Variable | null {
  const own = protocol === "http:" ? plainProxy(env) : either(env, "HTTPS_PROXY");
  return own ?? either(env, "ALL_PROXY");
}

/** A web server hands the header `Proxy` of a request on as HTTP_PROXY. Source: CVE-2016-5385 ("httpoxy"). */
function plainProxy(env: Environment): Variable | null {
  const isCgi = (env["REQUEST_METHOD"] ?? "") !== "";
  const lower = env["http_proxy"] ?? "";
  if (isCgi) return lower === "" ? null : { name: "http_proxy", value: lower };
  return either(env, "HTTP_PROXY");
}

function either(env: Environment, upper: string): Variable | null {
  for (const name of [upper.toLowerCase(), upper]) {
    const value = env[name]?.trim() ?? "";
    if (value !== "") return { name, value };
  }
  return null;
}

/** `proxy.example:3128` alone is spoken to in http. */
function readProxy(value: string): URL | null {
  if (value === "") return null;
  const text = value.includes("://") ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : null;
  const isKnown = url !== null && /^(?:https?|socks5h?):$/.test(url.protocol);
  return isKnown && url.hostname !== "" ? url : null;
}

/**
 * Whether NO_PROXY names the host: `*`, `10.0.0.0/8`, `10.0.0.1`, `example.com` (and all below it), `.example.com` and
 * `*.example.com` (only below it), each but the first two with a port. Parts stand between commas or, as curl has it, spaces.
 */
function isExempt(host: string, port: string, list: string): boolean {
  const parts = list.toLowerCase().split(/[\s,]+/);
  return parts.some((part) => {
    if (part === "*") return true;
    if (isNetworkText(part)) return isInNetworks(host, [part]);
    const { name, only } = splitPort(part);
    if (name === "" || (only !== null && only !== port)) return false;
    if (isIP(name) !== 0) return isInNetworks(host, [`${name}/${isIP(name) === 6 ? 128 : 32}`]);
    if (isIP(host) !== 0) return false;
    const below = name.replace(/^\*?\./, "");
    return host.endsWith(`.${below}`) || (below === name && host === name);
  });
}

function splitPort(part: string): { readonly name: string; readonly only: string | null } {
  if (isIP(part) === 6) return { name: part, only: null };
  const [, name = "", only] = /^(.*?)(?::(\d+))?$/.exec(part) ?? [];
  return { name: name.replace(/^\[(.*)\]$/, "$1"), only: only ?? null };
}
