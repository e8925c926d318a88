import type { ElfFacts } from "../formats/elf/facts.ts";
import { checkGlibcSymbols, checkGlibcVersions } from "./glibc-symbols.ts";
import { GlibcSearch } from "./glibc-search.ts";
import { loadGlibc, type Loaded } from "./load-glibc.ts";
import { loadMusl } from "./load-musl.ts";
import { makeObject, type GrowingObject } from "./loaded-objects.ts";
import type { FoundLibrary } from "./locate.ts";
import { isSameMachine, machineName, type ElfMachine } from "./machine.ts";
import { MuslSearch } from "./musl-search.ts";
import { checkMuslSymbols } from "./musl-symbols.ts";
import { compareMuslVersions } from "./musl-version.ts";
import type { LibraryOpener } from "./open-library.ts";
import { readGlibcPreloads, readMuslPreloads } from "./preload.ts";
import {
  blocksLoad,
  type CpuLevel,
  type LinkedProcess,
  type LinkProblem,
  type StartEnvironment,
} from "./process.ts";

/** One root with one environment: searches that all its programs share are made once. */
export interface LinkContext {
  readonly opener: LibraryOpener;
  readonly environment: StartEnvironment;
  /** By real path of the loader and machine. */
  readonly glibcSearches: Map<string, GlibcSearch>;
  readonly muslSearches: Map<string, MuslSearch>;
  /** What the image is for; null: what the program itself says. */
  readonly machine: ElfMachine | null;
}

