import { once } from "node:events";
import type { Transform } from "node:stream";

/** A zlib stream as far as it is used here. `bytesWritten` counts the input that was used up. */
export type Inflater = Transform & { readonly bytesWritten: number };

/** Output chunk; 256 KiB to 1 MiB inflate twice as fast as the default of 16 KiB. */
export const outputChunkBytes = 1024 * 1024;

/** Output that waits while the consumer works: the thread pool inflates the next chunk meanwhile. */
const maxWaiting = 3;

/**
 * Runs a source through a zlib stream. Ends when the stream ends, even if the source has more; the caller asks
 * `bytesWritten` how much was used. Errors of the stream are thrown as they are.
 */
export async function* runThrough(
  inflater: Inflater,
  source: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  const waiting: Uint8Array[] = [];
  const state: State = { failure: null, isOver: false };
  let wake = (): void => {};
  inflater.on("data", (chunk: Uint8Array) => {
    waiting.push(chunk);
    if (waiting.length >= maxWaiting) inflater.pause();
    wake();
  });
  const end = (): void => {
    state.isOver = true;
    wake();
  };
  const fail = (error: unknown): void => {
    state.failure ??= { error };
    end();
  };
  inflater.on("end", end);
  inflater.on("error", fail);
  const feeding = feed(inflater, source, state).catch(fail);
  try {
    for (;;) {
      const chunk = waiting.shift();
      if (chunk !== undefined) {
        if (inflater.isPaused()) inflater.resume();
        yield chunk;
      } else if (state.isOver) {
        if (state.failure !== null) throw state.failure.error;
        return;
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  } finally {
    state.isOver = true;
    inflater.destroy();
    // Nobody else may ask the source while an answer to this is under way.
    await feeding;
  }
}

interface State {
  failure: { readonly error: unknown } | null;
  isOver: boolean;
}

async function feed(
  inflater: Inflater,
  source: AsyncIterator<Uint8Array>,
  state: Readonly<State>,
): Promise<void> {
  while (!state.isOver) {
    const next = await source.next();
    if (state.isOver) return;
    if (next.done === true) {
      inflater.end();
      return;
    }
    if (next.value.byteLength === 0 || inflater.write(next.value)) continue;
    // Either more room or the end of the stream, whichever comes first.
    const stop = new AbortController();
    const ends = ["drain", "close", "end"].map((name) =>
      once(inflater, name, { signal: stop.signal }).catch(() => null),
    );
    await Promise.race(ends);
    stop.abort();
  }
}
