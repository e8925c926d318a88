import type { AuthEntry, AuthFile } from "./parse-auth-file.ts";
import { dockerHubKey } from "../settings/endpoints-for.ts";

/** What is looked up: a host, and a repository there. */
export interface Wanted {
  /** `HOST[:PORT]` or `https://index.docker.io/v1/`. */
  readonly credentialKey: string;
  readonly repository: string;
}

/** The hosts that are Docker Hub. Source: containers/image 5.36, normalizeRegistry; docker/cli v29, getAuthConfigKey. */
const hubHosts: readonly string[] = ["docker.io", "index.docker.io", "registry-1.docker.io"];

/**
 * The credential of a file that fits best: a repository's, a namespace's up to the host's, then what is written as an address
 * (`https://quay.io/v1/`) of the host. Docker reads no namespaces; a key that has one cannot mean anything else.
 * Source: containers-auth.json(5), FORMAT; containers/image 5.36, findCredentialsInFile.
 */
export function findEntry({ entries }: AuthFile, wanted: Wanted): AuthEntry | null {
  for (const key of exactKeys(wanted)) {
    const entry = entries.get(key);
    if (entry !== undefined) return entry;
  }
  const hosts = hostsOf(wanted);
  for (const [key, entry] of entries) {
    if (hosts.includes(hostOfAddress(key))) return entry;
  }
  return null;
}

/** The helper that a file names for a host, and what it is asked for. Helpers know no namespaces. */
export function findHelper(
  { helpers }: AuthFile,
  wanted: Wanted,
): { readonly name: string; readonly server: string } | null {
  for (const server of [wanted.credentialKey, ...hostsOf(wanted)]) {
    const name = helpers.get(server);
    if (name !== undefined) return { name, server };
  }
  return null;
}

/** From the longest to the host: `quay.io/team/app`, `quay.io/team`, `quay.io`. */
function exactKeys(wanted: Wanted): readonly string[] {
  const hosts = hostsOf(wanted);
  const parts = wanted.repository.split("/");
  const paths = parts.map((_, index) => parts.slice(0, parts.length - index).join("/"));
  const namespaced = paths.flatMap((path) => hosts.map((host) => `${host}/${path}`));
  return [...namespaced, wanted.credentialKey, ...hosts];
}

/** `https://quay.io/v1/` and, as it was long ago, `quay.io/v1/`; anything else has none. */
function hostOfAddress(key: string): string {
  const [, host, bare] = /^https?:\/\/([^/]+)|^([^/]+)\/(?:v[12]\/?)?$/i.exec(key) ?? [];
  return (host ?? bare ?? "").toLowerCase();
}

function hostsOf({ credentialKey }: Wanted): readonly string[] {
  return credentialKey === dockerHubKey ? hubHosts : [credentialKey];
}
