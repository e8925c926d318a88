import { readFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Certificates } from "./certificates.ts";

/** A server of this process on a free port of 127.0.0.1. */
export interface Served {
  /** `127.0.0.1:40123`. */
  readonly host: string;
  /** With its scheme, without a slash at the end. */
  readonly url: string;
  /** Cuts what is open. May be called twice. */
  stop(): Promise<void>;
}

/** Serves plain HTTP, or TLS where certificates are given. */
export async function serve(
  listener: RequestListener,
  certificates: Certificates | null,
): Promise<Served> {
  const server: Server =
    certificates === null
      ? createServer(listener)
      : createTlsServer(
          {
            cert: readFileSync(certificates.certificateFile),
            key: readFileSync(certificates.keyFile),
          },
          listener,
        );
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const host = `127.0.0.1:${portOf(server.address())}`;
  return {
    host,
    url: `${certificates === null ? "http" : "https"}://${host}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}
