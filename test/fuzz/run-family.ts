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
  const findings = new Findings(maxFindings);
  const end = options.from + options.count;
  let next = options.from;
  // A file is one input, read with care.
  let carefulUntil = file === null ? next : end;
  for (let left = maxProcesses; left > 0 && next < end; left--) {
    if (findings.areEnough || performance.now() >= deadlineMs) break;
    const isCareful = next < carefulUntil;
    const count = (isCareful ? Math.min(carefulUntil, end) : end) - next;
    const step = isCareful ? 1 : stepInputs;
    const request = { ...options, file, from: next, count, step };
    const ended = await new ProcessRun(request, { limits, findings, deadlineMs }).run();
    const isWhole = ended.next === next + count;
    next = ended.next;
    if (ended.stopped === null && isCareful && isWhole && file === null && findings.isEmpty) {
      const reason = `some of the ${count} inputs before ${next} together, none alone`;
      findings.add({ index: next, kind: "crash", reason });
    } else if (ended.stopped !== null && isCareful) {
      findings.add({ index: next, ...ended.stopped });
      next += 1;
      carefulUntil = next;
    } else if (ended.stopped !== null) carefulUntil = next + stepInputs;
  }
  const seconds = (performance.now() - started) / 1000;
  return { count: Math.min(next, end) - options.from, seconds, findings: findings.toArray() };
}

/** Findings by what they say: the same bug counts once. */
class Findings {
  readonly #most: number;
  readonly #byReason = new Map<string, FuzzFinding>();

  constructor(most: number) {
    this.#most = most;
  }

  get isEmpty(): boolean {
    return this.#byReason.size === 0;
  }

  get areEnough(): boolean {
    return this.#byReason.size >= this.#most;
  }

  add(finding: FuzzFinding): void {
    const start = finding.reason.split("\n").slice(0, 2).join(" ");
    const key = `${finding.kind} ${start}`.replaceAll(/\d+/g, "0");
    if (!this.#byReason.has(key)) this.#byReason.set(key, finding);
  }

  toArray(): readonly FuzzFinding[] {
    return [...this.#byReason.values()].toSorted((a, b) => a.index - b.index);
  }
}

interface Watch {
  readonly limits: InputLimits;
  readonly findings: Findings;
  readonly deadlineMs: number;
}

interface Ended {
  readonly next: number;
  /** Why the process was ended, or ended by itself; null when it read all, or time is over, or enough was found. */
  readonly stopped: Pick<FuzzFinding, "kind" | "reason"> | null;
}

/** One worker process, watched. */
class ProcessRun {
  readonly #request: FuzzRequest;
  readonly #watch: Watch;
  readonly #child: ChildProcess;
  readonly #usage: Usage;
  #next: number;
  #stopped: Ended["stopped"] = null;
  #isReady = false;
  #isAsked = false;

  constructor(request: FuzzRequest, watch: Watch) {
    this.#request = request;
    this.#watch = watch;
    this.#next = request.from;
    this.#child = fork(join(import.meta.dirname, "worker.ts"), {
      execArgv: [`--max-old-space-size=${watch.limits.heapMegabytes}`, "--no-warnings"],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#usage = new Usage(this.#child);
  }

  async run(): Promise<Ended> {
    let words = "";
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      words = (words + chunk.toString()).slice(-2000);
    });
    this.#child.on("message", (reply: FuzzReply) => this.#take(reply));
    const timer = setInterval(() => this.#look(), 100);
    this.#child.send(this.#request);
    const exit = await new Promise<string>((resolve) =>
      this.#child.on("close", (code, signal) => resolve(signal ?? `code ${String(code)}`)),
    );
    clearInterval(timer);
    const stopped = this.#isAsked
      ? this.#stopped
      : ({ kind: "crash", reason: `${exit}\n${words}` } as const);
    return { next: this.#next, stopped };
  }

  #take(reply: FuzzReply): void {
    this.#usage.mark();
    switch (reply.kind) {
      case "ready":
        this.#isReady = true;
        return;
      case "finding":
        this.#watch.findings.add({ index: reply.index, kind: "wrong", reason: reply.reason });
        return;
      case "reached":
        if (reply.peakBytes > this.#watch.limits.residentBytes)
          return this.#tooMuch(reply.peakBytes);
        this.#next = reply.next;
        if (this.#watch.findings.areEnough) this.#stop(null);
        return;
      case "end":
        this.#next = this.#request.from + this.#request.count;
        this.#isAsked = true;
    }
  }

  #look(): void {
    const { limits, deadlineMs } = this.#watch;
    if (!this.#isReady) return;
    const { processorMs, waitedMs, residentBytes } = this.#usage.sinceMark();
    // A lot is given time for each input; one that uses it up is gone through alone.
    const allowedMs = limits.hangMs + (this.#request.step === 1 ? 0 : 20 * this.#request.step);
    if (residentBytes > limits.residentBytes) this.#tooMuch(residentBytes);
    else if (processorMs > allowedMs || waitedMs > 20 * allowedMs) {
      this.#stop({ kind: "hang", reason: `more than ${limits.hangMs} ms` });
    } else if (performance.now() > deadlineMs) this.#stop(null);
  }

  #tooMuch(residentBytes: number): void {
    this.#stop({ kind: "memory", reason: `${Math.round(residentBytes / 1e6)} MB resident` });
  }

  #stop(why: Ended["stopped"]): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#stopped = why;
    this.#child.kill("SIGKILL");
  }
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
