import { BlockList, isIP } from "node:net";
import { textsAt, type JsonObject } from "../../sources/json.ts";
import { isRegistryHost } from "../names/parse-image-name.ts";
import { problem, type Parsed, type TextProblem } from "./text-problem.ts";
import { parseJsonObject } from "./parse-json-object.ts";

/** What a daemon.json says of registries. Source: dockerd, "Daemon configuration file", 2026-11. */
export interface DaemonJson {
  /** `registry-mirrors`, in their order; they stand for docker.io only. */
  readonly mirrors: readonly DaemonMirror[];
  /** `insecure-registries`: `HOST[:PORT]` in lower case, exactly those. */
  readonly insecureHosts: readonly string[];
  /** `insecure-registries` as `10.0.0.0/8`, `fd00::/8`. */
  readonly insecureNetworks: readonly string[];
}

export interface DaemonMirror {
  /** `HOST[:PORT]` in lower case. */
  readonly host: string;
  readonly isPlain: boolean;
}

export const noDaemonJson: DaemonJson = { mirrors: [], insecureHosts: [], insecureNetworks: [] };

/**
 * Reads a daemon.json:
 *
 *     { "registry-mirrors": ["https://mirror.example:5000"], "insecure-registries": ["10.0.0.0/8"] }
 *
 * Source: moby v29, daemon/pkg/registry/config.go (ValidateMirror, loadInsecureRegistries).
 */
export function parseDaemonJson(text: string): Parsed<DaemonJson> {
  // dockerd takes an empty file for none. Source: moby, daemon/config, getConflictFreeConfiguration.
  if (text.trim() === "") return { value: noDaemonJson, problems: [] };
  const { value: top, problems } = parseJsonObject(text);
  if (top === null) return { value: noDaemonJson, problems };
  const mirrors = readList(top, "registry-mirrors", readMirror);
  const insecure = readList(top, "insecure-registries", readInsecure);
  const isNetwork = (place: string): boolean => place.includes("/");
  return {
    value: {
      mirrors: mirrors.value,
      insecureHosts: insecure.value.filter((place) => !isNetwork(place)),
      insecureNetworks: insecure.value.filter(isNetwork),
    },
    problems: [...mirrors.problems, ...insecure.problems],
  };
}

/** Whether the address, in digits and without brackets, lies in one of the networks `10.0.0.0/8`. */
export function isInNetworks(address: string, networks: readonly string[]): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  const list = new BlockList();
  for (const network of networks) {
    const [start = "", bits = ""] = network.split("/");
    // An IPv4 address would count as its IPv6 form, so that ::/0 held all of them.
    if (family === 4 && isIP(start) === 6) continue;
    list.addSubnet(start, Number(bits), isIP(start) === 6 ? "ipv6" : "ipv4");
  }
  return list.check(address, family === 6 ? "ipv6" : "ipv4");
}

/** Whether the text is `ADDRESS/BITS`. */
export function isNetworkText(text: string): boolean {
  const [start = "", bits = "", ...more] = text.split("/");
  const family = isIP(start);
  const most = family === 6 ? 128 : 32;
  return family !== 0 && more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most;
}

function readList<Item>(
  top: JsonObject,
  name: string,
  read: (text: string) => Item | TextProblem,
): Parsed<readonly Item[]> {
  if (top[name] === undefined || top[name] === null) return { value: [], problems: [] };
  const texts = textsAt(top, name);
  if (texts === null) return { value: [], problems: [problem(`${name} must be a list of texts`)] };
  const value: Item[] = [];
  const problems: TextProblem[] = [];
  texts.forEach((text, index) => {
    const item = read(text);
    if (isProblem(item)) problems.push({ ...item, reason: `${name} ${index + 1} ${item.reason}` });
    else value.push(item);
  });
  return { value, problems };
}

function isProblem(item: unknown): item is TextProblem {
  return typeof item === "object" && item !== null && "reason" in item;
}

/** The text is not repeated: a password may stand in it, which Docker refuses too. */
function readMirror(text: string): DaemonMirror | TextProblem {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:\/\//i.test(text))
    return problem("must be https://HOST or http://HOST");
  if (url.username !== "" || url.password !== "")
    return problem("must not hold a user or password");
  if (url.search !== "" || url.hash !== "") return problem("must not hold ? or #");
  const host = writtenHost(text);
  if (!isRegistryHost(host)) return problem("must be https://HOST or http://HOST");
  // Docker would ask for HOST/PATH/v2/, where only few registries are; an endpoint here is a host.
  if (!/^\/*$/.test(url.pathname)) return problem("has a path, which is not supported");
  return { host, isPlain: url.protocol === "http:" };
}

/** With the port as written: the parser of addresses drops `:443`. */
function writtenHost(url: string): string {
  return (/^\w+:\/\/([^/?#]*)/.exec(url)?.[1] ?? "").toLowerCase();
}

function readInsecure(text: string): string | TextProblem {
  // dockerd warns and takes the scheme away.
  const place = text.replace(/^https?:\/\//i, "").toLowerCase();
  const bare = isIP(place) === 6 ? `[${place}]` : place;
  const isPlace = isNetworkText(place) || isRegistryHost(bare);
  return isPlace
    ? bare
    : problem(`${JSON.stringify(place.slice(0, 300))} is no HOST[:PORT] or network`);
}
