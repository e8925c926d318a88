import type { ElfFacts } from "../formats/elf/facts.ts";
import type { FindingSubject } from "../model/finding.ts";
import { checkWhole } from "./check-whole.ts";
import { checkCpuLevel } from "./cpu-level.ts";
import type { LinkContext } from "./link-context.ts";
import { linkGlibc } from "./link-glibc.ts";
import { linkMusl } from "./link-musl.ts";
import { makeObject, type GrowingObject } from "./loaded-objects.ts";
import type { FoundLibrary } from "./locate.ts";
import { isSameMachine, machineName, type ElfMachine } from "./machine.ts";
import { blocksLoad, type LinkedProcess, type LinkProblem } from "./process.ts";
import { toAbsolute } from "./search-path.ts";
import { isSecureStart } from "./secure-mode.ts";

const root = { uid: 0, gid: 0 };

/** Starts one ELF program: the kernel's part, then its loader's. `loads`: what it opens by itself afterwards. */
export function linkProcess(
  program: { readonly path: string; readonly realPath: string },
  context: LinkContext,
  loads: readonly string[] = [],
): LinkedProcess {
  const opened = context.opener.open(program.path);
  if (opened.kind !== "elf") throw new TypeError(`Cannot link ${program.path}: it is no ELF file`);
  const main = makeObject(opened, { neededBy: null, because: "program" });
  const { facts } = opened;
  const kernel = checkKernel(main, context.machine);
  const asked = facts.interpreter;
  if (asked === null) {
    const level = checkCpuLevel(main, context.environment.cpuLevel, "use");
    const problems = [...kernel, ...checkWhole([main]), ...level];
    return { ruleSet: "none", interpreter: null, libcVersion: null, objects: [main], problems };
  }
  const interpreter = openInterpreter(asked, facts, context);
  const whole = (rest: Partial<LinkedProcess>): LinkedProcess => ({
    ruleSet: "unknown",
    interpreter: { asked, realPath: interpreter.library?.realPath ?? null },
    libcVersion: null,
    objects: [main],
    ...rest,
    problems: [
      ...kernel,
      ...interpreter.problems,
      ...checkWhole(rest.objects ?? [main]),
      ...(rest.problems ?? []),
    ],
  });
  const { library } = interpreter;
  if (library === null) return whole({});
  const kind = library.facts.loader?.kind;
  const isSecure = isSecureStart(main.node.entry, context.environment.user ?? root);
  const input = { library, context, asked, isSecure, loads };
  if (kind === "glibc") return whole(linkGlibc(main, input));
  if (kind === "musl") return whole(linkMusl(main, input));
  const reason = "it is a loader whose rules are not known";
  return whole({ problems: [blocksLoad({ code: "not-read", path: asked, reason })] });
}

/** Source: Linux fs/binfmt_elf.c, elf_check_arch; the kernel does not look at OSABI, the C library's calls do. */
function checkKernel(
  { facts, path }: GrowingObject,
  expected: ElfMachine | null,
): readonly LinkProblem[] {
  const problems: LinkProblem[] = [];
  if (facts.type === "other") problems.push(blocksLoad({ code: "format-unknown", path }));
  if (facts.type === "shared" && facts.interpreter === null) {
    const reason = "it is a library without an interpreter, not a program";
    problems.push(blocksLoad({ code: "not-read", path, reason }));
  }
  if (expected !== null && !isSameMachine(facts, expected)) {
    const found = machineName(facts);
    const names = { found, expected: machineName(expected) };
    const reason = `whether a kernel for ${names.expected} runs ${found} depends on how it was built`;
    problems.push(
      isCompatible(facts, expected)
        ? blocksLoad({ code: "not-read", path, reason })
        : blocksLoad({ code: "wrong-machine", ...names }),
    );
  }
  if (facts.osAbi !== 0 && facts.osAbi !== 3) {
    const found = facts.osAbi === 9 ? "FreeBSD" : `OSABI ${facts.osAbi}`;
    problems.push(blocksLoad({ code: "wrong-osabi", found, expected: "Linux" }));
  }
  return problems;
}

/** 32-bit programs that 64-bit kernels may run: CONFIG_IA32_EMULATION, CONFIG_COMPAT. By e_machine. */
function isCompatible(found: ElfMachine, expected: ElfMachine): boolean {
  return (
    (expected.machine === 62 && found.machine === 3) ||
    (expected.machine === 183 && found.machine === 40)
  );
}

/** PT_INTERP as the kernel opens it. Source: Linux fs/binfmt_elf.c, load_elf_binary, load_elf_interp; fs/exec.c, do_open_execat. */
function openInterpreter(
  asked: string,
  facts: ElfFacts,
  { opener, environment }: LinkContext,
): { readonly library: FoundLibrary | null; readonly problems: readonly LinkProblem[] } {
  const path = toAbsolute(asked, environment.workingDirectory);
  const opened = opener.open(path);
  const unneeded = facts.needed.length === 0 && facts.imports.length === 0;
  const present = opened.kind !== "absent";
  const note = { code: "loader-unneeded", interpreter: asked, present } as const;
  const notes: readonly LinkProblem[] = unneeded
    ? [{ severity: "note", phase: "load", subject: note }]
    : [];
  const refuse = (subject: FindingSubject) => ({
    library: null,
    problems: [blocksLoad(subject), ...notes],
  });
  const unusable = (reason: "not-elf" | "other-machine" | "not-executable" | "malformed") =>
    refuse({ code: "loader-unusable", interpreter: asked, reason });
  if (opened.kind === "absent" || opened.kind === "loop") {
    const linkTarget = opener.rootfs.lookup(path)?.entry.linkTarget ?? null;
    return refuse({ code: "loader-missing", interpreter: asked, linkTarget });
  }
  // A directory, a device, a file without the right: EACCES before anything is read.
  if (!opener.mayExecute(path)) return unusable("not-executable");
  if (opened.kind === "not-elf") return unusable("not-elf");
  if (opened.kind === "unreadable") {
    return refuse({ code: "not-read", path: asked, reason: opened.reason });
  }
  if (!isSameMachine(opened.facts, facts)) return unusable("other-machine");
  if (opened.facts.type === "other") return unusable("malformed");
  return { library: opened, problems: notes };
}
