import type { LibraryOpener } from "./open-library.ts";
import type { GlibcSearch } from "./glibc-search.ts";
import { makeObject, maxObjects, problemOf, type GrowingObject } from "./loaded-objects.ts";
import { blocksLoad, type LinkProblem, type NeededLibrary } from "./process.ts";
import type { Preload } from "./preload.ts";

export interface LoadInput<Search> {
  readonly opener: LibraryOpener;
  readonly search: Search;
  readonly preloads: readonly Preload[];
}

export interface Loaded {
  readonly objects: readonly GrowingObject[];
  readonly problems: readonly LinkProblem[];
  /** Names that could not be loaded: nothing is expected of them any more. */
  readonly missing: ReadonlySet<string>;
}

/**
 * Loads a program's libraries as glibc does: preloads first, then breadth first over DT_NEEDED.
 * Source: elf/rtld.c, do_preload; elf/dl-deps.c, _dl_map_object_deps; elf/dl-load.c, _dl_map_object.
 */
export function loadGlibc(main: GrowingObject, input: LoadInput<GlibcSearch>): Loaded {
  const { opener, search, preloads } = input;
  const objects: GrowingObject[] = [main];
  const problems: LinkProblem[] = [];
  const missing = new Set<string>();
  addSoname(main);

  const load = (name: string, by: GrowingObject, isPreload: boolean): NeededLibrary => {
    const known = objects.find(({ names }) => names.has(name));
    if (known !== undefined) return { soname: name, object: known, searched: [] };
    const located = search.locate(name, by, main);
    if (located.kind !== "found") return { soname: name, object: null, searched: located.searched };
    const { library, searched } = located;
    const same = objects.find(({ node }) => node === library.node);
    const object =
      same ??
      makeObject(library, { neededBy: by, because: isPreload ? "preload" : located.because });
    object.names.add(name);
    addSoname(object);
    if (same === undefined) objects.push(object);
    return { soname: name, object, searched };
  };

  for (const { name, from } of preloads) {
    // A library that cannot be preloaded is a warning: "cannot be preloaded …: ignored".
    const { object } = load(name, main, true);
    if (object === null) {
      const subject = { code: "preload-missing", path: name, from } as const;
      problems.push({ severity: "degrades", phase: "load", subject });
    }
  }
  for (const object of objects) {
    for (const name of object.facts.needed) {
      const need = load(name, object, false);
      object.needs.push(need);
      if (need.object !== null || missing.has(name)) continue;
      missing.add(name);
      const problem = problemOf(name, search.locate(name, object, main), { by: object, opener });
      if (problem !== null) problems.push(problem);
    }
    if (objects.length > maxObjects) {
      const reason = `it needs more than ${maxObjects} libraries`;
      problems.push(blocksLoad({ code: "not-read", path: main.path, reason }));
      break;
    }
  }
  return { objects, problems, missing };
}

function addSoname({ facts, names }: GrowingObject): void {
  if (facts.soname !== null) names.add(facts.soname);
}
