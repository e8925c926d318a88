import type { LoaderCacheEntry } from "../image/layer-facts.ts";
import type { Searched } from "../model/finding.ts";
import { judgeForGlibc, PlaceSearch, type Located } from "./locate.ts";
import { cacheFlagsOf, kernelPlatformOf, type ElfMachine } from "./machine.ts";
import type { LibraryOpener } from "./open-library.ts";
import type { CpuLevel, LoadedObject, StartEnvironment } from "./process.ts";
import { directoryOf, placeIn, toAbsolute } from "./search-path.ts";

export interface GlibcLoader {
  readonly machine: ElfMachine;
  /** `2.36` as [2, 36]; null when no file says it. */
  readonly version: readonly [number, number] | null;
  /** Built into the loader, in order. */
  readonly systemDirs: readonly string[];
}

const levels: readonly CpuLevel[] = ["x86-64-v1", "x86-64-v2", "x86-64-v3", "x86-64-v4"];

/**
 * Where glibc looks for a library at program start. Source: elf/dl-load.c, _dl_map_object, open_path, open_verify;
 * elf/dl-cache.c; elf/dl-hwcaps.c.
 */
export class GlibcSearch {
  readonly #opener: LibraryOpener;
  readonly #loader: GlibcLoader;
  readonly #environment: StartEnvironment;
  readonly #judge: ReturnType<typeof judgeForGlibc>;
  readonly #subdirectories: readonly string[];
  readonly #libraryPath: readonly string[];
  /** Of the cache, entries of this machine by name; made when first asked. */
  #cache: ReadonlyMap<string, readonly LoaderCacheEntry[]> | null = null;
  /** Searches that no object's own path can change, by name. */
  readonly #common = new Map<string, Located>();

  constructor(opener: LibraryOpener, loader: GlibcLoader, environment: StartEnvironment) {
    this.#opener = opener;
    this.#loader = loader;
    this.#environment = environment;
    this.#judge = judgeForGlibc(loader.machine);
    this.#subdirectories = subdirectoriesFor(loader, environment.cpuLevel);
    this.#libraryPath = splitLibraryPath(environment.libraryPath);
  }

