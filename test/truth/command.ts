import { spawn, spawnSync } from "node:child_process";

/** What a finished command left: exit code (128 + signal when killed) and its output as text. */
export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** True when a tool of this name is on PATH. */
export function hasTool(name: string): boolean {
  return spawnSync("sh", ["-c", 'command -v "$1"', "sh", name]).status === 0;
}

/** Those of the tools that are not on PATH, in the order given. */
export function missingTools(names: readonly string[]): readonly string[] {
  return names.filter((name) => !hasTool(name));
}

/** Runs a tool to its end, without standard input. Rejects with the tool's words when it fails. */
export async function runTool(
  command: readonly [string, ...string[]],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Ran> {
  const [tool, ...args] = command;
  const child = spawn(tool, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 255));
  });
  const ran = {
    exitCode,
    stdout: String(Buffer.concat(stdout)),
    stderr: String(Buffer.concat(stderr)),
  };
  if (exitCode !== 0) {
    const words = ran.stderr.trim().split("\n").slice(-3).join(" / ");
    throw new Error(`Cannot run ${tool}: exit code ${String(exitCode)}, ${words}`);
  }
  return ran;
}