/** Starts one ELF program: the kernel's part, then its loader's. */
export function linkProcess(
  program: { readonly path: string; readonly realPath: string },
  context: LinkContext,
): LinkedProcess {
  const opened = context.opener.open(program.path);
  if (opened.kind !== "elf") throw new TypeError(`Cannot link ${program.path}: it is no ELF file`);
  const main = makeObject(opened, { neededBy: null, because: "program" });
  const { facts } = opened;
  const kernel = checkKernel(main, context.machine);
  const level = checkCpuLevel(main, context.environment.cpuLevel);
  const asked = facts.interpreter;
  if (asked === null) {
    const problems = [...kernel, ...level];
    return { ruleSet: "none", interpreter: null, libcVersion: null, objects: [main], problems };
  }
  const interpreter = openInterpreter(asked, facts, context);
  const whole = (rest: Partial<LinkedProcess>): LinkedProcess => ({
    ruleSet: "unknown",
    interpreter: { asked, realPath: interpreter.library?.realPath ?? null },
    libcVersion: null,
    objects: [main],
    ...rest,
    problems: [...kernel, ...interpreter.problems, ...level, ...(rest.problems ?? [])],
  });
  const { library } = interpreter;
  if (library === null) return whole({});
  const kind = library.facts.loader?.kind;
  if (kind === "glibc") return whole(linkGlibc(main, { library, context }));
  if (kind === "musl") return whole(linkMusl(main, { library, context, asked }));
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

/** Highest bit of GNU_PROPERTY_X86_ISA_1_NEEDED. Source: x86-64 psABI, "Program property". */
const levels: readonly CpuLevel[] = ["x86-64-v1", "x86-64-v2", "x86-64-v3", "x86-64-v4"];

function checkCpuLevel({ facts }: GrowingObject, promises: CpuLevel): readonly LinkProblem[] {
  const bits = facts.notes.x86IsaNeeded;
  if (bits === null || facts.machine !== 62) return [];
  const needs = levels.findLast((_, bit) => (bits & (1 << bit)) !== 0);
  if (needs === undefined || levels.indexOf(needs) <= levels.indexOf(promises)) return [];
  return [{ severity: "blocks", phase: "load", subject: { code: "cpu-level", needs, promises } }];
}

function openInterpreter(
  asked: string,
  facts: ElfFacts,
  { opener, environment }: LinkContext,
): { readonly library: FoundLibrary | null; readonly problems: readonly LinkProblem[] } {
  const path = asked.startsWith("/") ? asked : `${environment.workingDirectory}/${asked}`;
  const opened = opener.open(path);
  const unneeded: readonly LinkProblem[] =
    facts.needed.length === 0 && facts.imports.length === 0
      ? [
          {
            severity: "note",
            phase: "load",
            subject: {
              code: "loader-unneeded",
              interpreter: asked,
              present: opened.kind !== "absent",
            },
          },
        ]
      : [];
  const refuse = (problem: LinkProblem) => ({ library: null, problems: [problem, ...unneeded] });
  const unusable = (reason: "not-elf" | "other-machine" | "not-executable" | "malformed") =>
    refuse(blocksLoad({ code: "loader-unusable", interpreter: asked, reason }));
  switch (opened.kind) {
    case "absent": {
      const linkTarget = opener.rootfs.lookup(path)?.entry.linkTarget ?? null;
      return refuse(blocksLoad({ code: "loader-missing", interpreter: asked, linkTarget }));
    }
    case "not-elf":
      return unusable("not-elf");
    case "unreadable":
      return refuse(blocksLoad({ code: "not-read", path: asked, reason: opened.reason }));
    case "elf": {
      if (!isSameMachine(opened.facts, facts)) return unusable("other-machine");
      if ((opened.node.entry.mode & 0o111) === 0) return unusable("not-executable");
      return { library: opened, problems: unneeded };
    }
  }
}

interface LoaderInput {
  readonly library: FoundLibrary;
  readonly context: LinkContext;
}

function linkGlibc(main: GrowingObject, { library, context }: LoaderInput): Partial<LinkedProcess> {
  const { opener, environment } = context;
  const version = glibcVersion(library, opener);
  const systemDirs = library.facts.loader?.systemDirs ?? [];
  const numbers = /^(\d+)\.(\d+)/.exec(version ?? "");
  const key = `${library.realPath}\n${machineName(main.facts)}`;
  let search = context.glibcSearches.get(key);
  if (search === undefined) {
    const parsed = numbers === null ? null : ([Number(numbers[1]), Number(numbers[2])] as const);
    const loader = { machine: main.facts, version: parsed, systemDirs };
    search = new GlibcSearch(opener, loader, environment);
    context.glibcSearches.set(key, search);
  }
  const preloads = readGlibcPreloads(opener, environment);
  const loaded = loadGlibc(main, { opener, search, preloads });
  const minor = numbers === null ? null : Number(numbers[1]) * 1000 + Number(numbers[2]);
  const problems = [
    ...withoutSystemDirs(loaded, systemDirs, library),
    ...checkGlibcVersions(loaded),
    ...checkRelr(loaded, minor),
    ...loaded.objects.slice(1).flatMap((object) => checkCpuLevel(object, environment.cpuLevel)),
    ...checkGlibcSymbols(loaded, { bindNow: environment.bindNow, interpreter: library.node }),
  ];
  return { ruleSet: "glibc", libcVersion: version, objects: loaded.objects, problems };
}

/** What is missing proves nothing when it is not known where this loader looks. */
function withoutSystemDirs(
  { problems }: Loaded,
  systemDirs: readonly string[],
  { path }: FoundLibrary,
): readonly LinkProblem[] {
  if (systemDirs.length > 0 || problems.length === 0) return problems;
  const reason = "its built-in directories were not recognised";
  return [blocksLoad({ code: "not-read", path, reason })];
}

/** The loader need not say it; libc.so.6, which stands beside it, does. */
function glibcVersion({ facts, realPath }: FoundLibrary, opener: LibraryOpener): string | null {
  const own = facts.loader?.version ?? null;
  if (own !== null) return own;
  const beside = opener.open(`${realPath.slice(0, realPath.lastIndexOf("/"))}/libc.so.6`);
  return beside.kind === "elf" ? (beside.facts.libc?.version ?? null) : null;
}

/**
 * DT_RELR is applied since 2.36, and only for objects that say so. Sources: NEWS 2.36; elf/dl-version.c; a loader
 * before that leaves the pointers as they are, and the version GLIBC_ABI_DT_RELR is there to stop it.
 */
function checkRelr({ objects }: Loaded, version: number | null): readonly LinkProblem[] {
  if (version === null) return [];
  return objects.flatMap(({ facts, path }) => {
    if (!facts.relr) return [];
    const asks = facts.versionNeeds.flatMap(({ versions }) => versions.map(({ name }) => name));
    const isMarked = asks.includes("GLIBC_ABI_DT_RELR");
    const isOwn = facts.versionDefinitions.some(({ name }) => name === "GLIBC_PRIVATE");
    if (version >= 2036) {
      const isRefused = asks.some((name) => name.startsWith("GLIBC_2.")) && !isMarked && !isOwn;
      if (!isRefused) return [];
      const what = "DT_RELR without the version GLIBC_ABI_DT_RELR";
      return [blocksLoad({ code: "relocation-unsupported", neededBy: path, what })];
    }
    // The missing version is said already.
    if (isMarked) return [];
    return [blocksLoad({ code: "relocation-unsupported", neededBy: path, what: "DT_RELR" })];
  });
}

function linkMusl(
  main: GrowingObject,
  { library, context, asked }: LoaderInput & { readonly asked: string },
): Partial<LinkedProcess> {
  const { opener, environment } = context;
  const { version = null, muslArchitecture = null } = library.facts.loader ?? {};
  const key = `${asked}\n${library.realPath}`;
  let search = context.muslSearches.get(key);
  if (search === undefined) {
    const loader = {
      machine: main.facts,
      interpreter: asked,
      architecture: muslArchitecture ?? "",
    };
    search = new MuslSearch(opener, loader, environment);
    context.muslSearches.set(key, search);
  }
  const preloads = readMuslPreloads(environment);
  const loaded = loadMusl(main, { opener, search, preloads, self: library });
  const problems = [
    ...loaded.problems,
    ...checkMuslRelocations(loaded, version),
    ...checkMuslSymbols(loaded, { version, self: library.facts }),
  ];
  return { ruleSet: "musl", libcVersion: version, objects: loaded.objects, problems };
}

/** Sources: musl commit d32dadd6 (DT_RELR, 1.2.4); ldso/dynlink.c, do_relocs: no case for IRELATIVE. */
function checkMuslRelocations({ objects }: Loaded, version: string | null): readonly LinkProblem[] {
  const isOld = version !== null && compareMuslVersions(version, "1.2.4") < 0;
  return objects.flatMap(({ facts, path, because }) => {
    if (because === "self") return [];
    const unsupported = (what: string): LinkProblem =>
      blocksLoad({ code: "relocation-unsupported", neededBy: path, what });
    return [
      ...(facts.relr && isOld ? [unsupported("DT_RELR")] : []),
      ...(facts.hasIrelative ? [unsupported("R_*_IRELATIVE")] : []),
    ];
  });
}
