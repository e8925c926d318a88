import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const everyBytes = 4 * 1024 * 1024;
/** What the first of them are worth is less than finding the collector costs. */
const uncollectedBytes = 16 * 1024 * 1024;

let collect: ((type: "minor" | "major") => void) | null = null;
/** Since the last collection; before the first one less than nothing. */
let passedBytes = -uncollectedBytes;

/**
 * To be called for each chunk of a stream with its length: collects what is young and dead once for every 4 MiB of this thread. Buffers of
 * a megabyte are a few bytes to the collector, which lets 64 MB of them lie about before it begins; asked for, it takes less
 * than a millisecond. Does nothing where the engine has no such function.
 */
export function collectYoung(chunkBytes: number): void {
  passedBytes += chunkBytes;
  if (passedBytes < everyBytes) return;
  passedBytes = 0;
  collect ??= findCollector();
  collect("minor");
}

/**
 * Keeps the space for young objects as small as it is. It grows to 67 MB while facts of a big image are made, which is a
 * quarter of all that this takes, and is given back late; small it costs some hundredths of the time. Source: V8 src/heap/new-spaces.cc, Grow.
 */
export function keepYoungSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}

/**
 * Collects all that is dead. Between two things that each take much: left alone the heap grows to half as much again before the first is
 * looked through. Takes a tenth of a second for 100 MB that live.
 */
export function collectAll(): void {
  collect ??= findCollector();
  collect("major");
}

/** `gc` is a function of contexts that are made after the flag was set. Source: V8 src/extensions/gc-extension.cc. */
function findCollector(): (type: "minor" | "major") => void {
  setFlagsFromString("--expose-gc");
  const found: unknown = runInNewContext("typeof gc === 'function' ? gc : null");
  if (typeof found !== "function") return () => undefined;
  return (type) => void Reflect.apply(found, undefined, [{ type }]);
}
