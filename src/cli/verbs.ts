import type { Command } from "./command.ts";

interface CommandModule {
  readonly command: Command;
}

/** A command by its name; its module is loaded when it is asked for. */
export interface Verb {
  readonly name: string;
  /** What follows the name, in the list of commands. */
  readonly operands: string;
  readonly group: "answers" | "looking" | "data";
  /** One clause, for the list of commands and for completion. */
  readonly about: string;
  /** It will most likely have layers to unpack: a thread for that is started ahead. */
  readonly unpacks?: boolean;
  readonly load: () => Promise<CommandModule>;
}

/** All of them, in the order in which they are listed: by group, the first steps first. */
export const verbs: readonly Verb[] = [
  {
    name: "choose",
    operands: "TARGET",
    group: "answers",
    about: "the smallest base that it starts on, and why not the smaller ones",
    unpacks: true,
    load: () => import("./commands/choose.ts"),
  },
  {
    name: "check",
    operands: "TARGET --base REF",
    group: "answers",
    about: "whether it starts on these bases, every reason",
    unpacks: true,
    load: () => import("./commands/check.ts"),
  },
  {
    name: "ldd",
    operands: "REF|FILE [PATH]",
    group: "answers",
    about: "which file satisfies each library, in any root and for any architecture",
    unpacks: true,
    load: () => import("./commands/ldd.ts"),
  },
  {
    name: "compare",
    operands: "REF …",
    group: "answers",
    about: "images side by side: sizes, packages, libc, user, platforms",
    load: () => import("./commands/compare.ts"),
  },
  {
    name: "provides",
    operands: "NAME …",
    group: "answers",
    about: "which packages bring a library, command or file on each base",
    load: () => import("./commands/provides.ts"),
  },
  {
    name: "ls",
    operands: "REF [PATH …]",
    group: "looking",
    about: "files of an image",
    load: () => import("./commands/ls.ts"),
  },
  {
    name: "tree",
    operands: "REF [PATH]",
    group: "looking",
    about: "the same as a tree",
    load: () => import("./commands/tree.ts"),
  },
  {
    name: "find",
    operands: "REF [PATH …]",
    group: "looking",
    about: "files by name, mode, owner, soname, content",
    load: () => import("./commands/find.ts"),
  },
  {
    name: "cat",
    operands: "REF PATH …",
    group: "looking",
    about: "what is in a file",
    load: () => import("./commands/cat.ts"),
  },
  {
    name: "diff",
    operands: "A B",
    group: "looking",
    about: "what differs: files, packages, libraries, config, layers",
    load: () => import("./commands/diff.ts"),
  },
  {
    name: "du",
    operands: "REF [PATH]",
    group: "looking",
    about: "what takes the space, and what is wasted below other layers",
    load: () => import("./commands/du.ts"),
  },
  {
    name: "packages",
    operands: "REF",
    group: "looking",
    about: "installed packages",
    load: () => import("./commands/packages.ts"),
  },
  {
    name: "owner",
    operands: "REF PATH …",
    group: "looking",
    about: "which package a file belongs to",
    load: () => import("./commands/owner.ts"),
  },
  {
    name: "history",
    operands: "REF",
    group: "looking",
    about: "the steps it was built in, and their layers",
    load: () => import("./commands/history.ts"),
  },
  {
    name: "config",
    operands: "REF",
    group: "looking",
    about: "user, entrypoint, environment and the rest of its config",
    load: () => import("./commands/config.ts"),
  },
  {
    name: "bases",
    operands: "list|show|add",
    group: "data",
    about: "the catalogue of bases",
    load: () => import("./commands/bases.ts"),
  },
  {
    name: "cache",
    operands: "[show|prune|verify|path]",
    group: "data",
    about: "what is kept between runs",
    load: () => import("./commands/cache.ts"),
  },
  {
    name: "doctor",
    operands: "[REF]",
    group: "data",
    about: "engines, registries, logins, proxies, cache: what is there and what is wrong",
    load: () => import("./commands/doctor.ts"),
  },
  {
    name: "completion",
    operands: "bash|zsh|fish",
    group: "data",
    about: "a script that completes commands, options and names",
    load: () => import("./commands/completion.ts"),
  },
];

export function findVerb(name: string): Verb | undefined {
  return verbs.find((verb) => verb.name === name);
}
