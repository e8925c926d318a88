import { directoryOf } from "./search-path.ts";
import type { LoadedObject } from "./process.ts";

/** What the dynamic string tokens stand for in one process. */
export interface TokenValues {
  /** AT_PLATFORM; null when the kernel gives none. */
  readonly platform: string | null;
  /** Built into the loader, in order. */
  readonly systemDirs: readonly string[];
  /** AT_SECURE: the program has other rights than who started it. */
  readonly isSecure: boolean;
}

const token = /\$(?:\{(ORIGIN|LIB|PLATFORM)\}|(ORIGIN|LIB|PLATFORM)(?![A-Za-z0-9_]))/g;

/** Whether there is a token that glibc knows. */
export function hasToken(text: string): boolean {
  return text.includes("$") && text.search(token) >= 0;
}

/**
 * Replaces `$ORIGIN`, `$LIB` and `$PLATFORM`, with or without braces; other tokens stay as they are. Null when one has
 * no value here, or must not be used: the whole part counts as not written. In secure mode `$ORIGIN` has to stand
 * alone at the start, and of the program it has to lead into a built-in directory. Source: glibc elf/dl-load.c,
 * is_dst, _dl_dst_substitute.
 */
export function expandTokens(
  text: string,
  object: LoadedObject,
  values: TokenValues,
): string | null {
  if (!hasToken(text)) return text;
  let isUsable = true;
  const expanded = text.replace(token, (whole, braced?: string, bare?: string, at?: number) => {
    const name = braced ?? bare ?? "";
    const value = valueOf(name, object, values);
    const next = text.charAt((at ?? 0) + whole.length);
    const isAlone = at === 0 && (next === "" || next === "/");
    if (value === null || (name === "ORIGIN" && values.isSecure && !isAlone)) isUsable = false;
    return value ?? "";
  });
  if (!isUsable) return null;
  const isChecked = values.isSecure && object.because === "program" && /\$\{?ORIGIN/.test(text);
  return isChecked && !isTrusted(expanded, values.systemDirs) ? null : expanded;
}

function valueOf(name: string, object: LoadedObject, values: TokenValues): string | null {
  // The kernel gives the program's real path (/proc/self/exe); a library is where it was found, links unfollowed.
  if (name === "ORIGIN") {
    return directoryOf(object.because === "program" ? object.realPath : object.path);
  }
  if (name === "PLATFORM") return values.platform;
  // `lib64`, `lib/x86_64-linux-gnu`: what glibc was configured with, as its first built-in directory shows.
  return /(?:^|\/)(lib(?:32|64|x32)?(?:\/[\w-]+)?)$/.exec(values.systemDirs[0] ?? "")?.[1] ?? null;
}

function isTrusted(path: string, systemDirs: readonly string[]): boolean {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  const whole = `/${parts.join("/")}/`;
  return systemDirs.some((directory) => whole.startsWith(`${directory}/`));
}
