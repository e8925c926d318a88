import { fork, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FuzzReply, FuzzRequest } from "./worker.ts";

/** What one input may cost. */
export interface InputLimits {
  /** Processor time of one input. */
  readonly hangMs: number;
  /** Resident memory of the process, which is some 150 MB before the first input. */
  readonly residentBytes: number;
  readonly heapMegabytes: number;
}

export const inputLimits: InputLimits = {
  hangMs: 2000,
  residentBytes: 900 * 1024 * 1024,
  heapMegabytes: 512,
};

/** An input that a parser does not take as it must. */
export interface FuzzFinding {
  readonly index: number;
  readonly kind: "wrong" | "hang" | "crash" | "memory";
  readonly reason: string;
}

export interface FamilyRun {
  /** Inputs that were read. */
  readonly count: number;
  readonly seconds: number;
  readonly findings: readonly FuzzFinding[];
}

export interface RunOptions extends Omit<FuzzRequest, "step" | "count" | "file"> {
  readonly count: number;
  /** When to stop before all are read, as `performance.now()` counts. */
  readonly deadlineMs?: number;
  readonly limits?: InputLimits;
  /** Different findings after which a family is given up. */
  readonly maxFindings?: number;
  readonly file?: string | null;
}

/** A family in which nearly every input ends a process is given up. */
const maxProcesses = 100;

/** Inputs between two reports while all goes well. */
const stepInputs = 64;

/**
 * Reads inputs in worker processes. When one dies, hangs or takes too much memory, a new one goes through the same lot input
 * by input, to name the one that does it; reading goes on behind that.
 */
export async function runFamily(options: RunOptions): Promise<FamilyRun> {
  const { limits = inputLimits, maxFindings = 10, deadlineMs = Infinity, file = null } = options;
  const started = performance.now();
  const findings = new Map<string, FuzzFinding>();
  const note = (finding: FuzzFinding): void => {
    const key = `${finding.kind} ${finding.reason.split("\n").slice(0, 2).join(" ")}`.replaceAll(
      /\d+/g,
      "0",
    );
    if (!findings.has(key)) findings.set(key, finding);
  };
  const end = options.from + options.count;
  let next = options.from;
  let step = file === null ? stepInputs : 1;
  let carefulUntil = -1;
  let left = maxProcesses;
  while (
    left-- > 0 &&
    next < end &&
    findings.size < maxFindings &&
    performance.now() < deadlineMs
  ) {
    const until = step === 1 ? Math.min(end, Math.max(carefulUntil, next + 1)) : end;
    const request: FuzzRequest = { ...options, file, from: next, count: until - next, step };
    const ended = await runProcess(request, {
      limits,
      note,
      deadlineMs,
      count: findings,
      maxFindings,
    });
    next = ended.next;
    if (ended.stopped === null) {
      if (step === 1 && file === null && next <= carefulUntil && findings.size === 0) {
        note({ index: next, kind: "crash", reason: `inputs up to ${next} together, none alone` });
      }
      step = file === null ? stepInputs : 1;
      if (performance.now() >= deadlineMs || findings.size >= maxFindings) break;
    } else if (step === 1) {
      note({ index: next, ...ended.stopped });
      next += 1;
      step = file === null ? stepInputs : 1;
    } else {
      step = 1;
      carefulUntil = next + stepInputs;
    }
  }
  const seconds = (performance.now() - started) / 1000;
  const sorted = [...findings.values()].toSorted((a, b) => a.index - b.index);
  return { count: Math.min(next, end) - options.from, seconds, findings: sorted };
}

interface Watch {
  readonly limits: InputLimits;
  readonly note: (finding: FuzzFinding) => void;
  readonly deadlineMs: number;
  readonly count: ReadonlyMap<string, FuzzFinding>;
  readonly maxFindings: number;
}

