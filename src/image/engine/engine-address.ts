import { failed, success, type Failure, type Result } from "../../model/failure.ts";

/** How an engine is spoken to. */
export type EngineAddress =
  | {
      readonly kind: "socket";
      /** Absolute path. */
      readonly path: string;
    }
  | {
      readonly kind: "tcp";
      /** `http://HOST:PORT` or `https://HOST:PORT`, with the path before the API where there is one; no slash at the end. */
      readonly url: string;
      readonly tls: EngineTls | null;
    };

/** PEM texts. The key is never put into a message. */
export interface EngineTls {
  /** False: any certificate is taken. */
  readonly verifies: boolean;
  /** Trusted in place of the system's; null for those. */
  readonly authority: string | null;
  readonly client: { readonly certificate: string; readonly key: string } | null;
}

const [plainPort, tlsPort] = ["2375", "2376"];

/**
 * Reads `unix:///run/docker.sock` or `tcp://host:2376`; `tls` is asked for where the address is reached over a network.
 * Anything else is `unsupported`, with what to do, or `malformed`. Nothing secret of the text is in a failure.
 * Source: docker/cli opts/hosts.go, docker's client.ParseHostURL.
 */
export function parseEngineAddress(
  text: string,
  { where, tls }: { readonly where: string; readonly tls: () => Result<EngineTls | null> },
): Result<EngineAddress> {
  const scheme = /^([a-z]+):\/\//.exec(text)?.[1] ?? "";
  const rest = text.slice(scheme.length + 3);
  switch (scheme) {
    case "unix":
      return rest.startsWith("/")
        ? success({ kind: "socket", path: rest })
        : failed(malformed(text, where, "the path of the socket does not start with a slash"));
    case "tcp":
    case "http":
    case "https":
      return parseTcp(text, scheme, { where, tls });
    case "ssh": {
      const reason =
        "ssh is not spoken here; bring its socket here with ssh -N -L /tmp/engine.sock:/var/run/docker.sock HOST and name unix:///tmp/engine.sock";
      return failed(unsupported(text, where, reason));
    }
    case "npipe": {
      const reason = "named pipes are not read; let the engine listen on tcp, or save the image";
      return failed(unsupported(text, where, reason));
    }
    default:
      return failed(malformed(text, where, "it is no address: unix://PATH or tcp://HOST:PORT"));
  }
}

function parseTcp(
  text: string,
  scheme: "tcp" | "http" | "https",
  { where, tls }: { readonly where: string; readonly tls: () => Result<EngineTls | null> },
): Result<EngineAddress> {
  const address = text.replace(/^[a-z]+:/, "http:");
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url !== null && (url.username !== "" || url.password !== "")) {
    return failed(malformed(text, where, "an engine takes no user name and password"));
  }
  if (url === null || url.hostname === "" || url.search !== "" || url.hash !== "") {
    return failed(malformed(text, where, "it has no host and port"));
  }
  const found = tls();
  if (!found.ok) return found;
  const verifying: EngineTls = { verifies: true, authority: null, client: null };
  const used = found.value ?? (scheme === "https" ? verifying : null);
  // A port that is the scheme's own is left out by URL.
  const written = /^[a-z]+:\/\/[^/]*:(\d+)(?:\/|$)/.exec(text)?.[1];
  const port = written ?? (used === null ? plainPort : tlsPort);
  const path = url.pathname.replace(/\/+$/, "");
  const protocol = used === null ? "http" : "https";
  return success({ kind: "tcp", url: `${protocol}://${url.hostname}:${port}${path}`, tls: used });
}

/** As it is printed: without a user's name, password or what follows a question mark. */
export function printableAddress(text: string): string {
  return text.replace(/\/\/[^/]*@/, "//").replace(/[?#].*$/s, "");
}

function malformed(text: string, where: string, reason: string): Failure {
  const [what, format] = [printableAddress(text), "address of an engine"];
  return { kind: "malformed", what, where, format, reason, offsetBytes: null };
}

function unsupported(text: string, where: string, reason: string): Failure {
  return { kind: "unsupported", what: printableAddress(text), where, reason };
}
