import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program as a user does, with a home of its own in `folder` and nothing of this one's settings. Blocks nothing. */
export async function runProgram(folder: string, ...args: readonly string[]): Promise<Ended> {
  const home = join(folder, "home");
  mkdirSync(home, { recursive: true });
  const launcher = join(import.meta.dirname, "../../bin/fromage.js");
  const child = spawn(process.execPath, [launcher, ...args], {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: home, TZ: "UTC" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr]: [string[], string[]] = [[], []];
  child.stdout.setEncoding("utf8").on("data", (text: string) => stdout.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => stderr.push(text));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  return { status, stdout: stdout.join(""), stderr: stderr.join("") };
}
