import type { ElfFacts } from "../formats/elf/facts.ts";
import type { RootfsNode } from "../image/rootfs.ts";
import type { FindingSubject, Phase, Searched, Severity } from "../model/finding.ts";

/** The processor levels of x86-64, lowest first. Source: x86-64 psABI, "x86-64 ISA micro-architecture levels". */
export type CpuLevel = "x86-64-v1" | "x86-64-v2" | "x86-64-v3" | "x86-64-v4";

/** Numbers of the user and group that start a program. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** What the loader is told from outside. */
export interface StartEnvironment {
  /** Colon-separated, as in the image config. */
  readonly path: string;
  readonly libraryPath: string | null;
  readonly preload: string | null;
  /** LD_BIND_NOW is set and not empty. */
  readonly bindNow: boolean;
  /** Shared objects, absolute paths, that the program opens by itself once it runs: extension modules, plugins. */
  readonly loads?: readonly string[];
  /** Absolute. */
  readonly workingDirectory: string;
  /** The lowest processor that the image promises to run on. */
  readonly cpuLevel: CpuLevel;
  /** Who starts it; root when absent. Decides whether a setuid program is started in secure mode. */
  readonly user?: User;
}

/** Why the loader took a file. `program`: the kernel was asked for it; `self`: it is the loader, which is there already. */
export type LoadReason = Searched["because"] | "program" | "self";

/** One object of a process, in load order. */
export interface LoadedObject {
  /** As the loader names it: the directory it searched and the name, links not followed. */
  readonly path: string;
  readonly realPath: string;
  /** Identity of the file: two names of one file are one object. */
  readonly node: RootfsNode;
  readonly facts: ElfFacts;
  /** Null for the program, the loader and what musl preloads; the program for what glibc preloads. */
  readonly neededBy: LoadedObject | null;
  readonly because: LoadReason;
  /** In the order of DT_NEEDED. */
  readonly needs: readonly NeededLibrary[];
}

export interface NeededLibrary {
  readonly soname: string;
  /** Null when it was not found. */
  readonly object: LoadedObject | null;
  /** Every place that was looked at before it was found, in order; empty when it was loaded already. */
  readonly searched: readonly Searched[];
}

/** A root cause; what follows from it is left out. */
export interface LinkProblem {
  readonly severity: Severity;
  readonly phase: Phase;
  readonly subject: FindingSubject;
}

/** Which rules the loader follows, from the content of the interpreter; `unknown` proves nothing. */
export type RuleSet = "none" | "glibc" | "musl" | "unknown";

/** One program as the kernel and its loader start it. */
export interface LinkedProcess {
  readonly ruleSet: RuleSet;
  /** PT_INTERP as written and the file behind it; null for a static program. */
  readonly interpreter: { readonly asked: string; readonly realPath: string | null } | null;
  /** Of the loader; null for a static program or when the file does not say it. */
  readonly libcVersion: string | null;
  /** The program first. */
  readonly objects: readonly LoadedObject[];
  readonly problems: readonly LinkProblem[];
}

/** One step of what exec does: a script, an `env`, or the program in the end. */
export interface ExecStep {
  /** As asked. */
  readonly path: string;
  readonly realPath: string | null;
  readonly kind: "elf" | "script" | "env" | "none";
  /** The `#!` line. */
  readonly line: string | null;
}

/** What starting one file comes to. It starts when no problem has severity `blocks` and phase `load`. */
export interface Start {
  readonly steps: readonly ExecStep[];
  /** Each program that is started on the way, the last one is the program itself. */
  readonly processes: readonly LinkedProcess[];
  /** Of all steps and processes, first cause first. */
  readonly problems: readonly LinkProblem[];
}

export const blocksLoad = (subject: FindingSubject): LinkProblem => ({
  severity: "blocks",
  phase: "load",
  subject,
});
