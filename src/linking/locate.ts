import type { Searched } from "../model/finding.ts";
import { isSameMachine, type ElfMachine } from "./machine.ts";
import type { LibraryOpener, Opened } from "./open-library.ts";

export type FoundLibrary = Extract<Opened, { kind: "elf" }>;

/** What a search for one name came to. `searched`: the places before, in order. */
export type Located = { readonly searched: readonly Searched[] } & (
  | {
      readonly kind: "found";
      readonly library: FoundLibrary;
      readonly because: Searched["because"];
    }
  | { readonly kind: "missing" }
  /** The loader stops at this file; it does not look further. */
  | { readonly kind: "fatal"; readonly path: string; readonly reason: FatalReason }
  /** The loader would take this file, but it could not be read here. */
  | { readonly kind: "unread"; readonly path: string; readonly reason: string }
);

export type FatalReason =
  "not-elf" | "too-short" | "other-machine" | "other-osabi" | "malformed" | "executable";

/** How one loader takes a file that it could open. `next`: it passes it over. */
export type Judged = "take" | "next" | FatalReason;

/** Tries places one after another and keeps the record. */
export class PlaceSearch {
  readonly searched: Searched[] = [];
  readonly #opener: LibraryOpener;
  readonly #judge: (library: FoundLibrary) => Judged;

  constructor(opener: LibraryOpener, judge: (library: FoundLibrary) => Judged) {
    this.#opener = opener;
    this.#judge = judge;
  }

  /** Null: nothing there that ends the search. */
  try(path: string, because: Searched["because"]): Located | null {
    const { searched } = this;
    // EACCES: both loaders look further, as where nothing is.
    if (!this.#opener.mayRead(path)) {
      searched.push({ path, because, found: "nothing" });
      return null;
    }
    const opened = this.#opener.open(path);
    switch (opened.kind) {
      case "absent":
        searched.push({ path, because, found: "nothing" });
        return null;
      // open() says ELOOP: glibc leaves this list of directories, musl the search.
      case "loop":
        searched.push({ path, because, found: "unusable" });
        return this.missing();
      case "unreadable":
        return { kind: "unread", path, reason: opened.reason, searched };
      case "not-elf":
        return this.#fatal(path, because, opened.isTooShort ? "too-short" : "not-elf");
      case "elf": {
        const judged = this.#judge(opened);
        if (judged === "take") return { kind: "found", library: opened, because, searched };
        if (judged !== "next") return this.#fatal(path, because, judged);
        searched.push({ path, because, found: "other-machine" });
        return null;
      }
    }
  }

  missing(): Located {
    return { kind: "missing", searched: this.searched };
  }

  #fatal(path: string, because: Searched["because"], reason: FatalReason): Located {
    const isUnusable = reason === "malformed" || reason === "executable";
    const found = isUnusable ? "unusable" : reason;
    this.searched.push({ path, because, found });
    return { kind: "fatal", path, reason, searched: this.searched };
  }
}

/**
 * A file of another class or machine is passed over by glibc; what is no library at all ends the search. Sources:
 * elf/dl-load.c, open_verify and _dl_map_object_from_fd; commits 2c75b545de (PIE, 2.30), b46d250656 (the ABI note of
 * another system is no longer looked at, 2.36).
 */
export function judgeForGlibc(
  process: ElfMachine,
  version: readonly [number, number] | null,
): (library: FoundLibrary) => Judged {
  const minor = version === null ? Infinity : version[0] * 1000 + version[1];
  return ({ facts }) => {
    // Class and machine come before everything but the magic; a wrong byte order is fatal, and comes with another
    // machine in practice.
    if (facts.class !== process.class) return "next";
    if (facts.byteOrder !== process.byteOrder) return "malformed";
    if (facts.osAbi !== 0 && facts.osAbi !== 3) return "other-osabi";
    if (!isSameMachine(facts, process)) return "next";
    if (facts.type === "other") return "malformed";
    const { abiTag } = facts.notes;
    if (minor < 2036 && abiTag !== null && abiTag.os !== 0) return "next";
    if (facts.type === "exec") return "executable";
    if (!facts.isDynamic) return "malformed";
    return facts.pieFlag && minor >= 2030 ? "executable" : "take";
  };
}

/** The first file that is there counts, whatever it is. Source: ldso/dynlink.c, load_library and map_library. */
export function judgeForMusl(process: ElfMachine): (library: FoundLibrary) => Judged {
  return ({ facts }) => {
    if (!isSameMachine(facts, process)) return "other-machine";
    return facts.type === "other" || !facts.isDynamic ? "malformed" : "take";
  };
}
