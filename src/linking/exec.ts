import type { ShebangFact } from "../image/layer-facts.ts";
import type { Rootfs } from "../image/rootfs.ts";
import type { FindingSubject } from "../model/finding.ts";
import { reasonOf } from "./open-library.ts";
import { findClosed } from "./permission.ts";
import {
  blocksLoad,
  type ExecStep,
  type LinkProblem,
  type StartEnvironment,
  type User,
} from "./process.ts";
import { toAbsolute } from "./search-path.ts";
import { parseEnvArgument, parseShebang, type Shebang } from "./shebang.ts";

/** What the kernel is asked to run, and what it comes to: ELF files in the order in which they are started. */
export interface ExecPlan {
  readonly steps: readonly ExecStep[];
  /** ELF programs that are started one after the other: an `env` before what it starts. `path` is absolute. */
  readonly programs: readonly { readonly path: string; readonly realPath: string }[];
  readonly problems: readonly LinkProblem[];
}

/** Scripts that are interpreters of scripts. Source: Linux fs/exec.c, exec_binprm, depth > 5. */
const maxScripts = 5;
/** An `env` that starts a script of an `env` and so on: a real one never comes this far. */
const maxEnvs = 8;

/**
 * Follows exec through `#!` lines and `env`. `program` is a path, or a name to look up in PATH (as an engine does with
 * an entrypoint). Source: Linux fs/exec.c, fs/binfmt_script.c; execvp(3) for names.
 */
export function planExec(rootfs: Rootfs, program: string, environment: StartEnvironment): ExecPlan {
  const walk = new ExecWalk(rootfs, environment);
  walk.start(program);
  return walk;
}

class ExecWalk implements ExecPlan {
  readonly steps: ExecStep[] = [];
  readonly programs: { readonly path: string; readonly realPath: string }[] = [];
  readonly problems: LinkProblem[] = [];
  readonly #rootfs: Rootfs;
  readonly #environment: StartEnvironment;
  /** The `#!` line that asks for the next file. */
  #line: string | null = null;
  #scripts = 0;
  #envs = 0;

  constructor(rootfs: Rootfs, environment: StartEnvironment) {
    this.#rootfs = rootfs;
    this.#environment = environment;
  }

