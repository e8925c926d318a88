import type { ElfFacts } from "../formats/elf/facts.ts";
import type { ImageConfig } from "../image/image.ts";
import type { MergedRootfs } from "../image/merge.ts";
import { findInPath } from "../linking/exec.ts";
import { startEnvironment } from "../check/environment.ts";

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

/**
 * What an image starts: the first word of ENTRYPOINT and CMD, and each further word that is the path of something of
 * the app that may be executed (`tini -- /app/server`). Empty where the config starts nothing of its own.
 */
export function configuredPrograms(
  config: ImageConfig,
  rootfs: MergedRootfs,
  isApp: (realPath: string) => boolean,
): readonly string[] {
  const words = [...(config.entrypoint ?? []), ...(config.cmd ?? [])];
  const [first, ...rest] = words;
  if (first === undefined) return [];
  const environment = startEnvironment(
    { env: config.env, workingDirectory: config.workingDir || "/", cpuLevel: "x86-64-v1" },
    { env: [], workingDirectory: "/", info: { cpuLevel: "x86-64-v1" } },
  );
  const place = (word: string): string | null =>
    word.includes("/") ? word : findInPath(rootfs, word, environment);
  // `sh -c "exec /app/server --port 80"`: its words are looked at too.
  const more = rest.flatMap((word) => [word, ...word.split(/[\s;&|()]+/)]);
  const further = more.filter((word) => {
    const path = word.includes("/") ? place(word) : null;
    const resolved = path === null ? null : rootfs.resolve(path);
    if (resolved?.kind !== "found" || resolved.node.entry.type !== "file") return false;
    const isRunnable = (resolved.node.entry.mode & 0o111) !== 0;
    const isCode = rootfs.elf(resolved.path) !== null || rootfs.shebang(resolved.path) !== null;
    return isRunnable && isCode && isApp(resolved.path);
  });
  return [...new Set([first, ...further])];
}