interface Ended {
  readonly next: number;
  /** Why the process was ended or ended by itself; null when it read all, or time is over. */
  readonly stopped: Pick<FuzzFinding, "kind" | "reason"> | null;
}

async function runProcess(request: FuzzRequest, watch: Watch): Promise<Ended> {
  const { limits } = watch;
  const child = fork(join(import.meta.dirname, "worker.ts"), {
    execArgv: [`--max-old-space-size=${limits.heapMegabytes}`, "--no-warnings"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let words = "";
  child.stderr?.on("data", (chunk: Buffer) => (words = (words + chunk.toString()).slice(-2000)));
  const usage = new Usage(child);
  let next = request.from;
  let stopped: Ended["stopped"] = null;
  let isReady = false;
  const stop = (why: Ended["stopped"]): void => {
    stopped ??= why;
    child.kill("SIGKILL");
  };
  const timer = setInterval(() => {
    if (!isReady) return;
    const { processorMs, waitedMs, residentBytes } = usage.sinceMark();
    // A lot is given time for each input; one that uses it up is gone through alone.
    const allowedMs = request.step === 1 ? limits.hangMs : limits.hangMs + 20 * request.step;
    if (residentBytes > limits.residentBytes) {
      stop({ kind: "memory", reason: `${Math.round(residentBytes / 1e6)} MB resident` });
    } else if (processorMs > allowedMs || waitedMs > 20 * allowedMs) {
      stop({ kind: "hang", reason: `more than ${limits.hangMs} ms` });
    } else if (performance.now() > watch.deadlineMs) stop(null);
  }, 100);
  child.on("message", (reply: FuzzReply) => {
    if (reply.kind === "ready") isReady = true;
    if (reply.kind === "finding")
      watch.note({ index: reply.index, kind: "wrong", reason: reply.reason });
    if (reply.kind === "end") stop(null);
    if (reply.kind === "reached") {
      if (reply.peakBytes > limits.residentBytes) {
        stop({ kind: "memory", reason: `${Math.round(reply.peakBytes / 1e6)} MB resident` });
        return;
      }
      next = reply.next;
      if (watch.count.size >= watch.maxFindings) stop(null);
    }
    usage.mark();
  });
  child.send(request);
  const exit = await new Promise<string>((resolve) =>
    child.on("close", (code, signal) => resolve(signal ?? `code ${String(code)}`)),
  );
  clearInterval(timer);
  const isAsked = exit === "SIGKILL" && child.killed;
  if (!isAsked) return { next, stopped: { kind: "crash", reason: `${exit}\n${words}` } };
  const isWhole =
    stopped === null &&
    performance.now() < watch.deadlineMs &&
    watch.count.size < watch.maxFindings;
  return { next: isWhole ? request.from + request.count : next, stopped };
}

/** Processor time and memory of a process since the last report, from /proc; elsewhere the clock alone. */
class Usage {
  readonly #child: ChildProcess;
  #markedMs = 0;
  #markedAt = performance.now();

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  mark(): void {
    this.#markedMs = this.#read().processorMs;
    this.#markedAt = performance.now();
  }

  sinceMark(): { processorMs: number; waitedMs: number; residentBytes: number } {
    const { processorMs, residentBytes } = this.#read();
    const waitedMs = performance.now() - this.#markedAt;
    return { processorMs: processorMs - this.#markedMs, waitedMs, residentBytes };
  }

  #read(): { processorMs: number; residentBytes: number } {
    try {
      const stat = readFileSync(`/proc/${String(this.#child.pid)}/stat`, "latin1");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      // Fields 14, 15 in hundredths of a second and 24 in pages. Source: proc_pid_stat(5).
      const [user = 0, system = 0, pages = 0] = [11, 12, 21].map((at) => Number(fields[at]));
      return { processorMs: (user + system) * 10, residentBytes: pages * 4096 };
    } catch {
      return { processorMs: 0, residentBytes: 0 };
    }
  }
}
