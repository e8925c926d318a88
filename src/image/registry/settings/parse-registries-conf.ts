import { isJsonObject, type JsonObject } from "../../sources/json.ts";
import { hasRegistry, isRegistryHost, parseImageName } from "../names/parse-image-name.ts";
import { problem, type Parsed, type TextProblem } from "./text-problem.ts";
import { readRegistryTables } from "./registry-tables.ts";
import {
  noRegistriesConf,
  type Alias,
  type RegistriesConf,
  type SearchRegistries,
} from "./registries-conf.ts";

export interface RegistriesConfFile {
  readonly text: string;
  /** As it is told where the settings come from. */
  readonly source: string;
  /** Drop-ins must be in the second version of the format. Source: containers-registries.conf.d(5). */
  readonly isDropIn: boolean;
}

/**
 * Reads a registries.conf, TOML in its second version:
 *
 *     unqualified-search-registries = ["docker.io"]
 *     [[registry]]
 *     prefix = "docker.io"
 *     location = "mirror.example:5000/hub"
 *
 * or in its first, three lists below `registries`. A file that is no TOML counts for nothing, a wrong table neither; both are
 * told. Podman refuses to work at all then. Source: containers-registries.conf(5), 2026-11.
 */
export async function parseRegistriesConf(
  file: RegistriesConfFile,
): Promise<Parsed<RegistriesConf>> {
  const { value: top, problems } = await parseToml(file.text);
  if (top === null) return { value: noRegistriesConf, problems };
  const isFirst = isJsonObject(top["registries"]) && Object.keys(top["registries"]).length > 0;
  if (isFirst) return readFirstVersion(top, file);
  const tables = readRegistryTables(top["registry"], file.source);
  const search = readHosts(top["unqualified-search-registries"], "unqualified-search-registries");
  const helpers = readTexts(top["credential-helpers"], "credential-helpers");
  const aliases = readAliases(top["aliases"], file.source);
  return {
    value: {
      registries: tables.value,
      searchRegistries: toSearch(search.value, file),
      credentialHelpers: helpers.value,
      aliases: aliases.value,
    },
    problems: [tables, search, helpers, aliases].flatMap((part) => part.problems),
  };
}

async function parseToml(text: string): Promise<Parsed<JsonObject | null>> {
  // Most runs meet no registries.conf that says anything.
  const { parse, TomlError } = await import("smol-toml");
  try {
    return { value: parse(text), problems: [] };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { line, column } = error;
    const [first = ""] = error.message.split("\n");
    const reason = `it is not TOML: ${first.replace(/^Invalid TOML document: /, "")}`;
    return { value: null, problems: [{ reason, line, column }] };
  }
}

/** Source: containers-registries.conf(5), VERSION 1 FORMAT. */
function readFirstVersion(top: JsonObject, file: RegistriesConfFile): Parsed<RegistriesConf> {
  const refuse = (reason: string): Parsed<RegistriesConf> => ({
    value: noRegistriesConf,
    problems: [problem(reason)],
  });
  if (file.isDropIn) return refuse("[registries] is of the first version, expected [[registry]]");
  const second = ["registry", "unqualified-search-registries", "credential-helpers", "aliases"];
  const mixed = second.find((name) => top[name] !== undefined);
  if (mixed !== undefined) return refuse(`[registries] and ${mixed} do not stand together`);
  const [search, insecure, block] = ["search", "insecure", "block"].map((name) =>
    readTexts(at(at(top, "registries"), name)["registries"], `registries.${name}.registries`),
  );
  const locations = [...new Set([...(block?.value ?? []), ...(insecure?.value ?? [])])];
  const tables = readRegistryTables(
    locations.map((location) => ({
      location,
      blocked: block?.value?.includes(location) === true,
      insecure: insecure?.value?.includes(location) === true,
    })),
    file.source,
  );
  const searchRegistries = toSearch(search?.value ?? null, file);
  return {
    value: { ...noRegistriesConf, registries: tables.value, searchRegistries },
    problems: [search, insecure, block, tables].flatMap((part) => part?.problems ?? []),
  };
}

function toSearch(
  hosts: readonly string[] | null,
  { source }: RegistriesConfFile,
): SearchRegistries | null {
  return hosts === null ? null : { hosts, source };
}

function at(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isJsonObject(value) ? value : {};
}

function readTexts(value: unknown, name: string): Parsed<readonly string[] | null> {
  if (value === undefined) return { value: null, problems: [] };
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) {
    return { value, problems: [] };
  }
  return { value: null, problems: [problem(`${name} must be a list of texts`)] };
}

function readHosts(value: unknown, name: string): Parsed<readonly string[] | null> {
  const texts = readTexts(value, name);
  if (texts.value === null) return texts;
  const hosts = texts.value.map((host) => host.replace(/\/+$/, ""));
  const wrong = hosts.filter((host) => !isRegistryHost(host));
  return {
    value: hosts.filter(isRegistryHost),
    problems: wrong.map((host) => problem(`${name}: ${JSON.stringify(host)} is no HOST[:PORT]`)),
  };
}

/** Source: containers-registries.conf(5), Short-Name Aliasing. */
function readAliases(value: unknown, source: string): Parsed<ReadonlyMap<string, Alias>> {
  const aliases = new Map<string, Alias>();
  const problems: TextProblem[] = [];
  for (const [short, name] of Object.entries(isJsonObject(value) ? value : {})) {
    const reason = aliasProblem(short, name);
    if (reason !== null) problems.push(problem(`aliases: ${JSON.stringify(short)} ${reason}`));
    else if (typeof name === "string") aliases.set(short, { name: name || null, source });
  }
  if (value !== undefined && !isJsonObject(value))
    problems.push(problem("aliases must be a table"));
  return { value: aliases, problems };
}

function aliasProblem(short: string, name: unknown): string | null {
  if (!isBare(short) || hasRegistry(short)) return "is no name without registry, tag and digest";
  if (name === "") return null;
  const isWhole = typeof name === "string" && isBare(name) && hasRegistry(name);
  return isWhole ? null : "must stand for a name with registry, without tag and digest";
}

/** A name that carries neither tag nor digest. */
function isBare(text: string): boolean {
  const slash = text.lastIndexOf("/");
  return parseImageName(text).ok && !/[:@]/.test(text.slice(slash + 1));
}
