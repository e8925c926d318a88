import { spawn, type ChildProcess } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { failed, success, type Failure, type Result } from "../../../model/failure.ts";
import { isJsonObject, textAt } from "../../sources/json.ts";
import type { Credential } from "../credentials.ts";
import type { Environment } from "../settings/machine.ts";
import { isHelperName } from "./parse-auth-file.ts";

const maxOutputBytes = 256 * 1024;

export interface HelperRequest {
  /** What stands behind `docker-credential-`. */
  readonly name: string;
  /** What it is asked for: a host or `https://index.docker.io/v1/`. */
  readonly server: string;
  readonly env: Environment;
  readonly timeLimitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** How it ended; `output` is what it wrote to stdout, null when that was too much. */
interface Ending {
  readonly code: number | null;
  readonly output: Buffer | null;
  readonly why: "ended" | "time" | "output" | "cancelled";
}

/**
 * Asks `docker-credential-NAME get`: the server on stdin, `{"ServerURL":…,"Username":…,"Secret":…}` on stdout. Null when it
 * knows none. Failures: `not-found` (no such program on PATH), `denied` (it refused), `unreachable` (it ran too long and was
 * killed), `malformed`, `over-limit`, `cancelled`. What it writes is in no failure, stderr is not even read: secrets may stand
 * there. Source: docker-credential-helpers v0.9, client.Get and credentials/error.go; `<token>`: docker/cli v29, native_store.
 */
export async function runHelper(request: HelperRequest): Promise<Result<Credential | null>> {
  const what = `docker-credential-${request.name}`;
  if (!isHelperName(request.name)) {
    const reason = "this is no name of a helper, expected letters, digits, -, _ and .";
    const format = "credentials";
    return failed({ kind: "malformed", what, where: null, format, reason, offsetBytes: null });
  }
  const program = findProgram(what, request.env);
  if (program === null) return failed({ kind: "not-found", what, where: "PATH", near: [] });
  const ending = await run(program, request);
  if (!ending.ok) return ending;
  const { code, output, why } = ending.value;
  if (why === "cancelled") return failed({ kind: "cancelled", what, where: null });
  if (why === "time") {
    const reason = `it did not answer in ${request.timeLimitMs / 1000} s and was stopped`;
    return failed({ kind: "unreachable", what, where: null, reason });
  }
  if (output === null) {
    const limit = maxOutputBytes;
    return failed({
      kind: "over-limit",
      what,
      where: null,
      budget: "answer",
      limit,
      unit: "bytes",
    });
  }
  if (code === 0) return readAnswer(output, what);
  if (output.toString("utf8").trim() === "credentials not found in native keychain")
    return success(null);
  const reason = `it refused (exit code ${code ?? "none"}); \`${what} get\` by hand says why`;
  return failed({ kind: "denied", what, where: null, reason });
}

/**
 * The program by the folders of PATH. Those that are not absolute are passed over: they would mean the folder that is looked
 * at, which is not trusted. Null when there is none.
 */
export function findProgram(name: string, env: Environment): string | null {
  // A name with a slash would leave the folder.
  if (/[/\\]/.test(name)) return null;
  const folders = (env["PATH"] ?? "").split(delimiter).filter(isAbsolute);
  const paths = folders.flatMap((folder) => {
    const path = join(folder, name);
    return delimiter === ";" ? [`${path}.exe`, path] : [path];
  });
  return paths.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function run(
  program: string,
  { name, server, env, timeLimitMs, signal }: HelperRequest,
): Promise<Result<Ending>> {
  return new Promise((resolve) => {
    // A group of its own: a helper is often a script, and its children must end with it.
    const child = spawn(program, ["get"], {
      env: { ...env },
      stdio: ["pipe", "pipe", "ignore"],
      detached: delimiter === ":",
      windowsHide: true,
    });
    let why: Ending["why"] = "ended";
    const stop = (reason: Ending["why"]): void => {
      if (why !== "ended") return;
      why = reason;
      kill(child);
      // A grandchild in yet another group would hold it open.
      child.stdout.destroy();
    };
    const cancel = (): void => stop("cancelled");
    const timer = setTimeout(() => stop("time"), timeLimitMs);
    signal?.addEventListener("abort", cancel, { once: true });
    if (signal?.aborted === true) cancel();
    const finish = (result: Result<Ending>): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
      resolve(result);
    };
    const chunks: Buffer[] = [];
    let length = 0;
    child.stdout.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxOutputBytes) stop("output");
      else chunks.push(chunk);
    });
    child.on("error", (error) => finish(failed(notStarted(name, error))));
    child.on("close", (code) => {
      const output = why === "output" ? null : Buffer.concat(chunks);
      finish(success({ code, output, why }));
    });
    // It may end without reading.
    child.stdin.on("error", () => undefined);
    child.stdin.end(server);
  });
}

function kill(child: ChildProcess): void {
  try {
    if (child.pid !== undefined && delimiter === ":") process.kill(-child.pid, "SIGKILL");
    else child.kill("SIGKILL");
  } catch {
    // It has just ended by itself.
    child.kill("SIGKILL");
  }
}

function notStarted(name: string, error: Error): Failure {
  const code = "code" in error ? String(error.code) : "no code";
  return {
    kind: "denied",
    what: `docker-credential-${name}`,
    where: null,
    reason: `it could not be started (${code})`,
  };
}

function readAnswer(output: Buffer, what: string): Result<Credential | null> {
  let answer: unknown;
  try {
    answer = JSON.parse(output.toString("utf8"));
  } catch (error) {
    // Its message quotes the text.
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (!isJsonObject(answer)) {
    const reason = "no JSON object came, expected ServerURL, Username and Secret";
    const format = "credential helper";
    return failed({ kind: "malformed", what, where: null, format, reason, offsetBytes: null });
  }
  const [username, secret] = [textAt(answer, "Username"), textAt(answer, "Secret")];
  if (username === "" && secret === "") return success(null);
  if (username === "<token>") return success({ kind: "identity-token", token: secret });
  return success({ kind: "password", username, password: secret });
}
