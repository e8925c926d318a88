import type { LoaderCacheEntry } from "../image/layer-facts.ts";
import type { Searched } from "../model/finding.ts";
import { judgeForGlibc, PlaceSearch, type Located } from "./locate.ts";
import { cacheFlagsOf, kernelPlatformOf, type ElfMachine } from "./machine.ts";
import type { LibraryOpener } from "./open-library.ts";
import type { CpuLevel, LoadedObject, StartEnvironment } from "./process.ts";
import { placeIn, toAbsolute } from "./search-path.ts";
import { expandTokens, hasToken, type TokenValues } from "./search-tokens.ts";

export interface GlibcLoader {
  readonly machine: ElfMachine;
  /** `2.36` as [2, 36]; null when no file says it. */
  readonly version: readonly [number, number] | null;
  /** Built into the loader, in order. */
  readonly systemDirs: readonly string[];
  /** AT_SECURE is set: what the environment says of libraries does not count. */
  readonly isSecure: boolean;
}

const levels: readonly CpuLevel[] = ["x86-64-v1", "x86-64-v2", "x86-64-v3", "x86-64-v4"];

/** What an object's own dynamic section adds to the search for what it needs. */
interface OwnPaths {
  readonly rpath: readonly string[];
  readonly runpath: readonly string[];
}

/**
 * Where glibc looks for a library at program start. Source: elf/dl-load.c, _dl_map_new_object, open_path, open_verify;
 * elf/dl-cache.c; elf/dl-hwcaps.c.
 */
export class GlibcSearch {
  readonly #opener: LibraryOpener;
  readonly #loader: GlibcLoader;
  readonly #environment: StartEnvironment;
  readonly #tokens: TokenValues;
  readonly #judge: ReturnType<typeof judgeForGlibc>;
  readonly #subdirectories: readonly string[];
  readonly #libraryPath: readonly string[];
  /** Of the cache, entries of this machine by name; made when first asked. */
  #cache: ReadonlyMap<string, readonly LoaderCacheEntry[]> | null = null;
  /** Searches that no object's own path can change, by name. */
  readonly #common = new Map<string, Located>();
  /** A directory with its subdirectories that are there, in the order in which they are tried. */
  readonly #places = new Map<string, readonly string[]>();
  readonly #own = new WeakMap<LoadedObject, OwnPaths>();

  constructor(opener: LibraryOpener, loader: GlibcLoader, environment: StartEnvironment) {
    this.#opener = opener;
    this.#loader = loader;
    this.#environment = environment;
    const { isSecure, systemDirs } = loader;
    this.#tokens = { isSecure, systemDirs, platform: kernelPlatformOf(loader.machine) };
    this.#judge = judgeForGlibc(loader.machine, loader.version);
    this.#subdirectories = subdirectoriesFor(loader, environment.cpuLevel);
    this.#libraryPath = isSecure ? [] : splitLibraryPath(environment.libraryPath);
  }

  /**
   * DT_NEEDED as it counts: tokens are replaced before anything is looked up. Null when one has no value: glibc goes
   * on as if it were not written. Source: elf/dl-deps.c, expand_dst.
   */
  nameOf(needed: string, by: LoadedObject): string | null {
    return this.refuses(needed) ? needed : expandTokens(needed, by, this.#tokens);
  }

  /** "DST not allowed in SUID/SGID programs": a token in DT_NEEDED, in secure mode. */
  refuses(needed: string): boolean {
    return this.#loader.isSecure && hasToken(needed);
  }

  /** `name` as `nameOf` gives it, or of a preload. */
  locate(name: string, by: LoadedObject, main: LoadedObject): Located {
    if (name.includes("/")) return this.#locatePath(expandTokens(name, by, this.#tokens));
    const own = this.#ownPaths(by, main);
    const isPlain = own.rpath.length === 0 && own.runpath.length === 0;
    // A token in LD_LIBRARY_PATH is the program's.
    const isCommon = isPlain && !by.facts.noDefaultLib && !this.#libraryPath.some(hasToken);
    const known = isCommon ? this.#common.get(name) : undefined;
    if (known !== undefined) return known;
    const search = new PlaceSearch(this.#opener, this.#judge);
    const libraryPath = this.#expandAll(this.#libraryPath, main);
    const located =
      this.#inDirectories(search, name, { directories: own.rpath, because: "rpath" }) ??
      this.#inDirectories(search, name, {
        directories: libraryPath,
        because: "LD_LIBRARY_PATH",
      }) ??
      this.#inDirectories(search, name, { directories: own.runpath, because: "runpath" }) ??
      this.#inCache(search, name, by) ??
      this.#inSystemDirs(search, name, by) ??
      search.missing();
    if (isCommon) this.#common.set(name, located);
    return located;
  }

