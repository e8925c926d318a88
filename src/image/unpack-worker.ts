import { parentPort } from "node:worker_threads";
import { FormatError } from "../formats/format-error.ts";
import { OverLimitError } from "../formats/over-limit-error.ts";
import { BlobUnpacker } from "./unpack-blob.ts";
import type { UnpackEnd, UnpackReply, UnpackRequest } from "./unpack-thread.ts";

/**
 * The body of the thread that inflates and hashes for `UnpackThread`: one blob after another, in the order in which
 * they were asked for, never more ahead than there are free buffers.
 */
const free: ArrayBuffer[] = [];
const stopped = new Set<number>();
let wake = (): void => {};
let work = Promise.resolve();
let lastDone = 0;

parentPort?.on("message", (request: UnpackRequest) => {
  if (request.kind === "unpack") work = work.then(async () => unpack(request));
  else if (request.kind === "buffer") free.push(request.buffer);
  else if (request.id > lastDone) stopped.add(request.id);
  wake();
});

async function unpack({ id, layer, budgets }: UnpackRequest & { kind: "unpack" }): Promise<void> {
  const unpacker = new BlobUnpacker(layer, {
    signal: undefined,
    onProgress: () => undefined,
    ...(budgets === undefined ? {} : { budgets }),
  });
  try {
    const problem = await giveChunks(id, unpacker);
    const sums = await unpacker.finish();
    if (sums === null) throw new TypeError("Cannot unpack: cancelled without a signal");
    post({ kind: "end", id, end: { problem, sums } });
  } catch (error) {
    post({ kind: "end", id, end: { problem: null, error: toSystemError(error) } });
  } finally {
    await unpacker.close();
    stopped.delete(id);
    lastDone = id;
  }
}

/** Why the stream broke off, null when it did not. */
async function giveChunks(id: number, unpacker: BlobUnpacker): Promise<UnpackEnd["problem"]> {
  try {
    for await (const chunk of unpacker.chunks()) {
      for (let at = 0; at < chunk.byteLength;) {
        const buffer = await nextBuffer(id);
        if (buffer === null) return null;
        const part = chunk.subarray(at, at + buffer.byteLength);
        new Uint8Array(buffer).set(part);
        at += part.byteLength;
        const { readBytes } = unpacker;
        post({ kind: "chunk", id, buffer, lengthBytes: part.byteLength, readBytes }, [buffer]);
      }
    }
    return null;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const { format, message: reason, offsetBytes } = error;
    const usedUp = error instanceof OverLimitError ? error.usedUp : null;
    return { format, reason, offsetBytes, usedUp };
  }
}

/** Null when nobody wants more of this blob. */
async function nextBuffer(id: number): Promise<ArrayBuffer | null> {
  for (;;) {
    if (stopped.has(id)) return null;
    const buffer = free.pop();
    if (buffer !== undefined) return buffer;
    await new Promise<void>((resolve) => (wake = resolve));
  }
}

/** What the error says, as a copy between threads leaves its code out. Bugs are thrown on and end the thread. */
function toSystemError(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof Error && "code" in error && typeof error.code === "string")
    return { code: error.code, message: error.message };
  throw error;
}

function post(reply: UnpackReply, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(reply, transfer);
}
