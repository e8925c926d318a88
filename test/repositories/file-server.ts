import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** What stands at a path. */
export type Served =
  | Uint8Array
  | string
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | ((request: IncomingMessage, response: ServerResponse) => void);

export interface FileServer {
  /** `http://127.0.0.1:PORT`. */
  readonly root: string;
  /** By path, with a slash at its front; may be changed at any time. */
  readonly files: Map<string, Served>;
  /** `GET /path 200`, in order. */
  readonly log: string[];
  /** Nothing answers there any more. */
  close(): Promise<void>;
}

/** A web server of files, with ETags and conditions as mirrors have them. */
export async function startFileServer(files: ReadonlyMap<string, Served>): Promise<FileServer> {
  const served = new Map(files);
  const log: string[] = [];
  const server = createServer((request, response) => {
    response.on("finish", () =>
      log.push(`${request.method} ${request.url} ${response.statusCode}`),
    );
    answer(served.get(request.url ?? ""), request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("Cannot listen");
  return {
    root: `http://127.0.0.1:${address.port}`,
    files: served,
    log,
    async close() {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function answer(
  file: Served | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (file === undefined) response.writeHead(404).end();
  else if (typeof file === "function") file(request, response);
  else if (typeof file === "string" || file instanceof Uint8Array) {
    const etag = `"${createHash("sha256").update(file).digest("hex").slice(0, 16)}"`;
    if (request.headers["if-none-match"] === etag) response.writeHead(304, { etag }).end();
    else response.writeHead(200, { etag, "content-length": Buffer.byteLength(file) }).end(file);
  } else response.writeHead(file.status, file.headers).end();
}
