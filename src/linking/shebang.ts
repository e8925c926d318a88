import type { ShebangFact } from "../image/layer-facts.ts";

/** A `#!` line as the kernel splits it: one interpreter and at most one argument. */
export interface Shebang {
  readonly interpreter: string;
  readonly argument: string | null;
}

/** What the kernel has of a line that has no end in its buffer: 256 bytes without `#!`, the last one not counted. */
const bufferBytes = 254;

/**
 * Null when the line names nothing, or when the kernel's buffer cuts its first word: an unknown format. A carriage
 * return stays part of the last word: that is why such a script fails. A NUL byte ends a word and what comes after it.
 * Source: Linux fs/binfmt_script.c, load_script: spaces and tabs around, the rest of the line is one argument.
 */
export function parseShebang({ line, hasCarriageReturn }: ShebangFact): Shebang | null {
  const whole = hasCarriageReturn ? `${line}\r` : line;
  const isCut = whole.length >= bufferBytes;
  if (isCut && !/^[ \t]*[^ \t\0]+[ \t\0]/.test(whole)) return null;
  const text = (isCut ? whole.slice(0, bufferBytes - 1) : whole).replace(/^[ \t]+|[ \t]+$/g, "");
  const [, interpreter = "", rest = ""] = /^([^ \t\0]*)(?:[ \t]+([^\0]*))?/.exec(text) ?? [];
  if (interpreter === "") return null;
  return { interpreter: asPath(interpreter), argument: rest === "" ? null : rest };
}

/** Facts have the line's bytes as Latin-1, paths are UTF-8 where they can be. */
function asPath(text: string): string {
  const bytes = Buffer.from(text, "latin1");
  const decoded = bytes.toString("utf8");
  return Buffer.from(decoded, "utf8").equals(bytes) ? decoded : text;
}

/** What `env` is asked to start, as far as a `#!` line can say it. */
export type EnvCommand =
  | { readonly kind: "command"; readonly name: string; readonly usesSplit: boolean }
  /** An option that is for env itself: there is no command, or env starts the script again. */
  | { readonly kind: "options" }
  /** Text that env expands itself. */
  | { readonly kind: "unread" };

/**
 * The one argument of a `#!` line that env gets. Without `-S` all of it is one name, blanks included. Source: GNU
 * coreutils manual, "env -S: Split arguments in shebang lines".
 */
export function parseEnvArgument(argument: string | null): EnvCommand {
  const split = /^-(?:[iv0]*)S ?(.*)$|^--split-string[= ](.*)$/.exec(argument ?? "");
  if (split === null) {
    // Without a command, or after VAR=value, env starts the script again, and so on.
    if (argument === null || argument.startsWith("-") || argument.includes("=")) {
      return { kind: "options" };
    }
    return { kind: "command", name: argument, usesSplit: false };
  }
  const text = split[1] ?? split[2] ?? "";
  if (/[\\$]/.test(text)) return { kind: "unread" };
  const words = splitWords(text);
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "-u" || word === "-C") at++;
    else if (word.startsWith("-") || word.includes("=")) continue;
    else return { kind: "command", name: word, usesSplit: true };
  }
  return { kind: "options" };
}

/** Blanks part words, quotes join them. */
function splitWords(text: string): readonly string[] {
  const words = text.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) => word.replaceAll(/["']/g, ""));
}
