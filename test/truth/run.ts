import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { runTool } from "./command.ts";
import { judgeRun } from "./outcome.ts";
import type { Outcome, RawRun } from "./outcome.ts";
import type { Root } from "./roots.ts";
import type { Subject } from "./subject.ts";
import { workFolder } from "./work-folder.ts";

const timeoutMs = 20_000;
const keptBytes = 65_536;
const launcherSource = join(import.meta.dirname, "launch.c");

/** Hash of the launcher's source: an observation made by another launcher does not count. */
export const launcherRevision = createHash("sha256")
  .update(readFileSync(launcherSource))
  .digest("hex")
  .slice(0, 12);

/** Compiles launch.c, static, once per revision. Gives the folder it is in. Rejects without a C compiler. */
export async function buildLauncher(): Promise<string> {
  const folder = workFolder("launcher", launcherRevision);
  const program = join(folder, "launch");
  if (existsSync(program)) return folder;
  mkdirSync(folder, { recursive: true });
  await runTool(["gcc", "-O1", "-static", "-o", program, launcherSource]);
  return folder;
}

/**
 * Starts the subject in the root and tells what happened. The root and the subject are read-only;
 * /tmp, /proc and /dev are fresh; no network, standard input is empty, 20 s at most.
 */
export async function runSubject(
  subject: Subject,
  root: Root,
  launcherFolder: string,
): Promise<Outcome> {
  const run = await start(["bwrap", ...sandboxArguments(subject, root, launcherFolder)]);
  return judgeRun(run, subject.proof, subject.isScript);
}

function sandboxArguments(subject: Subject, root: Root, launcherFolder: string): readonly string[] {
  const environment = [...root.environment, "HOME=/tmp"].map(splitVariable);
  for (const [name, value] of Object.entries(subject.environment)) environment.push([name, value]);
  return [
    ...["--unshare-all", "--die-with-parent", "--new-session", "--clearenv"],
    ...["--ro-bind", root.folder, "/", "--ro-bind", subject.folder, "/app"],
    ...["--ro-bind", launcherFolder, "/.truth", "--proc", "/proc", "--dev", "/dev"],
    ...["--tmpfs", "/tmp", "--chdir", "/app"],
    ...environment.flatMap(([name, value]) => ["--setenv", name, value]),
    ...["--", "/.truth/launch", `/app/${subject.program}`, ...subject.args],
  ];
}

function splitVariable(line: string): [string, string] {
  const at = line.indexOf("=");
  return [line.slice(0, at), line.slice(at + 1)];
}

async function start(command: readonly [string, ...string[]]): Promise<RawRun> {
  const [tool, ...args] = command;
  const child: ChildProcess = spawn(tool, args, { stdio: ["ignore", "pipe", "pipe", "pipe"] });
  const texts = [1, 2, 3].map((index) => collect(child.stdio[index]));
  let isTimedOut = false;
  const timer = setTimeout(() => {
    isTimedOut = true;
    child.kill("SIGKILL");
  }, timeoutMs);
  await new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve());
  });
  clearTimeout(timer);
  const [stdout = "", stderr = "", report = ""] = texts.map((text) => text());
  return { stdout, stderr, report: report.split("\n").filter((line) => line !== ""), isTimedOut };
}

function collect(stream: unknown): () => string {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  if (isReadable(stream)) {
    stream.on("data", (chunk: Buffer) => {
      if (sizeBytes < keptBytes) chunks.push(chunk);
      sizeBytes += chunk.length;
    });
  }
  return () => String(Buffer.concat(chunks));
}

function isReadable(stream: unknown): stream is Readable {
  return typeof stream === "object" && stream !== null && "on" in stream && "read" in stream;
}
