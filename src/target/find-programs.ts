import type { ElfFacts } from "../formats/elf/facts.ts";
import type { MergedRootfs } from "../image/merge.ts";

/** What is started, and what was seen that might be and is not looked at. */
export interface FoundPrograms {
  /** Absolute paths, or a name that PATH does not find. */
  readonly programs: readonly string[];
  /** Scripts beside programs: nobody said that they are started. */
  readonly unchecked: readonly string[];
}

/**
 * The programs of a file or folder: every ELF program that may be executed. Scripts count where there is no ELF
 * program. What nobody may execute counts last: a check then says why it does not start.
 */
export function programsOf(rootfs: MergedRootfs, paths: readonly string[]): FoundPrograms {
  const files = paths.flatMap((path) => {
    const node = rootfs.lookup(path);
    return node?.entry.type === "file"
      ? [{ path, isExecutable: (node.entry.mode & 0o111) !== 0 }]
      : [];
  });
  const binaries = files.filter(({ path }) => isProgram(rootfs, path));
  const scripts = files.filter(({ path }) => rootfs.shebang(path) !== null);
  const pathsOf = (found: typeof files): readonly string[] => found.map(({ path }) => path);
  const runnable = (found: typeof files) => found.filter(({ isExecutable }) => isExecutable);
  if (runnable(binaries).length > 0) {
    return { programs: pathsOf(runnable(binaries)), unchecked: pathsOf(runnable(scripts)) };
  }
  const first = [runnable(scripts), binaries, scripts].find((found) => found.length > 0) ?? [];
  return { programs: pathsOf(first), unchecked: [] };
}

function isProgram(rootfs: MergedRootfs, path: string): boolean {
  const facts = rootfs.elf(path);
  return facts === null ? rootfs.elfFailure(path) !== null : isProgramFile(facts);
}

/** A library may name an interpreter (libc.so.6 does) and is still no program of the app. */
function isProgramFile({ type, soname }: ElfFacts): boolean {
  return type === "exec" || type === "static-pie" || (type === "pie" && soname === null);
}
