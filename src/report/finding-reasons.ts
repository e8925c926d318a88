import type { FindingSubject, Searched } from "../model/finding.ts";
import { firstFew } from "./amounts.ts";
import { clean } from "./clean.ts";

type ReasonOf<Code extends FindingSubject["code"]> =
  Extract<FindingSubject, { code: Code }> extends { readonly reason: infer Reason extends string }
    ? Reason
    : never;

export const loaderReasons: Readonly<Record<ReasonOf<"loader-unusable">, string>> = {
  "not-elf": "is no ELF file",
  "other-machine": "is for another processor",
  "not-executable": "may not be executed",
  malformed: "is damaged",
};

export const libraryReasons: Readonly<Record<ReasonOf<"library-unusable">, string>> = {
  "not-elf": "is no ELF file, where the loader stops",
  "too-short": "is too short, where the loader stops",
  "other-machine": "is for another processor",
  "other-osabi": "is for another operating system",
  malformed: "is damaged",
  executable: "is a program, not a library",
};

export const interpreterReasons: Readonly<Record<ReasonOf<"interpreter-missing">, string>> = {
  absent: "is not there",
  "carriage-return":
    "is not there: the line ends in a carriage return, which counts as part of the name",
  "not-executable": "may not be executed",
  loop: "is a script of a script, too many times over",
  "not-in-path": "is not in PATH",
  "env-options": "is given options that were not followed",
};

/** What was found in a place, in the words of a list. */
export const foundWords: Readonly<Record<Searched["found"], string>> = {
  nothing: "nothing",
  "other-machine": "for another processor",
  "not-elf": "no ELF file",
  "too-short": "too short",
  "other-osabi": "for another operating system",
  unusable: "damaged",
};

/** The rule that named a place, as people know it. */
export const becauseWords: Readonly<Record<Searched["because"], string>> = {
  path: "the path itself",
  preload: "LD_PRELOAD",
  rpath: "RPATH",
  runpath: "RUNPATH",
  LD_LIBRARY_PATH: "LD_LIBRARY_PATH",
  "ld.so.cache": "ld.so.cache",
  default: "default folder",
  "musl-path-file": "musl's path file",
};

/** `; looked in /lib, /usr/lib and 2 more`: the folders, each once; empty when nowhere. */
export function placesOf(searched: readonly Searched[]): string {
  const folders = [
    ...new Set(searched.map(({ path }) => clean(path.slice(0, path.lastIndexOf("/")) || "/", 80))),
  ];
  return folders.length === 0 ? "" : `; looked in ${firstFew(folders, 3)}`;
}
