import { spawn, type ChildProcess } from "node:child_process";
import { delimiter } from "node:path";
import type { Environment } from "../../machine/machine.ts";

export interface ProgramInput {
  readonly args: readonly string[];
  /** Written to stdin, which is then closed. */
  readonly input: string;
  /** All of its environment. */
  readonly env: Environment;
  readonly limits: ProgramLimits;
}

export interface ProgramLimits {
  readonly timeLimitMs: number;
  /** Of stdout. */
  readonly maxOutputBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export type Ending =
  | { readonly why: "not-started"; readonly error: Error }
  /** `ended`: by itself, null as code when by a signal. Else it was killed for its time, its output or by the caller. */
  | {
      readonly why: "ended" | "time" | "output" | "cancelled";
      readonly code: number | null;
      /** What it wrote to stdout, at most as much as it may. */
      readonly output: Buffer;
    };

/** POSIX has groups of processes; a helper is often a script, and its children must end with it. */
const hasGroups = delimiter === ":";

/** Runs a program without a shell, within limits; stderr goes nowhere. Never rejects. */
export function runProgram(program: string, request: ProgramInput): Promise<Ending> {
  const { args, input, env, limits } = request;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      env: { ...env },
      stdio: ["pipe", "pipe", "ignore"],
      detached: hasGroups,
      windowsHide: true,
    });
    let why: "ended" | "time" | "output" | "cancelled" = "ended";
    const stop = (reason: "time" | "output" | "cancelled"): void => {
      if (why !== "ended") return;
      why = reason;
      kill(child);
      // A grandchild in yet another group would hold it open.
      child.stdout.destroy();
    };
    const release = stopInTime(limits, stop);
    const chunks: Buffer[] = [];
    let length = 0;
    child.stdout.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > limits.maxOutputBytes) stop("output");
      else chunks.push(chunk);
    });
    child.on("error", (error) => {
      release();
      resolve({ why: "not-started", error });
    });
    child.on("close", (code) => {
      release();
      resolve({ why, code, output: Buffer.concat(chunks) });
    });
    // It may end without reading.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

/** Calls back when the time is over or the caller has stopped; the result takes that back. */
function stopInTime(
  { timeLimitMs, signal }: ProgramLimits,
  stop: (reason: "time" | "cancelled") => void,
): () => void {
  const cancel = (): void => stop("cancelled");
  const timer = setTimeout(() => stop("time"), timeLimitMs);
  signal?.addEventListener("abort", cancel, { once: true });
  if (signal?.aborted === true) cancel();
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", cancel);
  };
}

function kill(child: ChildProcess): void {
  // A number of a process that never started would be that of the own group.
  if (child.pid === undefined || !hasGroups) {
    child.kill("SIGKILL");
    return;
  }
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // The whole group has just ended by itself.
  }
}
