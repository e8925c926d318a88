import type { Endpoint } from "../endpoint.ts";

/** What one registries.conf says, or all of them merged. Source: containers-registries.conf(5), 2026-11. */
export interface RegistriesConf {
  /** By prefix in the order of its characters, each prefix once. */
  readonly registries: readonly RegistryTable[];
  /** `unqualified-search-registries`; null where a file does not say. Told, not used: short names are docker.io's here. */
  readonly searchRegistries: SearchRegistries | null;
  /** `credential-helpers`, in the order they are asked; null where a file does not say. */
  readonly credentialHelpers: readonly string[] | null;
  /** By short name; null takes back what an earlier file says. */
  readonly aliases: ReadonlyMap<string, Alias>;
}

export interface SearchRegistries {
  readonly hosts: readonly string[];
  readonly source: string;
}

export interface Alias {
  /** A name with its registry, without tag and digest; null: there is no alias. */
  readonly name: string | null;
  readonly source: string;
}

/** One `[[registry]]`. */
export interface RegistryTable {
  /** `HOST[:PORT][/PATH][:TAG|@DIGEST]` or `*.example.com`. */
  readonly prefix: string;
  /** What stands for the prefix in addresses; null with a wildcard: the name stays as it is. */
  readonly location: string | null;
  readonly isInsecure: boolean;
  readonly isBlocked: boolean;
  readonly mirrors: readonly MirrorTable[];
  readonly source: string;
}

export interface MirrorTable {
  readonly location: string;
  readonly isInsecure: boolean;
  readonly serves: Endpoint["serves"];
}

export const noRegistriesConf: RegistriesConf = {
  registries: [],
  searchRegistries: null,
  credentialHelpers: null,
  aliases: new Map(),
};

/**
 * A later file over an earlier one: tables of the same prefix and aliases of the same name are replaced as a whole, lists
 * where the later file has them. Source: containers-registries.conf.d(5), CONFIGURATION PRECEDENCE.
 */
export function mergeRegistriesConf(
  earlier: RegistriesConf,
  later: RegistriesConf,
): RegistriesConf {
  const byPrefix = new Map(
    [...earlier.registries, ...later.registries].map((table) => [table.prefix, table]),
  );
  return {
    registries: [...byPrefix.values()].toSorted(byPrefixOrder),
    searchRegistries: later.searchRegistries ?? earlier.searchRegistries,
    credentialHelpers: later.credentialHelpers ?? earlier.credentialHelpers,
    aliases: new Map([...earlier.aliases, ...later.aliases]),
  };
}

/** The order of tables. */
export function byPrefixOrder(one: RegistryTable, other: RegistryTable): number {
  return one.prefix < other.prefix ? -1 : one.prefix > other.prefix ? 1 : 0;
}

/** The table with the longest prefix of a whole name `HOST/REPOSITORY[:TAG][@DIGEST]`, and how much of the name that is. */
export function findTable(
  tables: readonly RegistryTable[],
  name: string,
): { readonly table: RegistryTable; readonly length: number } | null {
  let found: { readonly table: RegistryTable; readonly length: number } | null = null;
  for (const table of tables) {
    const length = matchPrefix(table.prefix, name);
    const isLonger = table.prefix.length > (found?.table.prefix.length ?? 0);
    if (length !== null && isLonger) found = { table, length };
  }
  return found;
}

/**
 * How many characters of the name the prefix stands for; null when it is no prefix of it. `example.com` is one of
 * `example.com:5000/a` too: containers/image 5.36 does so (refMatchingPrefix), though it is not meant to.
 */
function matchPrefix(prefix: string, name: string): number | null {
  if (!prefix.startsWith("*.")) {
    return name.startsWith(prefix) && isEnd(name, prefix.length) ? prefix.length : null;
  }
  const suffix = prefix.slice(1);
  const at = name.indexOf(suffix);
  const length = at + suffix.length;
  return at > 0 && !name.slice(0, at).includes("/") && isEnd(name, length) ? length : null;
}

function isEnd(name: string, at: number): boolean {
  return at === name.length || /[:/@]/.test(name.charAt(at));
}
