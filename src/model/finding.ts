import type { Evidence } from "./evidence.ts";

/** `blocks`: it does not start or stops at the named use. `degrades`: it runs, but worse. `note`: worth knowing. */
export type Severity = "blocks" | "degrades" | "note";

/** `load`: at start. `use`: at the first use of something. `behaviour`: it runs, but differently. */
export type Phase = "load" | "use" | "behaviour";

interface Common {
  readonly severity: Severity;
  readonly phase: Phase;
  /** The program (path in the app) whose start this is about. */
  readonly program: string;
  readonly evidence: readonly Evidence[];
}

/** One place where a library was looked for, in the order the loader looks. */
export interface Searched {
  readonly path: string;
  /** Which rule named the place. */
  readonly because:
    | "path"
    | "preload"
    | "rpath"
    | "runpath"
    | "LD_LIBRARY_PATH"
    | "ld.so.cache"
    | "default"
    | "musl-path-file";
  /** What was found there. `other-machine` is passed over by glibc and fatal on musl. */
  readonly found:
    "nothing" | "other-machine" | "not-elf" | "too-short" | "other-osabi" | "unusable";
}

/**
 * One reason, as data; words are made in `report/`. Each code has a page, docs/findings/<code>.md.
 * Only root causes: what follows from another finding is left out.
 */
export type Finding = Common & FindingSubject;

/** What a finding is about, without how much it weighs. */
export type FindingSubject =
  | {
      readonly code: "loader-missing";
      readonly interpreter: string;
      readonly linkTarget: string | null;
    }
  | {
      readonly code: "loader-unusable";
      readonly interpreter: string;
      readonly reason: "not-elf" | "other-machine" | "not-executable" | "malformed";
    }
  | { readonly code: "loader-unneeded"; readonly interpreter: string; readonly present: boolean }
  | {
      readonly code: "library-missing";
      readonly soname: string;
      readonly neededBy: string;
      readonly searched: readonly Searched[];
    }
  | {
      readonly code: "library-unusable";
      readonly soname: string;
      readonly neededBy: string;
      readonly path: string;
      readonly reason:
        "not-elf" | "too-short" | "other-machine" | "other-osabi" | "malformed" | "executable";
    }
  | {
      readonly code: "soname-link-missing";
      readonly soname: string;
      readonly neededBy: string;
      readonly presentAs: string;
    }
  | {
      readonly code: "version-missing";
      readonly version: string;
      readonly library: string;
      readonly path: string;
      readonly neededBy: string;
      readonly newest: string | null;
    }
  | {
      readonly code: "symbol-missing";
      readonly symbols: readonly string[];
      readonly count: number;
      readonly neededBy: string;
      readonly libc: string;
    }
  | { readonly code: "relocation-unsupported"; readonly neededBy: string; readonly what: string }
  | { readonly code: "wrong-machine"; readonly found: string; readonly expected: string }
  | { readonly code: "wrong-osabi"; readonly found: string; readonly expected: string }
  | { readonly code: "cpu-level"; readonly needs: string; readonly promises: string }
  | {
      readonly code: "interpreter-missing";
      readonly interpreter: string;
      readonly line: string;
      readonly reason:
        "absent" | "carriage-return" | "not-executable" | "loop" | "not-in-path" | "env-options";
    }
  | { readonly code: "not-executable"; readonly path: string; readonly modeOctal: string }
  | {
      readonly code: "preload-missing";
      readonly path: string;
      readonly from: "LD_PRELOAD" | "/etc/ld.so.preload";
    }
  | {
      readonly code: "static-dlopen";
      readonly opens: readonly string[];
      readonly libc: string;
      readonly present: boolean;
    }
  | {
      readonly code: "libc-mixed";
      readonly path: string;
      readonly libc: string;
      readonly expected: string;
    }
  /** Neither ELF nor a script with `#!`: the kernel says `exec format error`. */
  | { readonly code: "format-unknown"; readonly path: string }
  /** The program to start is not there (or only a name that PATH does not find). */
  | {
      readonly code: "program-missing";
      readonly name: string;
      readonly searched: readonly string[];
    }
  /** The program is not the app's: a package that the base lacks has it. */
  | { readonly code: "package-needed"; readonly package: string; readonly path: string }
  /** A copied package's script is not run, and what it makes is not known. */
  | { readonly code: "script-not-run"; readonly package: string; readonly script: string }
  /** What a package is known to use and does not declare is not there; `source` is the address that says so. */
  | {
      readonly code: "undeclared-missing";
      readonly package: string;
      readonly what: "command" | "library" | "file" | "package";
      readonly name: string;
      /** For people, in lower case: `a repository is reached by ssh`. */
      readonly when: string;
      readonly source: string;
    }
  /** It would run on bytes that are not the publisher's: of the official base nothing is proved. */
  | { readonly code: "base-stand-in"; readonly base: string; readonly source: string }
  /** Not looked at, so not proved; the verdict is at best `unproven`. */
  | { readonly code: "not-read"; readonly path: string; readonly reason: string };

export type FindingCode = Finding["code"];
