import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { failed, success, type Failure, type Result } from "../../../model/failure.ts";
import { parseJsonText, textAt } from "../../sources/json.ts";
import type { Credential } from "../credentials.ts";
import type { Environment } from "../../machine/machine.ts";
import { isHelperName } from "./parse-auth-file.ts";
import { runProgram } from "./run-program.ts";

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
  const { server: input, env, timeLimitMs, signal } = request;
  const limits = { timeLimitMs, maxOutputBytes, signal };
  const ending = await runProgram(program, { args: ["get"], input, env, limits });
  if (ending.why === "not-started") return failed(notStarted(what, ending.error));
  const { code, output, why } = ending;
  if (why === "cancelled") return failed({ kind: "cancelled", what, where: null });
  if (why === "time") {
    const reason = `it did not answer in ${request.timeLimitMs / 1000} s and was stopped`;
    return failed({ kind: "unreachable", what, where: null, reason });
  }
  if (why === "output") {
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

function notStarted(what: string, error: Error): Failure {
  const code = "code" in error ? String(error.code) : "no code";
  return {
    kind: "denied",
    what,
    where: null,
    reason: `it could not be started (${code})`,
  };
}

function readAnswer(output: Buffer, what: string): Result<Credential | null> {
  const answer = parseJsonText(output.toString("utf8"));
  if (answer === null) {
    const reason = "no JSON object came, expected ServerURL, Username and Secret";
    const format = "credential helper";
    return failed({ kind: "malformed", what, where: null, format, reason, offsetBytes: null });
  }
  const [username, secret] = [textAt(answer, "Username"), textAt(answer, "Secret")];
  if (username === "" && secret === "") return success(null);
  if (username === "<token>") return success({ kind: "identity-token", token: secret });
  return success({ kind: "password", username, password: secret });
}
