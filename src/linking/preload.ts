import type { LibraryOpener } from "./open-library.ts";
import type { StartEnvironment } from "./process.ts";

/** A library that is loaded before those that are needed. */
export interface Preload {
  readonly name: string;
  readonly from: "LD_PRELOAD" | "/etc/ld.so.preload";
}

/**
 * LD_PRELOAD first, then the file. The variable is parted by blanks and colons alone, the file also by tabs and line
 * ends, and has `#` comments. Source: glibc elf/rtld.c, handle_preload_list and what follows "ld.so.preload".
 */
export function readGlibcPreloads(
  { rootfs }: LibraryOpener,
  { preload }: StartEnvironment,
): readonly Preload[] {
  const resolved = rootfs.resolve("/etc/ld.so.preload");
  const text = resolved.kind === "found" ? rootfs.text(resolved.path) : null;
  const inFile = (text ?? "").replaceAll(/#[^\n]*/g, "");
  return [
    ...split(preload, /[ :]/).map((name) => ({ name, from: "LD_PRELOAD" }) as const),
    ...split(inFile, /[ :\t\n]/).map((name) => ({ name, from: "/etc/ld.so.preload" }) as const),
  ];
}

/** musl has no file of preloads, and none at all for a program with other rights. Source: ldso/dynlink.c, load_preload. */
export function readMuslPreloads(
  { preload }: StartEnvironment,
  isSecure: boolean,
): readonly Preload[] {
  if (isSecure) return [];
  return split(preload, /[ \t\n\v\f\r:]/).map((name) => ({ name, from: "LD_PRELOAD" }));
}

function split(text: string | null, separator: RegExp): readonly string[] {
  return (text ?? "").split(separator).filter((name) => name !== "");
}
