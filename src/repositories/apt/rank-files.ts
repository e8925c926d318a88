import { allTriplets, type DebianArchitecture } from "./debian-architecture.ts";

/**
 * How near a library lies to where the loader looks, best first: 0 in one of its folders, 1 below the folder of the architecture, where
 * alternatives lie (`/usr/lib/x86_64-linux-gnu/blas/`), 2 in a folder of a program's own. Null for what no program of this
 * machine loads: libraries of other architectures and of the other word size, those for cross compilers and for debuggers.
 * Source: debian-policy 9.1.1, ld.so(8); glibc-hwcaps have the same file once more.
 */
export function libraryRank(
  path: string,
  architecture: DebianArchitecture,
  elfClass: 32 | 64,
): number | null {
  const folder = path.slice(0, path.lastIndexOf("/"));
  const { triplet } = architecture;
  const isOwnClass = elfClass === architecture.elfClass;
  if (/\/(?:debug|glibc-hwcaps)\//.test(path)) return null;
  const multilib = /^(?:\/usr)?\/lib(o?32|64|x32)(?:\/|$)/.exec(folder)?.[1];
  if (multilib !== undefined) {
    const isWanted = multilib === "64" ? elfClass === 64 : multilib !== "x32" && elfClass === 32;
    // What is there of the own class is the loader's, and links to the others.
    if (!isWanted) return null;
    return folder.split("/").length === (folder.startsWith("/usr") ? 3 : 2) ? 0 : 2;
  }
  const named = folder.split("/").find((part) => allTriplets.includes(part));
  if (named !== undefined && named !== triplet) return null;
  // Of cross compilers: /usr/TRIPLET/lib.
  if (new RegExp(`^/usr/${triplet}/`).test(path) || !isOwnClass) return null;
  const own = [`/usr/lib/${triplet}`, `/lib/${triplet}`, "/usr/lib", "/lib"];
  if (own.includes(folder)) return 0;
  return own.slice(0, 2).some((one) => folder.startsWith(`${one}/`)) ? 1 : 2;
}

/** Folders in which PATH finds programs, best first. */
export const commandFolders = [
  "/usr/bin",
  "/bin",
  "/usr/sbin",
  "/sbin",
  "/usr/local/bin",
  "/usr/games",
] as const;

/** The same file under the other name of its folder, since /bin, /sbin and /lib are links to those of /usr. */
export function mergedPaths(path: string): readonly string[] {
  if (/^\/(?:bin|sbin|lib\w*)\//.test(path)) return [path, `/usr${path}`];
  return /^\/usr\/(?:bin|sbin|lib\w*)\//.test(path) ? [path, path.slice("/usr".length)] : [path];
}

/** Packages that hold a library for other purposes than to run programs with it. */
export function isForOthers(name: string): boolean {
  return /-(?:dbg|dbgsym|cross)$/.test(name) || /-cross-|^mingw-|-udeb$/.test(name);
}

/** Whether the package is named after the library, see `namesAfter`. */
export function isNamedAfter(name: string, soname: string): boolean {
  return namesAfter(soname).includes(name);
}

/**
 * Names of the package of a library: `libpq5` for `libpq.so.5`, `libfoo2-3` for `libfoo2.so.3`; with `t64` behind it where times
 * became longer. Empty for what is no such name. Source: debian-policy 8.1; wiki.debian.org/ReleaseGoals/64bit-time.
 */
export function namesAfter(soname: string): readonly string[] {
  const [, stem = "", version = ""] = /^(lib.+?)\.so(?:\.(.*))?$/.exec(soname) ?? [];
  // `libfoo-1.2.so` is of a library whose version stands before.
  const separator = version !== "" && /\d$/.test(stem) ? "-" : "";
  const name = `${stem}${separator}${version}`.toLowerCase().replaceAll("_", "-");
  return stem === "" ? [] : [name, `${name}t64`];
}
