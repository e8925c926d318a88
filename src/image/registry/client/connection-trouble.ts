import { trouble, type Trouble } from "./trouble.ts";

const trustHint =
  "name its authority in fromage.yaml (registries.authorities), or put it into a certs.d folder of Docker or Podman or into the system's store";

type Row = readonly [reason: string, tries: number, isPlainHttpLikely?: boolean];

/** By the `code` of Node and undici. Sources: Node's errors.md and tls.md (X509 certificate error codes), undici's Errors.md. */
const rows: Readonly<Record<string, Row>> = {
  ENOTFOUND: ["no such host is known", 2],
  EAI_AGAIN: ["the name server does not answer", 2],
  ECONNREFUSED: ["connection refused", 3, true],
  ECONNRESET: ["the connection was reset", 6, true],
  EPIPE: ["the connection was closed", 6],
  ETIMEDOUT: ["the connection timed out", 2],
  EHOSTUNREACH: ["there is no way to the host", 2],
  ENETUNREACH: ["there is no way to its network", 2],
  EACCES: ["this machine does not let connections out to it", 1],
  EPERM: ["this machine does not let connections out to it", 1],
  EADDRNOTAVAIL: ["its address cannot be reached from this machine", 2],
  UND_ERR_CONNECT_TIMEOUT: ["it did not accept a connection in time", 2, true],
  UND_ERR_HEADERS_TIMEOUT: ["it did not begin to answer in time", 2],
  UND_ERR_BODY_TIMEOUT: ["it stopped in the middle of its answer", 3],
  UND_ERR_SOCKET: ["the connection was closed before the end", 6],
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: ["its answer is not as long as it says", 3],
  UND_ERR_PRX_TLS: ["the certificate of the proxy is for another name", 1],
  DEPTH_ZERO_SELF_SIGNED_CERT: [`its certificate is self-signed: ${trustHint}`, 1],
  SELF_SIGNED_CERT_IN_CHAIN: [
    `an authority signed its certificate that is not known: ${trustHint}`,
    1,
  ],
  UNABLE_TO_GET_ISSUER_CERT: [
    `an authority signed its certificate that is not known: ${trustHint}`,
    1,
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    `an authority signed its certificate that is not known: ${trustHint}`,
    1,
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    `an authority signed its certificate that is not known, or a certificate between is missing: ${trustHint}`,
    1,
  ],
  CERT_HAS_EXPIRED: ["its certificate has expired: look at the clock of this machine, too", 1],
  CERT_NOT_YET_VALID: ["its certificate is not valid yet: look at the clock of this machine", 1],
  CERT_REVOKED: ["its certificate was revoked", 1],
  CERT_UNTRUSTED: [`its certificate is not trusted: ${trustHint}`, 1],
  ERR_TLS_CERT_ALTNAME_INVALID: ["its certificate is for another name", 1],
  EPROTO: ["no TLS connection came about", 2, true],
  ERR_SSL_WRONG_VERSION_NUMBER: [plainHttpReason(), 1, true],
  ERR_SSL_PACKET_LENGTH_TOO_LONG: [plainHttpReason(), 1, true],
  ERR_SSL_HTTP_REQUEST: [plainHttpReason(), 1, true],
};

/**
 * An error of a connection in words, without addresses that could hold a secret. Throws what is no such error: it is a bug.
 * `host` is the proxy's when one stood between, else null.
 */
export function connectionTrouble(error: unknown, proxyHost: string | null): Trouble {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : "";
  // The only error of that code that is no bug of ours; with a tunnel it is another one.
  const isProxyLogin = message === "Proxy Authentication Required (407)";
  if (code === null || (code === "UND_ERR_INVALID_ARG" && !isProxyLogin)) throw error;
  const through = proxyHost === null ? "" : ` (asked through the proxy ${proxyHost})`;
  const row = rowFor(code, message);
  const [reason, tries, isPlainHttpLikely = false] = row;
  const kind =
    code === "UND_ERR_HEADERS_OVERFLOW" || code.startsWith("HPE_") ? "malformed" : "unreachable";
  return trouble(kind, `${reason}${through}`, { tries, isPlainHttpLikely });
}

function rowFor(code: string, message: string): Row {
  const known = rows[code];
  if (code === "EPROTO" && /wrong version number|packet length too long/i.test(message)) {
    return [plainHttpReason(), 1, true];
  }
  if (known !== undefined) return known;
  if (code.startsWith("HPE_")) return ["its answer is no HTTP", 2];
  if (code === "UND_ERR_HEADERS_OVERFLOW") return ["the headers of its answer are too long", 1];
  if (/CERTIFICATE_REQUIRED|BAD_CERTIFICATE/.test(code)) {
    return ["it wants a client certificate: put it into a certs.d folder of Docker or Podman", 1];
  }
  if (code.startsWith("ERR_OSSL_")) {
    return ["a certificate or key that is set for it cannot be read", 1];
  }
  if (/^(?:ERR_SSL_|ERR_TLS_)|CERT|CRL/.test(code)) return [`TLS failed (${code})`, 1];
  const refusedByProxy = /^Proxy .*\((\d{3})\)/.exec(message)?.[1];
  if (refusedByProxy === "407") return ["the proxy wants another login", 1];
  if (refusedByProxy !== undefined) return [`the proxy answered ${refusedByProxy}`, 2];
  return [`the connection failed (${code})`, 2];
}

function plainHttpReason(): string {
  return "it speaks plain HTTP, not TLS: only a registry that is marked as insecure is asked so";
}

/** Several addresses of a host fail together: the first tells why. */
function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ("code" in error && typeof error.code === "string") return error.code;
  // Of undici's, this one alone may have none.
  if (error.name === "HTTPParserError") return "HPE_UNKNOWN";
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return codeOf(error.cause);
}
