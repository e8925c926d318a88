import type { LibraryOpener } from "./open-library.ts";
import type { StartEnvironment } from "./process.ts";

/** A library that is loaded before those that are needed. */
export interface Preload {
  readonly name: string;
  readonly from: "LD_PRELOAD" | "/etc/ld.so.preload";
}

/** LD_PRELOAD first, then the file. Source: glibc elf/rtld.c: colons and white space; the file has `#` comments. */
export function readGlibcPreloads(
  { rootfs }: LibraryOpener,
  { preload }: StartEnvironment,
): readonly Preload[] {
  const resolved = rootfs.resolve("/etc/ld.so.preload");
  const text = resolved.kind === "found" ? rootfs.text(resolved.path) : null;
  const inFile = (text ?? "").replaceAll(/#[^\n]*/g, "").split(/[\s:]+/);
  return [
    ...readNames(preload),
    ...inFile
      .filter((name) => name !== "")
      .map((name) => ({ name, from: "/etc/ld.so.preload" }) as const),
  ];
}

/** musl has no file of preloads. Source: ldso/dynlink.c, load_preload. */
export function readMuslPreloads({ preload }: StartEnvironment): readonly Preload[] {
  return readNames(preload);
}

function readNames(preload: string | null): readonly Preload[] {
  const names = (preload ?? "").split(/[\s:]+/).filter((name) => name !== "");
  return names.map((name) => ({ name, from: "LD_PRELOAD" }));
}
