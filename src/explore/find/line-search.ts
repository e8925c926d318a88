import { isUtf8 } from "node:buffer";
import { createContext, Script } from "node:vm";

/** Longest piece of a line that is searched at once; a longer line is searched piece by piece. In bytes. */
export const maxLineBytes = 64 * 1024;

/** Lines wait until so many bytes of them are there: to start a search costs more than most files take. */
const batchBytes = 256 * 1024;

/** Why a search ended before its end. */
export type SearchStop = "interrupted" | "over-time";

interface Waiting {
  readonly lines: Buffer;
  readonly onMatch: () => void;
}

/**
 * Searches lines for an expression that may take for ever on one of them (`(a+)+$`): Ctrl-C and a limit of time end it where
 * nothing else of the process runs. After a stop nothing more is searched.
 */
export class LineSearch {
  readonly #pattern: RegExp;
  readonly #limitMs: number;
  readonly #onStop: (stop: SearchStop) => void;
  readonly #context = createContext({ search: () => this.#searchAll() });
  readonly #script = new Script("search()");
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #isStopped = false;

  /** `limitMs`: for a batch of 256 KiB, or one longer piece. */
  constructor(pattern: RegExp, limitMs: number, onStop: (stop: SearchStop) => void) {
    this.#pattern = pattern;
    this.#limitMs = limitMs;
    this.#onStop = onStop;
  }

  /** Whole lines, which are kept and must not change; `onMatch` is called for each that is like the pattern, at `flush` at the latest. */
  add(lines: Buffer, onMatch: () => void): void {
    if (this.#isStopped) return;
    this.#waiting.push({ lines, onMatch });
    this.#waitingBytes += lines.byteLength;
    if (this.#waitingBytes >= batchBytes) this.flush();
  }

  flush(): void {
    if (this.#waiting.length === 0 || this.#isStopped) return;
    try {
      this.#script.runInContext(this.#context, { timeout: this.#limitMs, breakOnSigint: true });
    } catch (error) {
      const stop = stopOf(error);
      if (stop === null) throw error;
      this.#isStopped = true;
      this.#onStop(stop);
    }
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #searchAll(): void {
    for (const { lines, onMatch } of this.#waiting) {
      for (let at = 0; at < lines.byteLength;) {
        const found = lines.indexOf(0x0a, at);
        const end = found < 0 ? lines.byteLength : found;
        if (this.#isLike(lines.subarray(at, end))) onMatch();
        at = end + 1;
      }
    }
  }

  #isLike(line: Buffer): boolean {
    for (let at = 0; at === 0 || at < line.byteLength; at += maxLineBytes) {
      const piece = line.subarray(at, at + maxLineBytes);
      const text = piece.toString(isUtf8(piece) ? "utf8" : "latin1");
      if (this.#pattern.test(text)) return true;
    }
    return false;
  }
}

/** Source: Node.js, Errors: `ERR_SCRIPT_EXECUTION_INTERRUPTED`, `ERR_SCRIPT_EXECUTION_TIMEOUT`. */
function stopOf(error: unknown): SearchStop | null {
  // An error of the script's own context is no Error of this one.
  if (typeof error !== "object" || error === null || !("code" in error)) return null;
  if (error.code === "ERR_SCRIPT_EXECUTION_INTERRUPTED") return "interrupted";
  return error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT" ? "over-time" : null;
}
