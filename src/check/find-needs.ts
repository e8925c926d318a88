import type { ElfFacts } from "../formats/elf/facts.ts";
import type { LoadedObject, Start } from "../linking/process.ts";
import { machineName } from "../linking/machine.ts";
import type { Need, NeedSubject } from "../model/need.ts";
import type { App } from "./app.ts";

/**
 * What the app must find at run time, from its programs as they start in the target itself: what its own files provide
 * is no need. Sorted by kind, then by name. Pure.
 */
export function findNeeds(app: App, starts: readonly Start[]): readonly Need[] {
  const needs = new Map<string, Need>();
  const add = (
    subject: NeedSubject,
    evidence: { readonly file: string; readonly seen: string },
  ) => {
    const key = `${subject.kind} ${nameOf(subject)}`;
    const known = needs.get(key);
    if (known === undefined) {
      needs.set(key, { ...subject, certainty: "certain", evidence: [evidence] });
    } else if (known.kind === "library" && subject.kind === "library") {
      const versions = [...new Set([...known.versions, ...subject.versions])].toSorted();
      const isNew = known.evidence.every(({ file }) => file !== evidence.file);
      const list =
        isNew && known.evidence.length < 5 ? [...known.evidence, evidence] : known.evidence;
      needs.set(key, { ...known, versions, evidence: list });
    }
  };
  for (const { steps, processes } of starts) {
    for (const step of steps) {
      if (step.kind === "script" && step.line !== null) {
        add(
          { kind: "command", name: step.line.trim() },
          { file: step.path, seen: `#!${step.line}` },
        );
      }
    }
    for (const { objects } of processes) {
      for (const { path, facts } of withAppLibraries(app, objects)) {
        const { interpreter } = facts;
        if (interpreter !== null) {
          const seen = `PT_INTERP ${interpreter}`;
          add(
            { kind: "loader", path: interpreter, machine: machineName(facts) },
            { file: path, seen },
          );
        }
        for (const soname of facts.needed) {
          if (appFileOf(app, soname) !== null) continue;
          const versions = facts.versionNeeds
            .filter(({ file }) => file === soname)
            .flatMap((need) => need.versions.map(({ name }) => name))
            .toSorted();
          add({ kind: "library", soname, versions }, { file: path, seen: `DT_NEEDED ${soname}` });
        }
      }
    }
  }
  return [...needs.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, need]) => need);
}

interface AppFile {
  readonly path: string;
  readonly facts: ElfFacts;
}

/**
 * The app's own files among what is loaded, and what they need of each other: in a folder without a loader the process
 * ends with the program, so names decide.
 */
function withAppLibraries(app: App, objects: readonly LoadedObject[]): readonly AppFile[] {
  const isOwn = (path: string): boolean => app.layer.elf.byPath[path] !== undefined;
  const files = new Map<string, AppFile>();
  for (const { realPath, facts } of objects) {
    if (isOwn(realPath)) files.set(realPath, { path: realPath, facts });
  }
  // A map may grow while it is walked: what a library needs is looked at in its turn.
  for (const { facts } of files.values()) {
    for (const soname of facts.needed) {
      const path = appFileOf(app, soname);
      const brief = path === null ? undefined : app.layer.elf.byPath[path];
      const found = brief === undefined ? null : app.elf.get(brief.sha256);
      if (path !== null && found !== null && !files.has(path))
        files.set(path, { path, facts: found });
    }
  }
  return [...files.values()];
}

/** The first of the app's files that answers to the name. */
function appFileOf(app: App, soname: string): string | null {
  const found = Object.entries(app.layer.elf.byPath).find(
    ([path, brief]) => brief.soname === soname || path.endsWith(`/${soname}`),
  );
  return found?.[0] ?? null;
}

function nameOf(subject: NeedSubject): string {
  switch (subject.kind) {
    case "loader":
    case "file":
      return subject.path;
    case "library":
      return subject.soname;
    case "command":
    case "dlopen":
      return subject.name;
    case "cpu":
      return subject.level;
  }
}