  start(program: string): void {
    let path: string | null = program;
    if (!program.includes("/")) {
      path = findInPath(this.#rootfs, program, this.#environment);
      const searched = this.#environment.path.split(":");
      if (path === null) this.#stop({ code: "program-missing", name: program, searched });
    }
    while (path !== null) path = this.#follow(path);
  }

  /** The file that is started instead; null when it ends here. */
  #follow(asked: string): string | null {
    const path = toAbsolute(asked, this.#environment.workingDirectory);
    const opened = openProgram(this.#rootfs, path, this.#environment.user);
    if (opened.kind !== "elf" && opened.kind !== "script") {
      this.steps.push({ path: asked, realPath: null, kind: "none", line: null });
      return this.#stop(subjectOf(opened, asked, this.#line));
    }
    const { realPath } = opened;
    if (opened.kind === "elf") {
      this.steps.push({ path: asked, realPath, kind: "elf", line: null });
      this.programs.push({ path, realPath });
      return null;
    }
    const { line } = opened.shebang;
    const shebang = parseShebang(opened.shebang);
    this.steps.push({ path: asked, realPath, kind: "script", line });
    if (shebang === null) return this.#stop({ code: "format-unknown", path: asked });
    this.#line = line;
    const { interpreter } = shebang;
    if (++this.#scripts > maxScripts) {
      return this.#stop({ code: "interpreter-missing", interpreter, line, reason: "loop" });
    }
    return this.#throughEnv(shebang, line);
  }

  /** An `env` is started like any interpreter, and starts a program of its own; what it starts is a new exec. */
  #throughEnv({ interpreter, argument }: Shebang, line: string): string | null {
    const path = toAbsolute(interpreter, this.#environment.workingDirectory);
    const env = openProgram(this.#rootfs, path, this.#environment.user);
    if (!/(?:^|\/)env$/.test(interpreter) || env.kind !== "elf") return interpreter;
    this.steps.push({ path: interpreter, realPath: env.realPath, kind: "env", line });
    this.programs.push({ path, realPath: env.realPath });
    const command = parseEnvArgument(argument);
    if (command.kind === "unread") {
      const reason = "what this env starts is written with escapes or variables";
      return this.#stop({ code: "not-read", path: interpreter, reason });
    }
    const isRefused = command.kind !== "command" || (command.usesSplit && this.#isBusyBox(path));
    if (isRefused || ++this.#envs > maxEnvs) {
      const reason = isRefused ? "env-options" : "loop";
      return this.#stop({ code: "interpreter-missing", interpreter, line, reason });
    }
    this.#scripts = 0;
    const { name } = command;
    const found = name.includes("/") ? name : findInPath(this.#rootfs, name, this.#environment);
    if (found !== null) return found;
    const reason = name.endsWith("\r") ? "carriage-return" : "not-in-path";
    const missing = name.trimEnd();
    return this.#stop({ code: "interpreter-missing", interpreter: missing, line, reason });
  }

  /** BusyBox' env knows `-i`, `-u`, `-0` and no `-S` (measured: 1.36). All its names are one file. */
  #isBusyBox(path: string): boolean {
    const nodeAt = (asked: string) => {
      const resolved = this.#rootfs.resolve(asked);
      return resolved.kind === "found" ? resolved.node : null;
    };
    const node = nodeAt(path);
    return node === nodeAt("/bin/busybox") || node === nodeAt("/usr/bin/busybox");
  }

  #stop(subject: FindingSubject): null {
    this.problems.push(blocksLoad(subject));
    return null;
  }
}

type OpenedProgram =
  | { readonly kind: "elf"; readonly realPath: string }
  | { readonly kind: "script"; readonly realPath: string; readonly shebang: ShebangFact }
  | { readonly kind: "absent" }
  | { readonly kind: "loop" }
  /** `at`: a directory on the way that is closed to the user, not the file. */
  | { readonly kind: "not-executable"; readonly mode: number; readonly at: string | null }
  | { readonly kind: "unread"; readonly reason: string }
  | { readonly kind: "unknown" };

function openProgram(rootfs: Rootfs, path: string, user: User | undefined): OpenedProgram {
  const resolved = rootfs.resolve(path);
  if (resolved.kind === "loop") return { kind: "loop" };
  if (resolved.kind !== "found") return { kind: "absent" };
  const { path: realPath, node } = resolved;
  const { type, mode } = node.entry;
  // A directory, a device: exec says EACCES for all of them.
  if (type !== "file" || (mode & 0o111) === 0) return { kind: "not-executable", mode, at: null };
  const closed = findClosed(rootfs, realPath, { user, access: "execute" });
  if (closed !== null) {
    const at = closed.path === realPath ? null : closed.path;
    return { kind: "not-executable", mode: closed.mode, at };
  }
  if (rootfs.elf(realPath) !== null) return { kind: "elf", realPath };
  const failure = rootfs.elfFailure(realPath);
  if (failure !== null) return { kind: "unread", reason: reasonOf(failure) };
  const shebang = rootfs.shebang(realPath);
  return shebang === null ? { kind: "unknown" } : { kind: "script", realPath, shebang };
}

/** `line`: the `#!` line that asked for it; null when it is the program itself. */
function subjectOf(
  opened: Exclude<OpenedProgram, { kind: "elf" | "script" }>,
  asked: string,
  line: string | null,
): FindingSubject {
  const { kind } = opened;
  if (kind === "unread") return { code: "not-read", path: asked, reason: opened.reason };
  if (kind === "unknown") return { code: "format-unknown", path: asked };
  if (line !== null) {
    const reason = asked.endsWith("\r") && kind === "absent" ? "carriage-return" : kind;
    return { code: "interpreter-missing", interpreter: asked.trimEnd(), line, reason };
  }
  if (kind === "not-executable") {
    const modeOctal = (opened.mode & 0o7777).toString(8).padStart(4, "0");
    return { code: "not-executable", path: opened.at ?? asked, modeOctal };
  }
  return { code: "program-missing", name: asked, searched: [] };
}

/** The first file of that name in PATH that may be executed. Source: POSIX execvp; an empty part is the working directory. */
export function findInPath(
  rootfs: Rootfs,
  name: string,
  { path, workingDirectory, user }: StartEnvironment,
): string | null {
  for (const directory of path.split(":")) {
    const candidate = toAbsolute(`${directory === "" ? "." : directory}/${name}`, workingDirectory);
    const resolved = rootfs.resolve(candidate);
    if (resolved.kind !== "found") continue;
    const { type, mode } = resolved.node.entry;
    if (type !== "file" || (mode & 0o111) === 0) continue;
    const isOpen = findClosed(rootfs, resolved.path, { user, access: "execute" }) === null;
    if (isOpen) return candidate;
  }
  return null;
}
