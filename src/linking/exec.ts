import type { Rootfs } from "../image/rootfs.ts";
import { reasonOf } from "./open-library.ts";
import { blocksLoad, type ExecStep, type LinkProblem, type StartEnvironment } from "./process.ts";
import { toAbsolute } from "./search-path.ts";
import { parseEnvArgument, parseShebang } from "./shebang.ts";

/** What the kernel is asked to run, and what it comes to: ELF files in the order in which they are started. */
export interface ExecPlan {
  readonly steps: readonly ExecStep[];
  /** ELF programs that are started one after the other: an `env` before what it starts. */
  readonly programs: readonly { readonly path: string; readonly realPath: string }[];
  readonly problems: readonly LinkProblem[];
}

/** Scripts that are interpreters of scripts. Source: Linux fs/exec.c, exec_binprm, depth > 5. */
const maxScripts = 5;
const maxEnvs = 8;

/**
 * Follows exec through `#!` lines and `env`. `program` is a path, or a name to look up in PATH (as an engine does with
 * an entrypoint). Source: Linux fs/exec.c, fs/binfmt_script.c; execvp(3) for names.
 */
export function planExec(rootfs: Rootfs, program: string, environment: StartEnvironment): ExecPlan {
  const steps: ExecStep[] = [];
  const programs: { path: string; realPath: string }[] = [];
  const problems: LinkProblem[] = [];
  let path: string | null = program;
  if (!program.includes("/")) {
    const found = findInPath(rootfs, program, environment);
    path = found;
    if (found === null) {
      const searched = environment.path.split(":");
      problems.push(blocksLoad({ code: "program-missing", name: program, searched }));
    }
  }
  let scripts = 0;
  let asker: { readonly line: string; readonly path: string } | null = null;
  for (let envs = 0; path !== null && envs < maxEnvs;) {
    const asked: string = path;
    path = null;
    const opened = openProgram(rootfs, toAbsolute(asked, environment.workingDirectory));
    if (opened.kind !== "elf" && opened.kind !== "script") {
      steps.push({ path: asked, realPath: null, kind: "none", line: null });
      problems.push(blocksLoad(subjectOf(opened, asked, asker)));
      break;
    }
    const { realPath } = opened;
    if (opened.kind === "elf") {
      steps.push({ path: asked, realPath, kind: "elf", line: null });
      programs.push({ path: asked, realPath });
      break;
    }
    const { line } = opened.shebang;
    const shebang = parseShebang(opened.shebang);
    steps.push({ path: asked, realPath, kind: "script", line });
    scripts++;
    if (shebang === null) {
      problems.push(blocksLoad({ code: "format-unknown", path: asked }));
      break;
    }
    asker = { line, path: asked };
    const { interpreter, argument } = shebang;
    if (scripts > maxScripts) {
      problems.push(blocksLoad({ code: "interpreter-missing", interpreter, line, reason: "loop" }));
      break;
    }
    if (!isEnv(interpreter)) {
      path = interpreter;
      continue;
    }
    envs++;
    const env = openProgram(rootfs, toAbsolute(interpreter, environment.workingDirectory));
    if (env.kind !== "elf") {
      // A script called env, or nothing: it is followed like any other interpreter.
      path = interpreter;
      continue;
    }
    steps.push({ path: interpreter, realPath: env.realPath, kind: "env", line });
    programs.push({ path: interpreter, realPath: env.realPath });
    const command = parseEnvArgument(argument);
    if (command.kind !== "command") {
      problems.push(
        blocksLoad({ code: "interpreter-missing", interpreter, line, reason: "env-options" }),
      );
      break;
    }
    const { name } = command;
    path = name.includes("/") ? name : findInPath(rootfs, name, environment);
    if (path === null) {
      const reason = name.endsWith("\r") ? "carriage-return" : "not-in-path";
      problems.push(
        blocksLoad({ code: "interpreter-missing", interpreter: name.trimEnd(), line, reason }),
      );
    }
    // What env starts is a new exec: its scripts are counted anew.
    scripts = 0;
  }
  return { steps, programs, problems };
}

function isEnv(interpreter: string): boolean {
  return /(?:^|\/)env$/.test(interpreter);
}

type OpenedProgram =
  | { readonly kind: "elf"; readonly realPath: string }
  | {
      readonly kind: "script";
      readonly realPath: string;
      readonly shebang: { readonly line: string; readonly hasCarriageReturn: boolean };
    }
  | { readonly kind: "absent" }
  | { readonly kind: "loop" }
  | { readonly kind: "not-executable"; readonly mode: number }
  | { readonly kind: "unread"; readonly reason: string }
  | { readonly kind: "unknown" };

function openProgram(rootfs: Rootfs, path: string): OpenedProgram {
  const resolved = rootfs.resolve(path);
  if (resolved.kind === "loop") return { kind: "loop" };
  if (resolved.kind !== "found") return { kind: "absent" };
  const { path: realPath, node } = resolved;
  const { type, mode } = node.entry;
  // A directory, a device: exec says EACCES for all of them.
  if (type !== "file" || (mode & 0o111) === 0) return { kind: "not-executable", mode };
  if (rootfs.elf(realPath) !== null) return { kind: "elf", realPath };
  const failure = rootfs.elfFailure(realPath);
  if (failure !== null) return { kind: "unread", reason: reasonOf(failure) };
  const shebang = rootfs.shebang(realPath);
  return shebang === null ? { kind: "unknown" } : { kind: "script", realPath, shebang };
}

function subjectOf(
  opened: Exclude<OpenedProgram, { kind: "elf" | "script" }>,
  asked: string,
  asker: { readonly line: string } | null,
): LinkProblem["subject"] {
  const { kind } = opened;
  if (kind === "unread") return { code: "not-read", path: asked, reason: opened.reason };
  if (kind === "unknown") return { code: "format-unknown", path: asked };
  if (asker !== null) {
    const reason = asked.endsWith("\r") && kind === "absent" ? "carriage-return" : kind;
    const interpreter = asked.trimEnd();
    return { code: "interpreter-missing", interpreter, line: asker.line, reason };
  }
  if (kind === "not-executable") {
    const modeOctal = (opened.mode & 0o7777).toString(8).padStart(4, "0");
    return { code: "not-executable", path: asked, modeOctal };
  }
  return { code: "program-missing", name: asked, searched: [] };
}

/** The first file of that name in PATH that may be executed. Source: POSIX execvp; an empty part is the working directory. */
export function findInPath(
  rootfs: Rootfs,
  name: string,
  { path, workingDirectory }: StartEnvironment,
): string | null {
  for (const directory of path.split(":")) {
    const candidate = toAbsolute(`${directory === "" ? "." : directory}/${name}`, workingDirectory);
    const resolved = rootfs.resolve(candidate);
    if (resolved.kind !== "found") continue;
    const { type, mode } = resolved.node.entry;
    if (type === "file" && (mode & 0o111) !== 0) return candidate;
  }
  return null;
}
