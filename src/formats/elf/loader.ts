import type { RandomAccess } from "../random-access.ts";
import type { LoaderFacts } from "./facts.ts";

/** A loader or libc is never bigger; its strings are searched whole. */
const maxLoaderBytes = 16 * 1024 * 1024;

/**
 * Whether a shared object is a dynamic loader, by its content and not by its name: a file called
 * ld-linux may be musl. Null when it is none. Sources: musl ldso/dynlink.c (`musl libc (` and the path
 * file's name), glibc elf/rtld.c (`ld.so (` and its usage text) and elf/dl-load.c (system_dirs).
 */
export function readLoader(content: RandomAccess): LoaderFacts | null {
  if (content.sizeBytes > maxLoaderBytes) return null;
  const bytes = Buffer.from(content.read(0, content.sizeBytes));
  if (bytes.includes("musl libc (")) return readMusl(bytes);
  if (bytes.includes("ld.so (") && bytes.includes("LD_LIBRARY_PATH")) return readGlibc(bytes);
  if (bytes.includes("LDSO_BASE") || bytes.includes("ld-uClibc")) {
    return { kind: "uclibc", version: null, systemDirs: [], muslArchitecture: null };
  }
  return null;
}

function readMusl(bytes: Buffer): LoaderFacts | null {
  const text = bytes.toString("latin1");
  const architecture = /\/etc\/ld-musl-([\w-]+)\.path\0/.exec(text)?.[1];
  if (architecture === undefined) return null;
  const version = /\0(\d+\.\d+\.\d+(?:-git-[\w-]+)?)\0/.exec(text)?.[1] ?? null;
  return { kind: "musl", version, systemDirs: [], muslArchitecture: architecture };
}

function readGlibc(bytes: Buffer): LoaderFacts {
  const text = bytes.toString("latin1");
  const version =
    /ld\.so \([^)\0]{0,200}\) [a-z]+ release version (\d+\.\d+)/.exec(text)?.[1] ?? null;
  const dirs = /\0((?:\/(?:usr\/)?lib[\w/.-]*\/\0){2,8})/.exec(text)?.[1];
  const systemDirs =
    dirs === undefined
      ? []
      : dirs
          .split("\0")
          .filter(Boolean)
          .map((dir) => dir.slice(0, -1));
  return { kind: "glibc", version, systemDirs, muslArchitecture: null };
}
