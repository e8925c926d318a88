import type { ShebangFact } from "../image/layer-facts.ts";

/** A `#!` line as the kernel splits it: one interpreter and at most one argument. */
export interface Shebang {
  readonly interpreter: string;
  readonly argument: string | null;
}

/**
 * Null when the line names nothing. A carriage return stays part of the last word: that is why such a script fails.
 * Source: Linux fs/binfmt_script.c, load_script: spaces and tabs around, the rest of the line is one argument.
 */
export function parseShebang({ line, hasCarriageReturn }: ShebangFact): Shebang | null {
  const text = (hasCarriageReturn ? `${line}\r` : line).replace(/^[ \t]+|[ \t]+$/g, "");
  const end = text.search(/[ \t]/);
  const interpreter = end < 0 ? text : text.slice(0, end);
  if (interpreter === "") return null;
  const argument = end < 0 ? "" : text.slice(end).replace(/^[ \t]+/, "");
  return { interpreter, argument: argument === "" ? null : argument };
}

/** What `env` is asked to start, as far as a `#!` line can say it. */
export type EnvCommand =
  | { readonly kind: "command"; readonly name: string; readonly usesSplit: boolean }
  /** It holds an option, or text that is not one, that this env refuses. */
  | { readonly kind: "options"; readonly argument: string }
  | { readonly kind: "nothing" };

/**
 * The one argument of a `#!` line that env gets. Without `-S` all of it is one name, blanks included. Source: GNU
 * coreutils manual, "env -S: Split arguments in shebang lines".
 */
export function parseEnvArgument(argument: string | null): EnvCommand {
  if (argument === null) return { kind: "nothing" };
  const split = /^-(?:[iv0]*)S ?(.*)$|^--split-string[= ](.*)$/.exec(argument);
  if (split === null) {
    if (argument === "-") return { kind: "nothing" };
    if (argument.startsWith("-")) return { kind: "options", argument };
    return { kind: "command", name: argument, usesSplit: false };
  }
  const words = splitWords(split[1] ?? split[2] ?? "");
  if (words === null) return { kind: "options", argument };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "-u" || word === "-C") at++;
    else if (word.startsWith("-") || /^[A-Za-z_]\w*=/.test(word)) continue;
    else return { kind: "command", name: word, usesSplit: true };
  }
  return { kind: "nothing" };
}

/** Blanks part words, quotes join them; null for what needs env's own escapes to be read. */
function splitWords(text: string): readonly string[] | null {
  if (/[\\$]/.test(text)) return null;
  const words = text.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) => word.replaceAll(/["']/g, ""));
}
