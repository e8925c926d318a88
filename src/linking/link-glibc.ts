import { checkGlibcSymbols } from "./glibc-symbols.ts";
import { GlibcSearch, isBefore } from "./glibc-search.ts";
import { checkGlibcVersions } from "./glibc-versions.ts";
import { checkCpuLevel } from "./cpu-level.ts";
import type { LoaderInput } from "./link-context.ts";
import { loadGlibc, type Loaded } from "./load-glibc.ts";
import type { GrowingObject } from "./loaded-objects.ts";
import type { FoundLibrary } from "./locate.ts";
import { machineName } from "./machine.ts";
import type { LibraryOpener } from "./open-library.ts";
import { readGlibcPreloads } from "./preload.ts";
import { blocksLoad, type LinkedProcess, type LinkProblem } from "./process.ts";

type Version = readonly [number, number] | null;

/** The part of glibc's loader: loads, checks versions, then symbols. Source: elf/rtld.c, dl_main. */
export function linkGlibc(main: GrowingObject, input: LoaderInput): Partial<LinkedProcess> {
  const { library, context, asked, loads } = input;
  const { opener, environment } = context;
  const libcVersion = glibcVersion(library, opener);
  const numbers = /^(\d+)\.(\d+)/.exec(libcVersion ?? "");
  const version = numbers === null ? null : ([Number(numbers[1]), Number(numbers[2])] as const);
  const search = searchFor(main, input, version);
  const preloads = readGlibcPreloads(opener, environment);
  const files = { self: library, preloads, loads };
  const loaded = loadGlibc(main, { opener, search, ...files, interpreter: asked });
  const loader = { bindNow: environment.bindNow, interpreter: library.node, version };
  const refusal = isBefore(version, 33) ? "use" : "load";
  const mixed = checkLibc(loaded, version);
  const isMixed = mixed.length > 0;
  const libc = loaded.byName.get("libc.so.6");
  const problems = [
    ...withoutSystemDirs(loaded, library),
    ...checkGlibcVersions(loaded),
    ...checkRelr(loaded, version),
    ...mixed,
    ...loaded.objects.flatMap((object) => checkCpuLevel(object, environment.cpuLevel, refusal)),
    ...checkGlibcSymbols(loaded, loader).filter(
      // What a libc of another release misses of its loader follows from that.
      ({ subject }) => !(isMixed && "neededBy" in subject && subject.neededBy === libc?.path),
    ),
  ];
  return { ruleSet: "glibc", libcVersion, objects: loaded.objects, problems };
}

function searchFor(
  main: GrowingObject,
  { library, context, isSecure }: LoaderInput,
  version: Version,
): GlibcSearch {
  const key = `${library.realPath}\n${machineName(main.facts)}\n${String(isSecure)}`;
  const known = context.glibcSearches.get(key);
  if (known !== undefined) return known;
  const systemDirs = library.facts.loader?.systemDirs ?? [];
  const loader = { machine: main.facts, version, systemDirs, isSecure };
  const search = new GlibcSearch(context.opener, loader, context.environment);
  context.glibcSearches.set(key, search);
  return search;
}

/** What is missing proves nothing when it is not known where this loader looks. */
function withoutSystemDirs(
  { problems }: Loaded,
  { path, facts }: FoundLibrary,
): readonly LinkProblem[] {
  const isKnown = (facts.loader?.systemDirs ?? []).length > 0;
  if (isKnown || problems.length === 0) return problems;
  const reason = "its built-in directories were not recognised";
  return [blocksLoad({ code: "not-read", path, reason })];
}

/** The loader need not say it; libc.so.6, which stands beside it, does. */
function glibcVersion({ facts, realPath }: FoundLibrary, opener: LibraryOpener): string | null {
  const own = facts.loader?.version ?? null;
  if (own !== null) return own;
  const beside = opener.open(`${realPath.slice(0, realPath.lastIndexOf("/"))}/libc.so.6`);
  return beside.kind === "elf" ? (beside.facts.libc?.version ?? null) : null;
}

/**
 * DT_RELR is applied since 2.36, and of what needs libc only where it says so. Sources: NEWS 2.36; elf/dl-version.c,
 * _dl_check_map_versions; a loader before that leaves the pointers as they are, and the version GLIBC_ABI_DT_RELR is
 * there to stop it.
 */
function checkRelr({ objects }: Loaded, version: Version): readonly LinkProblem[] {
  if (version === null) return [];
  return objects.flatMap(({ facts, path, because }) => {
    if (!facts.relr || because === "self") return [];
    const asks = facts.versionNeeds.flatMap(({ versions }) => versions.map(({ name }) => name));
    if (asks.includes("GLIBC_ABI_DT_RELR")) return [];
    const refuse = (what: string): readonly LinkProblem[] => [
      blocksLoad({ code: "relocation-unsupported", neededBy: path, what }),
    ];
    if (isBefore(version, 36)) return refuse("DT_RELR");
    const needsLibc = facts.needed.some((name) => name.startsWith("libc.so."));
    if (facts.versionNeeds.length === 0 || !needsLibc) return [];
    return refuse("DT_RELR without the version GLIBC_ABI_DT_RELR");
  });
}

/**
 * A libc.so.6 of another release than the loader: they share structures. Since 2.32 the loader calls into libc before
 * anything else. Releases without symbols of their own (2.37, 2.40) look like the one before. Sources: elf/rtld.c,
 * dl_main; elf/dl-call-libc-early-init.c; sysdeps/unix/sysv/linux/x86_64/64/libc.abilist.
 */
function checkLibc({ byName }: Loaded, version: Version): readonly LinkProblem[] {
  const libc = byName.get("libc.so.6");
  const found = /^2\.(\d+)$/.exec(libc?.facts.libc?.version ?? "")?.[1];
  if (libc === undefined || found === undefined || version === null) return [];
  const minor = Number(found);
  if (minor === version[1] || minor === version[1] - 1) return [];
  const expected = `glibc ${version.join(".")}`;
  return [blocksLoad({ code: "libc-mixed", path: libc.path, libc: `glibc 2.${minor}`, expected })];
}