  locate(name: string, by: LoadedObject, main: LoadedObject): Located {
    if (name.includes("/")) return this.#locatePath(this.#expand(name, by) ?? name);
    const paths = this.#rpathsFor(by, main);
    const runpath = this.#pathOf(by.facts.runpath, by);
    const isCommon = paths.length === 0 && runpath.length === 0 && !by.facts.noDefaultLib;
    const known = isCommon ? this.#common.get(name) : undefined;
    if (known !== undefined) return known;
    const search = new PlaceSearch(this.#opener, this.#judge);
    const located =
      this.#inDirectories(search, name, { directories: paths, because: "rpath" }) ??
      this.#inDirectories(search, name, {
        directories: this.#expandAll(this.#libraryPath, main),
        because: "LD_LIBRARY_PATH",
      }) ??
      this.#inDirectories(search, name, { directories: runpath, because: "runpath" }) ??
      this.#inCache(search, name, by) ??
      this.#inSystemDirs(search, name, by) ??
      search.missing();
    if (isCommon) this.#common.set(name, located);
    return located;
  }

  /** Also for LD_PRELOAD: a name without a slash is searched like any other. */
  locatePreload(name: string, main: LoadedObject): Located {
    return this.locate(name, main, main);
  }

  #locatePath(path: string): Located {
    const search = new PlaceSearch(this.#opener, this.#judge);
    const absolute = toAbsolute(path, this.#environment.workingDirectory);
    return search.try(absolute, "path") ?? search.missing();
  }

  /** DT_RPATH of the object and of those that needed it, then of the program; none where the object has DT_RUNPATH. */
  #rpathsFor(by: LoadedObject, main: LoadedObject): readonly string[] {
    if (by.facts.runpath !== null) return [];
    const directories: string[] = [];
    let hasSeenMain = false;
    for (let object: LoadedObject | null = by; object !== null; object = object.neededBy) {
      hasSeenMain ||= object === main;
      if (object.facts.runpath === null) {
        directories.push(...this.#pathOf(object.facts.rpath, object));
      }
    }
    if (!hasSeenMain && main.facts.runpath === null) {
      directories.push(...this.#pathOf(main.facts.rpath, main));
    }
    return directories;
  }

  #pathOf(path: string | null, object: LoadedObject): readonly string[] {
    return path === null ? [] : this.#expandAll(path.split(":"), object);
  }

  /** An empty part is the working directory; one that cannot be expanded is left out. */
  #expandAll(parts: readonly string[], object: LoadedObject): readonly string[] {
    return parts.flatMap((part) => this.#expand(part === "" ? "." : part, object) ?? []);
  }

  /** Null when a token has no value here. Tokens that glibc does not know stay as they are. */
  #expand(text: string, object: LoadedObject): string | null {
    if (!text.includes("$")) return text;
    let isKnown = true;
    const expanded = text.replace(
      /\$(?:\{(ORIGIN|LIB|PLATFORM)\}|(ORIGIN|LIB|PLATFORM)(?![A-Za-z0-9_]))/g,
      (_, braced: string | undefined, bare: string | undefined) => {
        const value = this.#tokenValue(braced ?? bare ?? "", object);
        isKnown &&= value !== null;
        return value ?? "";
      },
    );
    return isKnown ? expanded : null;
  }

  #tokenValue(token: string, object: LoadedObject): string | null {
    // The kernel gives the program's real path (/proc/self/exe); a library is where it was found, links unfollowed.
    if (token === "ORIGIN") {
      return directoryOf(object.because === "program" ? object.realPath : object.path);
    }
    if (token === "PLATFORM") return kernelPlatformOf(this.#loader.machine);
    const first = this.#loader.systemDirs[0];
    return first === undefined ? null : first.replace(/^\/(?:usr\/)?/, "");
  }

  #inDirectories(
    search: PlaceSearch,
    name: string,
    where: { readonly directories: readonly string[]; readonly because: Searched["because"] },
  ): Located | null {
    for (const directory of where.directories) {
      const absolute = toAbsolute(directory, this.#environment.workingDirectory);
      for (const subdirectory of this.#subdirectories) {
        const within = placeIn(absolute, subdirectory, "/");
        if (!this.#opener.hasDirectory(within)) continue;
        const special = search.try(placeIn(within, name, "/"), where.because);
        if (special !== null) return special;
      }
      const located = search.try(placeIn(absolute, name, "/"), where.because);
      if (located !== null) return located;
    }
    return null;
  }

  #inCache(search: PlaceSearch, name: string, by: LoadedObject): Located | null {
    this.#cache ??= this.#readCache();
    const entry = bestEntry(this.#cache.get(name) ?? [], this.#environment.cpuLevel);
    if (entry === null) return null;
    const isDefault = this.#loader.systemDirs.some((dir) => entry.path.startsWith(`${dir}/`));
    // DF_1_NODEFLIB refuses what the cache has of the built-in directories, not the cache.
    if (by.facts.noDefaultLib && isDefault) return null;
    return search.try(entry.path, "ld.so.cache");
  }

  #inSystemDirs(search: PlaceSearch, name: string, by: LoadedObject): Located | null {
    if (by.facts.noDefaultLib) return null;
    const directories = this.#loader.systemDirs;
    return this.#inDirectories(search, name, { directories, because: "default" });
  }

  #readCache(): ReadonlyMap<string, readonly LoaderCacheEntry[]> {
    const resolved = this.#opener.rootfs.resolve("/etc/ld.so.cache");
    const entries =
      resolved.kind === "found" ? this.#opener.rootfs.loaderCache(resolved.path) : null;
    const flags = cacheFlagsOf(this.#loader.machine);
    const byName = new Map<string, LoaderCacheEntry[]>();
    for (const entry of entries ?? []) {
      if (flags !== null && !flags.includes(entry.flags)) continue;
      const there = byName.get(entry.soname);
      if (there === undefined) byName.set(entry.soname, [entry]);
      else there.push(entry);
    }
    return byName;
  }
}

/** The entry of the highest processor level that is promised; without one, the plain entry. */
function bestEntry(entries: readonly LoaderCacheEntry[], level: CpuLevel): LoaderCacheEntry | null {
  const allowed = levels.slice(1, levels.indexOf(level) + 1).toReversed();
  for (const subdirectory of allowed) {
    const special = entries.find(({ hwcaps }) => hwcaps === subdirectory);
    if (special !== undefined) return special;
  }
  return entries.find(({ hwcaps }) => hwcaps === null) ?? null;
}

/** Tried in each directory before the directory itself. Sources: elf/dl-hwcaps.c; NEWS 2.33 and 2.37. */
function subdirectoriesFor({ version, machine }: GlibcLoader, level: CpuLevel): readonly string[] {
  const [major, minor] = version ?? [2, 40];
  const isBefore = (asked: number): boolean => major < 2 || (major === 2 && minor < asked);
  const isX86 = machine.machine === 62 && machine.class === 64;
  const promised = isX86 ? levels.slice(1, levels.indexOf(level) + 1).toReversed() : [];
  const hwcaps = isBefore(33) ? [] : promised.map((name) => `glibc-hwcaps/${name}`);
  const platform = kernelPlatformOf(machine);
  const legacy = platform === null ? ["tls"] : [`tls/${platform}`, "tls", platform];
  return isBefore(37) ? [...hwcaps, ...legacy] : hwcaps;
}

/** LD_LIBRARY_PATH: colons or semicolons. Source: elf/dl-load.c, _dl_init_paths. */
function splitLibraryPath(text: string | null): readonly string[] {
  return text === null || text === "" ? [] : text.split(/[:;]/);
}
