import { encodeName } from "../formats/tar/name.ts";
import { exitCodes } from "./exit-codes.ts";
import type { RunSettings } from "./read-settings.ts";

/** Takes text as it is; line ends are the caller's. */
export interface Writer {
  write(text: string): void;
}

/** All that a command sees of the process. A test passes its own. */
export interface CliIo {
  /** The answer, and nothing else. */
  readonly stdout: Writer;
  /** Bytes for stdout as they are; comes back when more may be written. */
  writeBytes(bytes: Uint8Array): Promise<void>;
  /** Progress, notes and errors. */
  readonly stderr: Writer;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path that relative arguments start from. */
  readonly cwd: string;
  /** Whether stdout is a terminal. */
  readonly isTerminal: boolean;
  /** Whether stderr is a terminal: progress is drawn only there. */
  readonly isErrorTerminal: boolean;
  /** Characters per line of stdout; 80 where it is no terminal. */
  readonly columns: number;
  /** Aborted by the first Ctrl-C; the second one ends the process. */
  readonly signal: AbortSignal;
  /** What `fromage.yaml` says; absent before it was read. */
  readonly settings?: RunSettings;
  now(): Date;
}

/** The real process. Installs the handlers of Ctrl-C and of a reader that went away, so it is called once. */
export function openProcessIo(): CliIo {
  const { stdout, stderr, env } = process;
  const interruption = new AbortController();
  process.once("SIGINT", () => interruption.abort());
  // Who read the answer is gone (`fromage … | head -1`) and cannot be told, or the disk is full: no answer was given.
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") stderr.write(`Cannot write the answer: ${error.message}\n`);
    process.exit(exitCodes.notFinished);
  });
  stderr.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  return {
    // A name in it may be no UTF-8.
    stdout: { write: (text) => void stdout.write(encodeName(text)) },
    // An error goes to the handler above as well.
    writeBytes: (bytes) => new Promise((resolve) => stdout.write(bytes, () => resolve())),
    stderr: { write: (text) => void stderr.write(text) },
    env,
    cwd: process.cwd(),
    isTerminal: stdout.isTTY,
    // A dumb terminal cannot remove a line again.
    isErrorTerminal: stderr.isTTY && env["TERM"] !== "dumb",
    columns: (stdout.isTTY && stdout.columns) || 80,
    signal: interruption.signal,
    now: () => new Date(),
  };
}

/** Colours are for a terminal that has them and a user who wants them. Sources: no-color.org; terminfo, `dumb`. */
export function isColored({ env, isTerminal }: CliIo): boolean {
  return isTerminal && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}
