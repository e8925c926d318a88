import type { Rootfs } from "../image/rootfs.ts";
import { planExec } from "./exec.ts";
import type { LinkContext } from "./link-context.ts";
import { linkProcess } from "./link-process.ts";
import type { ElfMachine } from "./machine.ts";
import { LibraryOpener } from "./open-library.ts";
import type { LinkProblem, Start, StartEnvironment } from "./process.ts";

/** What engines put into PATH when the image config has none. Source: moby oci/defaults.go. */
export const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export const plainEnvironment: StartEnvironment = {
  path: defaultPath,
  libraryPath: null,
  preload: null,
  bindNow: false,
  workingDirectory: "/",
  cpuLevel: "x86-64-v1",
};

/** Starts programs of one root in one environment. Nothing is run: it follows the kernel's and the loaders' rules. */
export interface Linker {
  /** `program`: a path in the root, or a name to look up in PATH. */
  start(program: string): Start;
}

/**
 * `machine` is what the image is for: a program of another machine is a problem. Null: each program is taken as it is.
 */
export function createLinker(
  rootfs: Rootfs,
  options: { readonly environment?: StartEnvironment; readonly machine?: ElfMachine | null } = {},
): Linker {
  const environment = options.environment ?? plainEnvironment;
  const context: LinkContext = {
    opener: new LibraryOpener(rootfs, environment.user),
    environment,
    glibcSearches: new Map(),
    muslSearches: new Map(),
    machine: options.machine ?? null,
  };
  return {
    start(program) {
      const plan = planExec(rootfs, program, environment);
      const last = plan.programs.length - 1;
      const processes = plan.programs.map((elf, index) =>
        linkProcess(elf, context, index === last ? environment.loads : []),
      );
      const problems = [...plan.problems, ...processes.flatMap((process) => process.problems)];
      return { steps: plan.steps, processes, problems: problems.toSorted(byRank) };
    },
  };
}

/** First cause first: what stops the kernel, then what stops the loader, then what comes later. */
function byRank(a: LinkProblem, b: LinkProblem): number {
  return rankOf(a) - rankOf(b);
}

function rankOf({ severity, phase, subject }: LinkProblem): number {
  const weight = severity === "blocks" ? 0 : severity === "degrades" ? 200 : 300;
  const late = phase === "load" ? 0 : 100;
  const isSecond = subject.code === "symbol-missing" || subject.code === "relocation-unsupported";
  const isFirst = subject.code === "wrong-machine";
  return (
    weight + late + (isFirst ? 0 : isSecond ? 20 : subject.code === "version-missing" ? 10 : 5)
  );
}
