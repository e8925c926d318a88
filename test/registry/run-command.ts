import { spawn, spawnSync } from "node:child_process";

/** What the bed starts. Source: Debian packages docker-registry, skopeo, apache2-utils, openssl. */
const tools = ["docker-registry", "skopeo", "htpasswd", "openssl"] as const;

/** Why tests of the bed are skipped, for their names: ` (skipped: skopeo is not there)`. Null when all tools are there. */
export function withoutBed(): string | null {
  const missing = tools.filter((tool) => spawnSync(tool, ["--version"]).error !== undefined);
  return missing.length === 0 ? null : ` (skipped: ${missing.join(", ")} not there)`;
}

/**
 * Runs a command to its end and gives its standard output. Never blocks: servers of this process may have to answer it.
 * Throws with what it said on standard error; its arguments are left out, they may hold a password.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  cwd?: string,
): Promise<string> {
  const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  const output: string[] = [];
  const errors: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => output.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => errors.push(text));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  if (status !== 0) {
    throw new Error(`Cannot run ${command} ${args[0] ?? ""}: status ${status}, ${errors.join("")}`);
  }
  return output.join("");
}

export interface RunningCommand {
  /** What its output was seen to say when it was ready. */
  readonly ready: RegExpExecArray;
  /** Ends it and waits for that. May be called twice. */
  stop(): Promise<void>;
}

/**
 * The server, and beside it a process that ends it when this one's end of the pipe goes away: a test runner that is killed
 * leaves no server behind.
 */
const guarded =
  'exec 3<&0; "$@" <&- & server=$!; { cat <&3; kill $server; } >/dev/null 2>&1 & wait $server';

/** Starts a server and waits until a line of its output matches. Throws with its output when it ends before that. */
export async function startCommand(
  command: string,
  args: readonly string[],
  readyPattern: RegExp,
): Promise<RunningCommand> {
  const child = spawn("sh", ["-c", guarded, "sh", command, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended = new Promise<void>((resolve) => child.on("exit", () => resolve()));
  let said = "";
  const ready = await new Promise<RegExpExecArray>((resolve, reject) => {
    const look = (text: string): void => {
      // The start says what went wrong; a long log is not kept.
      if (said.length < 65_536) said += text;
      const match = readyPattern.exec(said);
      if (match !== null) resolve(match);
    };
    child.stdout.setEncoding("utf8").on("data", look);
    child.stderr.setEncoding("utf8").on("data", look);
    child.on("error", reject);
    void ended.then(() => reject(new Error(`Cannot start ${command}: it ended, ${said}`)));
  });
  return {
    ready,
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
