import { isJsonObject, type JsonObject } from "../../sources/json.ts";
import { isRegistryHost } from "../names/parse-image-name.ts";
import { problem, type Parsed } from "./text-problem.ts";
import { byPrefixOrder, type MirrorTable, type RegistryTable } from "./registries-conf.ts";

/**
 * The `[[registry]]` tables of one file; of several with the same prefix the first counts. A table that is wrong is left out
 * and told. Source: containers-registries.conf(5), NAMESPACED [[registry]] SETTINGS.
 */
export function readRegistryTables(
  value: unknown,
  source: string,
): Parsed<readonly RegistryTable[]> {
  if (value === undefined) return { value: [], problems: [] };
  if (!Array.isArray(value))
    return { value: [], problems: [problem("registry must be [[registry]]")] };
  const byPrefix = new Map<string, RegistryTable>();
  const problems = value.flatMap((item: unknown, index) => {
    const table = isJsonObject(item) ? readTable(item, source) : "is no table";
    if (typeof table === "string") {
      const named = isJsonObject(item) ? (item["prefix"] ?? item["location"]) : null;
      const name = typeof named === "string" ? ` ${JSON.stringify(named.slice(0, 300))}` : "";
      return [problem(`[[registry]] ${index + 1}${name}: ${table}`)];
    }
    if (!byPrefix.has(table.prefix)) byPrefix.set(table.prefix, table);
    return [];
  });
  const conflicts = findConflicts([...byPrefix.values()]);
  return {
    value: [...byPrefix.values()].toSorted(byPrefixOrder),
    problems: [...problems, ...conflicts.map(problem)],
  };
}

/** The table, or what is wrong with it. */
function readTable(item: JsonObject, source: string): RegistryTable | string {
  const typed = wrongType(item, ["insecure", "blocked", "mirror-by-digest-only"]);
  if (typed !== null) return typed;
  const location = readPlace(item["location"] ?? "");
  const prefix = readPlace(item["prefix"] ?? "") || location;
  if (location === null || prefix === null) return "prefix and location are HOST[:PORT][/PATH]";
  if (prefix === "") return "neither prefix nor location is there";
  const isWildcard = prefix.startsWith("*.");
  if (isWildcard && (!isRegistryHost(prefix.slice(2)) || prefix.includes(":"))) {
    return "a wildcard stands as *.example.com, without port and path";
  }
  if (!isWildcard && !isPlace(prefix)) return "its prefix is no HOST[:PORT][/PATH]";
  if (!isWildcard && location === "")
    return "location is missing, it may be with *.example.com only";
  if (location !== "" && !isPlace(location)) return "its location is no HOST[:PORT][/PATH]";
  if (item["pull-from-mirror"] !== undefined)
    return "pull-from-mirror stands in [[registry.mirror]]";
  const mirrors = readMirrors(item["mirror"], item["mirror-by-digest-only"] === true);
  if (typeof mirrors === "string") return mirrors;
  return {
    prefix,
    location: location === "" ? null : location,
    isInsecure: item["insecure"] === true,
    isBlocked: item["blocked"] === true,
    mirrors,
    source,
  };
}

function readMirrors(value: unknown, isByDigest: boolean): readonly MirrorTable[] | string {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every(isJsonObject))
    return "mirror must be [[registry.mirror]]";
  const mirrors: MirrorTable[] = [];
  for (const [index, item] of value.entries()) {
    const mirror = readMirror(item, isByDigest);
    if (typeof mirror === "string") return `mirror ${index + 1}: ${mirror}`;
    mirrors.push(mirror);
  }
  return mirrors;
}

function readMirror(item: JsonObject, isByDigest: boolean): MirrorTable | string {
  const typed = wrongType(item, ["insecure"]);
  if (typed !== null) return typed;
  const location = readPlace(item["location"]);
  if (location === null || !isPlace(location)) return "its location is no HOST[:PORT][/PATH]";
  const asked = item["pull-from-mirror"] ?? "";
  if (isByDigest && asked !== "")
    return "pull-from-mirror and mirror-by-digest-only exclude each other";
  const serves = isByDigest ? "digest-only" : asked === "" ? "all" : asked;
  if (serves !== "all" && serves !== "digest-only" && serves !== "tag-only") {
    return "pull-from-mirror is one of all, digest-only and tag-only";
  }
  return { location, isInsecure: item["insecure"] === true, serves };
}

/** Null for what is no text, or says how it is spoken to. */
function readPlace(value: unknown): string | null {
  if (typeof value !== "string" || /^https?:\/\//.test(value)) return null;
  return value.replace(/\/+$/, "");
}

function isPlace(text: string): boolean {
  const [host = ""] = text.split("/");
  return isRegistryHost(host);
}

function wrongType(item: JsonObject, names: readonly string[]): string | null {
  const wrong = names.find((name) => !["undefined", "boolean"].includes(typeof item[name]));
  return wrong === undefined ? null : `${wrong} must be true or false`;
}

/** One place that two tables speak of differently: Podman refuses the file, here both count and it is told. */
function findConflicts(tables: readonly RegistryTable[]): readonly string[] {
  const first = new Map<string, RegistryTable>();
  return tables.flatMap((table) => {
    const place = table.location ?? table.prefix;
    const other = first.get(place);
    if (other === undefined) first.set(place, table);
    const isSame =
      other === undefined ||
      (other.isInsecure === table.isInsecure && other.isBlocked === table.isBlocked);
    return isSame
      ? []
      : [`${place} is told to be insecure or blocked in one table and not in another`];
  });
}
