import { availableParallelism } from "node:os";
import { UnpackThread } from "./unpack-thread.ts";

/**
 * A thread that was started before anything is known of the layers: it loads while the rest of the program does, which
 * is a tenth of the time that a small image takes. It does not keep the process alive. The only state that is shared
 * between calls: whoever takes it has it for good.
 */
let ahead: UnpackThread | null = null;

/** Starts a thread for whoever asks next. Nothing where there is one processor: there it only costs. */
export function startThreadAhead(): void {
  if (ahead !== null || availableParallelism() < 2) return;
  ahead = new UnpackThread();
  ahead.unref();
}

/** The thread that was started ahead, or a new one. The taker closes it. */
export function takeThread(): UnpackThread {
  const thread = ahead ?? new UnpackThread();
  ahead = null;
  thread.ref();
  return thread;
}
