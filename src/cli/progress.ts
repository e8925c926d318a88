import type { ReadProgress } from "../image/read-layers.ts";
import { formatBytes } from "../report/amounts.ts";
import { clean } from "../report/clean.ts";
import type { CliIo } from "./io.ts";

/** Below this time nothing is drawn: short work needs no progress. */
const quietMs = 300;
const redrawMs = 100;

/**
 * One line on a terminal's stderr that says what is read or pulled and how far it is, in bytes where their sum is not known;
 * nothing where stderr is no terminal.
 */
export class ProgressLine {
  readonly #io: CliIo;
  readonly #startedMs: number;
  #drawnMs = 0;
  #isShown = false;

  constructor(io: CliIo) {
    this.#io = io;
    this.#startedMs = io.now().getTime();
  }

  show(what: string, { readBytes, totalBytes, isPulling = false }: ReadProgress): void {
    const nowMs = this.#io.now().getTime();
    if (!this.#io.isErrorTerminal || nowMs - this.#startedMs < quietMs) return;
    if (nowMs - this.#drawnMs < redrawMs) return;
    this.#drawnMs = nowMs;
    const isKnown = totalBytes > 0 && readBytes <= totalBytes;
    const share = isKnown
      ? `${Math.floor((100 * readBytes) / totalBytes)} %`
      : formatBytes(readBytes);
    const name = clean(what.length > 50 ? `…${what.slice(-49)}` : what);
    const verb = isPulling ? "Pulling" : "Reading";
    this.#io.stderr.write(`\r\u{1b}[2K${verb} ${name} ${share}`);
    this.#isShown = true;
  }

  /** Removes the line before anything else is written. */
  clear(): void {
    if (this.#isShown) this.#io.stderr.write("\r\u{1b}[2K");
    this.#isShown = false;
  }
}
