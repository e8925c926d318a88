import type { Proof } from "./subject.ts";

/** What one start left behind. */
export interface RawRun {
  /** Lines of launch.c's report. */
  readonly report: readonly string[];
  /** First 64 KiB of each. */
  readonly stdout: string;
  readonly stderr: string;
  readonly isTimedOut: boolean;
}

/**
 * How far the program came.
 * started: its own code ran and gave the proof it owes.
 * started-then-failed: the loader was done, then the proof did not come.
 * failed: the kernel, the loader or a script's interpreter gave up before the program's own code.
 */
export type OutcomeKind = "started" | "started-then-failed" | "failed";

export interface Outcome {
  readonly kind: OutcomeKind;
  /** Where it ended: exec (kernel), load (dynamic loader), script (interpreter of a script), run. */
  readonly phase: "exec" | "load" | "script" | "run";
  /** Short, from a closed list; for counting. */
  readonly cause: string;
  /** The first line of the real message; empty when it started. */
  readonly message: string;
}

/** Known messages of loaders, and what each is counted as. First match wins. */
const causes: readonly (readonly [RegExp, string])[] = [
  [/version `[^']+' not found|symbol \S+ version \S+ not defined/, "version missing"],
  [/cannot open shared object file|Error loading shared library/, "library missing"],
  [/undefined symbol|symbol not found/, "symbol missing"],
  [/CPU ISA level/, "cpu level"],
  [/wrong ELF class|invalid ELF header|Exec format error|file too short/, "wrong file"],
  [/initial-exec TLS|static TLS/, "tls"],
  [/unsupported relocation|Inconsistency detected/, "loader's own"],
];

/** Tells what happened from the report of the launcher, the output and the proof owed. Pure. */
export function judgeRun(run: RawRun, proof: Proof, isScript: boolean): Outcome {
  const refused = run.report.find((line) => line.startsWith("execve "));
  if (refused !== undefined) {
    const code = refused.slice("execve ".length);
    return { kind: "failed", phase: "exec", cause: `execve ${code}`, message: `execve: ${code}` };
  }
  if (!run.report.includes("exec")) throw new Error(`Cannot judge a run: ${describe(run)}`);
  if (!run.report.includes("entry")) {
    return { kind: "failed", phase: "load", cause: causeOf(run), message: firstLine(run) };
  }
  if (hasProof(run, proof)) return { kind: "started", phase: "run", cause: "", message: "" };
  if (isScript) {
    return {
      kind: "failed",
      phase: "script",
      cause: "interpreter missing",
      message: firstLine(run),
    };
  }
  return {
    kind: "started-then-failed",
    phase: "run",
    cause: causeOf(run),
    message: firstLine(run),
  };
}

function hasProof(run: RawRun, proof: Proof): boolean {
  const ended =
    proof.exitCode === null || run.report.includes(`exit ${String(proof.exitCode ?? 0)}`);
  if (!ended || run.isTimedOut) return false;
  return proof.output === undefined || new RegExp(proof.output).test(run.stdout + run.stderr);
}

function causeOf(run: RawRun): string {
  for (const [pattern, cause] of causes) if (pattern.test(run.stderr)) return cause;
  const signal = run.report.find((line) => line.startsWith("signal "));
  return run.isTimedOut ? "timeout" : (signal ?? "other");
}

/** The line that names the cause: a loader's, else the first one; long addresses are cut out. */
function firstLine(run: RawRun): string {
  const lines = `${run.stderr}\n${run.stdout}`.split("\n").filter((line) => line.trim() !== "");
  const telling = lines.find((line) => causes.some(([pattern]) => pattern.test(line)));
  const ended = run.report.findLast((line) => /^(exit|signal) /.test(line)) ?? "no end";
  const end = run.isTimedOut ? "timeout" : ended;
  return `${(telling ?? lines[0] ?? "").trim().slice(0, 300)} (${end})`.trim();
}

function describe(run: RawRun): string {
  return `the launcher reported ${JSON.stringify(run.report)}, stderr ${JSON.stringify(run.stderr.slice(0, 300))}`;
}
