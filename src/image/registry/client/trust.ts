import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";
import type { Endpoint, Transport } from "../endpoint.ts";

/** Whom one connection trusts, and who it says it is. */
export type Trust = Pick<Transport, "verifies" | "authorities" | "client">;

/** Its user trusts the host of the endpoint; what is said of that does not hold for others. */
export function trustFor(
  { host, transport }: Pick<Endpoint, "host" | "transport">,
  url: URL,
): Trust {
  const { verifies, authorities, client } = transport;
  if (url.host === new URL(`${url.protocol}//${host}`).host) return transport;
  // An own authority mostly signs the storage behind the registry as well; a client's key is for the registry alone.
  const isSameName = url.hostname === new URL(`https://${host}`).hostname;
  return { verifies: verifies || !isSameName, authorities, client: isSameName ? client : null };
}

let known: readonly string[] | null = null;

/**
 * The certificates that Node brings and those of the system: people put the authority of their company into the latter,
 * and Docker reads only those. Read once, it takes 50 ms.
 */
function knownAuthorities(): readonly string[] {
  known ??= [...new Set([...getCACertificates("default"), ...getCACertificates("system")])];
  return known;
}

/** Throws the errors of TLS for a certificate or key that is no PEM. */
export function secureContextFor({ verifies, authorities, client }: Trust): SecureContext {
  const ca = verifies ? [...knownAuthorities(), ...authorities] : [];
  const own = client === null ? {} : { cert: client.certificate, key: client.key };
  return createSecureContext({ ca, ...own });
}