  /**
   * A preload is searched like what the program needs. In secure mode one without a slash has to be setuid itself, and
   * a path is taken from /etc/ld.so.preload only. Source: elf/rtld.c, dso_name_valid_for_suid; open_path, __RTLD_SECURE.
   */
  locatePreload(name: string, main: LoadedObject, isFromFile: boolean): Located {
    const isPath = name.includes("/");
    if (!this.#loader.isSecure || (isPath && isFromFile)) return this.locate(name, main, main);
    const nothing: Located = { kind: "missing", searched: [] };
    if (isPath) return nothing;
    const located = this.locate(name, main, main);
    const isSetuid = located.kind === "found" && (located.library.node.entry.mode & 0o4000) !== 0;
    return isSetuid ? located : nothing;
  }

  #locatePath(path: string | null): Located {
    const search = new PlaceSearch(this.#opener, this.#judge);
    if (path === null) return search.missing();
    const absolute = toAbsolute(path, this.#environment.workingDirectory);
    return search.try(absolute, "path") ?? search.missing();
  }

  #ownPaths(by: LoadedObject, main: LoadedObject): OwnPaths {
    const known = this.#own.get(by);
    if (known !== undefined) return known;
    const own = { rpath: this.#rpathsFor(by, main), runpath: this.#pathOf(by.facts.runpath, by) };
    this.#own.set(by, own);
    return own;
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

  /** An empty path is none, as decompose_rpath has it; an empty part is the working directory. */
  #pathOf(path: string | null, object: LoadedObject): readonly string[] {
    return path === null || path === "" ? [] : this.#expandAll(path.split(":"), object);
  }

  /** A part that cannot be expanded is left out, and one that comes a second time. */
  #expandAll(parts: readonly string[], object: LoadedObject): readonly string[] {
    const { workingDirectory } = this.#environment;
    const expanded = parts.flatMap((part) => {
      const path = expandTokens(part === "" ? "." : part, object, this.#tokens);
      return path === null ? [] : toAbsolute(path, workingDirectory);
    });
    return expanded.length < 2 ? expanded : [...new Set(expanded)];
  }

  #inDirectories(
    search: PlaceSearch,
    name: string,
    where: { readonly directories: readonly string[]; readonly because: Searched["because"] },
  ): Located | null {
    for (const directory of where.directories) {
      for (const place of this.#placesIn(directory)) {
        const located = search.try(placeIn(place, name, "/"), where.because);
        // A link that loops ends this list, not the search.
        if (located !== null) return located.kind === "missing" ? null : located;
      }
    }
    return null;
  }

  /** Subdirectories that are not there are not even tried; the directory itself is, so that it is on record. */
  #placesIn(directory: string): readonly string[] {
    const known = this.#places.get(directory);
    if (known !== undefined) return known;
    const within = this.#subdirectories.map((subdirectory) =>
      placeIn(directory, subdirectory, "/"),
    );
    const places = [...within.filter((place) => this.#opener.hasDirectory(place)), directory];
    this.#places.set(directory, places);
    return places;
  }

  #inCache(search: PlaceSearch, name: string, by: LoadedObject): Located | null {
    this.#cache ??= this.#readCache();
    const entry = bestEntry(this.#cache.get(name) ?? [], this.#environment.cpuLevel);
    if (entry === null) return null;
    const isDefault = this.#loader.systemDirs.some((dir) => entry.path.startsWith(`${dir}/`));
    // DF_1_NODEFLIB refuses what the cache has of the built-in directories, not the cache.
    if (by.facts.noDefaultLib && isDefault) return null;
    const located = search.try(entry.path, "ld.so.cache");
    return located?.kind === "missing" ? null : located;
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
  if (entries.length === 0) return null;
  const allowed = levels.slice(1, levels.indexOf(level) + 1).toReversed();
  for (const subdirectory of allowed) {
    const special = entries.find(({ hwcaps }) => hwcaps === subdirectory);
    if (special !== undefined) return special;
  }
  return entries.find(({ hwcaps }) => hwcaps === null) ?? null;
}

/**
 * Tried in each directory before the directory itself. Those before 2.37 hang on the processor: here stand the ones
 * that every x86-64 has (measured: LD_DEBUG=libs of 2.36). Sources: elf/dl-hwcaps.c; NEWS 2.33 and 2.37.
 */
function subdirectoriesFor({ version, machine }: GlibcLoader, level: CpuLevel): readonly string[] {
  const isX86 = machine.machine === 62 && machine.class === 64;
  const promised = isX86 ? levels.slice(1, levels.indexOf(level) + 1).toReversed() : [];
  const hwcaps = isBefore(version, 33) ? [] : promised.map((name) => `glibc-hwcaps/${name}`);
  const platform = kernelPlatformOf(machine);
  const twice = isX86 ? `${platform}/${platform}` : null;
  const within = [twice, platform].filter((name) => name !== null);
  const legacy = [...within.map((name) => `tls/${name}`), "tls", ...within];
  return isBefore(version, 37) ? [...hwcaps, ...legacy] : hwcaps;
}

/** `minor` of 2.x. A loader that does not say its version is taken for a new one. */
export function isBefore(version: GlibcLoader["version"], minor: number): boolean {
  return version !== null && (version[0] < 2 || (version[0] === 2 && version[1] < minor));
}

/** LD_LIBRARY_PATH: colons or semicolons. Source: elf/dl-load.c, _dl_init_paths. */
function splitLibraryPath(text: string | null): readonly string[] {
  return text === null || text === "" ? [] : text.split(/[:;]/);
}
