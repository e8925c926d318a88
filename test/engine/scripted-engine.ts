import { createServer, type ServerResponse } from "node:http";
import { createServer as createRawServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { success } from "../../src/model/failure.ts";
import { makeConfig, sha256, type MadeImage } from "../made-images.ts";
import type { FoundEngine } from "../../src/image/engine/find-engines.ts";

/** What a scripted engine says to a path; `params` are the groups of its pattern. */
export type Answer = (response: ServerResponse, path: string) => void;

/** Answers by the pattern of a path; the first that fits. */
export type Script = readonly (readonly [path: RegExp, answer: Answer])[];

export interface ScriptedEngine {
  readonly found: FoundEngine;
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[];
  readonly close: () => Promise<void>;
}

/** Listens on a socket of that folder and follows the script; what is not in it is 404. */
export async function serveScript(folder: string, script: Script): Promise<ScriptedEngine> {
  const asked: string[] = [];
  const server = createServer(({ url = "" }, response) => {
    asked.push(url);
    const [, answer = notFound] = script.find(([pattern]) => pattern.test(url)) ?? [];
    answer(response, url);
  });
  return { ...(await listen(folder, server)), asked };
}

/** Whatever connects is sent this text, and that is all. */
export async function serveText(folder: string, text: string): Promise<ScriptedEngine> {
  const server = createRawServer((socket) => {
    socket.on("error", () => undefined);
    socket.end(text);
  });
  return { ...(await listen(folder, server)), asked: [] };
}

async function listen(folder: string, server: Server): Promise<Omit<ScriptedEngine, "asked">> {
  const path = join(folder, "engine.sock");
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of open) socket.destroy();
    await closed;
  };
  return { found: socketEngine(path), close };
}

/** The engine at a socket. */
export function socketEngine(path: string): FoundEngine {
  const address = success({ kind: "socket", path } as const);
  return { text: `unix://${path}`, why: "a test", isSaid: true, address };
}

export function json(value: unknown, status = 200): Answer {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(value));
  };
}

export const notFound: Answer = json({ message: "no such image" }, 404);

/** All of a body at once. */
export function bytes(body: Uint8Array): Answer {
  return (response) => response.end(body);
}

/** So much of a body, then the connection breaks. */
export function cutOff(body: Uint8Array, sentBytes: number): Answer {
  return (response) => {
    response.writeHead(200, { "content-length": body.byteLength });
    response.write(body.subarray(0, sentBytes), () => response.destroy());
  };
}

export const version: Answer = json({
  Version: "29.0.0",
  ApiVersion: "1.52",
  MinAPIVersion: "1.44",
  Components: [{ Name: "Engine", Version: "29.0.0" }],
});

/** What `GET /images/NAME/json` says of a made image; `id` in place of its config's digest. */
export function inspect(image: MadeImage, id?: string): Record<string, unknown> {
  return {
    Id: id ?? sha256(makeConfig(image)),
    RepoTags: ["app:1"],
    Created: "2026-01-01T00:00:00Z",
    Architecture: image.architecture ?? "amd64",
    Os: "linux",
    Config: image.config ?? {},
    RootFS: { Type: "layers", Layers: image.tars.map((tar) => sha256(tar)) },
  };
}

/** An engine of API 1.52 that has one image, `app:1`, and refuses every other version of the API. */
export function oneImage(image: MadeImage, archive: Answer, id?: string): Script {
  return [
    [/^\/version$/, version],
    [/^\/v(?!1\.52\/)/, json({ message: "client version is too old" }, 400)],
    [/\/images\/json$/, json([{ RepoTags: ["app:1", "<none>:<none>"] }, { RepoTags: null }])],
    [/\/images\/(?:app:1|sha256:[0-9a-f]{64})\/json$/, json(inspect(image, id))],
    [/\/images\/sha256:[0-9a-f]{64}\/history$/, json([])],
    [/\/images\/sha256:[0-9a-f]{64}\/get$/, archive],
  ];
}
