import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Fault, Headers } from "./faults.ts";
import type { RealAnswer } from "./real-answer.ts";

/** A fault that needs the real answer, and what it is written with. */
export interface FaultyWrite {
  readonly response: ServerResponse;
  readonly socket: Socket;
  readonly path: string;
  /** A HEAD has no body, whatever its length says. */
  readonly isHead: boolean;
  /** Settled when a stall may go on. */
  readonly released: Promise<void>;
}

const dribbleMs = 5;

/**
 * Writes an answer with its fault: what is HTTP all the same by node's own writer, on a connection that stays, the rest past it
 * on the socket, which ends. `real` is null for faults that do not ask the registry.
 */
export async function writeFault(
  fault: Fault,
  real: RealAnswer | null,
  write: FaultyWrite,
): Promise<void> {
  const { socket, path } = write;
  switch (fault.kind) {
    case "reset":
      socket.resetAndDestroy();
      return;
    case "garbage":
      socket.end(fault.bytes, "latin1");
      return;
    case "answer":
      writeWhole(madeAnswer(fault, path), write);
      return;
    case "change":
      if (real !== null) writeWhole(changed(fault, real, path), write);
      return;
    case "ignore-range":
      if (real !== null) writeWhole(real, write);
      return;
    case "chunked":
      if (real !== null) writeChunked(real, write, fault.isCut);
      return;
    case "cut":
      if (real !== null) writeCut(real, write, fault);
      return;
    case "stall":
      if (real !== null) await writeStalled(real, write, fault.afterBytes);
      return;
    case "dribble":
      if (real !== null) dribble(real, socket, fault.what);
      return;
  }
}

/** Whether the registry is asked at all. */
export function asksTarget(fault: Fault): boolean {
  return !["reset", "garbage", "answer"].includes(fault.kind);
}

function madeAnswer(fault: Fault & { readonly kind: "answer" }, path: string): RealAnswer {
  const body = Buffer.from(fault.body ?? "");
  const headers = merge({ "content-length": String(body.byteLength) }, fault.headers?.(path));
  return { status: fault.status, statusText: "Made Up", headers, body };
}

function changed(
  fault: Fault & { readonly kind: "change" },
  real: RealAnswer,
  path: string,
): RealAnswer {
  const body = fault.body?.(real.body, path) ?? real.body;
  return { ...real, body, headers: merge(real.headers, fault.headers?.(real.body, path)) };
}

function merge(headers: Headers, changes: Headers = {}): Readonly<Record<string, string>> {
  const pairs = Object.entries({ ...headers, ...changes });
  return Object.fromEntries(
    pairs.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const])),
  );
}

function head({ status, statusText, headers }: RealAnswer): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${statusText}\r\n${lines.join("")}\r\n`;
}

function writeWhole(answer: RealAnswer, { socket, response, isHead }: FaultyWrite): void {
  const { status, statusText, headers, body } = answer;
  const length = headers["content-length"];
  if (isHead || length === String(body.byteLength)) {
    response.writeHead(status, statusText, headers).end(isHead ? "" : body);
    return;
  }
  // Without a length the end of the connection is that of the body.
  const ending = length === undefined ? { connection: "close" } : {};
  socket.write(head({ ...answer, headers: { ...headers, ...ending } }), "latin1");
  socket.end(body);
}

function writeChunked(real: RealAnswer, write: FaultyWrite, isCut: boolean): void {
  const { response, socket, isHead } = write;
  const { status, statusText, body } = real;
  const headers = merge(real.headers, { "content-length": null, "transfer-encoding": "chunked" });
  if (!isCut || isHead) {
    response.writeHead(status, statusText, headers).end(isHead ? "" : body);
    return;
  }
  socket.write(head({ ...real, headers }), "latin1");
  socket.write(`${body.byteLength.toString(16)}\r\n`);
  socket.write(body);
  socket.end("\r\n");
}

function writeCut(
  real: RealAnswer,
  { socket }: FaultyWrite,
  fault: Fault & { readonly kind: "cut" },
): void {
  socket.write(head(real), "latin1");
  const part = real.body.subarray(0, fault.afterBytes);
  if (fault.how === "close") socket.end(part);
  else socket.write(part, () => socket.resetAndDestroy());
}

async function writeStalled(
  real: RealAnswer,
  { socket, released }: FaultyWrite,
  afterBytes: number,
): Promise<void> {
  socket.write(head(real), "latin1");
  socket.write(real.body.subarray(0, afterBytes));
  await released;
  socket.end(real.body.subarray(afterBytes));
}

/** Never idle and never done: the time of the whole has to have a bound. Ends when the other side goes. */
function dribble(real: RealAnswer, socket: Socket, what: "head" | "body"): void {
  if (what === "head") socket.write(`HTTP/1.1 ${real.status} ${real.statusText}\r\nx-pad: `);
  else socket.write(head(real), "latin1");
  const timer = setInterval(() => socket.write("a"), dribbleMs);
  socket.on("close", () => clearInterval(timer));
}
