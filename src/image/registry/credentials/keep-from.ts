import { success } from "../../../model/failure.ts";
import type { CredentialSource } from "../credentials.ts";
import { dockerHubKey } from "../settings/endpoints-for.ts";

/**
 * The same credentials, without those for these registries (`HOST[:PORT]` in any case), which are then asked anonymously: the file of
 * a project may say that a registry needs no TLS, but who wrote it is not the user, whose password would be sent in the clear. This
 * machine itself is exempt.
 */
export function keepFrom(
  hosts: readonly string[],
  credentials: CredentialSource,
): CredentialSource {
  // The hosts of endpoints are in lower case, however they are written in a file.
  const names = hosts.map((host) => host.toLowerCase()).filter((host) => !isThisMachine(host));
  const keys = new Set(names.flatMap((host) => (isHub(host) ? [dockerHubKey, host] : [host])));
  if (keys.size === 0) return credentials;
  return {
    find: async (credentialKey, repository) =>
      keys.has(credentialKey)
        ? Promise.resolve(success(null))
        : credentials.find(credentialKey, repository),
  };
}

function isHub(host: string): boolean {
  return host === "docker.io" || host === "index.docker.io" || host === "registry-1.docker.io";
}

/** Source: RFC 5735 (127.0.0.0/8), RFC 4291 (::1), RFC 6761 (localhost). */
function isThisMachine(host: string): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|\[::1\]|localhost)(?::\d+)?$/.test(host);
}
