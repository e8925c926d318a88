import type { Loaded, LoadInput } from "./load-glibc.ts";
import type { FoundLibrary, Located } from "./locate.ts";
import {
  ignoredPreload,
  makeObject,
  maxObjects,
  problemOf,
  tooManyObjects,
  type GrowingObject,
} from "./loaded-objects.ts";
import type { MuslSearch } from "./musl-search.ts";
import type { LinkProblem, NeededLibrary } from "./process.ts";
import { definitionsOf } from "./symbol-table.ts";

/**
 * Loads a program's libraries as musl does: preloads, then breadth first; its own names are the loader itself, which
 * is in the process only when somebody asks for it. Source: ldso/dynlink.c, load_library, load_deps, __dls3.
 */
export function loadMusl(main: GrowingObject, input: LoadInput<MuslSearch>): Loaded {
  const { opener, search, preloads, loads } = input;
  const self = makeObject(input.self, { neededBy: null, because: "self" });
  const objects: GrowingObject[] = [main];
  const problems: LinkProblem[] = [];
  const missing = new Set<string>();

  const takeSelf = (name: string): NeededLibrary => {
    if (!objects.includes(self)) objects.push(self);
    return { soname: name, object: self, searched: [] };
  };
  const load = (name: string, by: GrowingObject | null): NeededLibrary & { located?: Located } => {
    if (search.isOwnName(name)) return takeSelf(name);
    const known = objects.find((object) => object !== main && object.names.has(name));
    if (known !== undefined) return { soname: name, object: known, searched: [] };
    const located = search.locate(name, by);
    const { searched } = located;
    if (located.kind !== "found") return { soname: name, object: null, searched, located };
    const { library } = located;
    // The kernel loaded program and loader: musl does not know which files they are.
    const isKnown = ({ node }: GrowingObject): boolean => node === library.node;
    const same = objects.find((object) => object !== main && object !== self && isKnown(object));
    if (same === undefined && isLibc(library)) return takeSelf(name);
    const why = { neededBy: by, because: by === null ? "preload" : located.because } as const;
    const object = same ?? makeObject(library, why);
    if (!name.includes("/")) nameAfterFile(object);
    if (same === undefined) objects.push(object);
    return { soname: name, object, searched };
  };

  for (const preload of preloads) {
    if (load(preload.name, null).object === null) problems.push(ignoredPreload(preload));
  }
  const need = (name: string, object: GrowingObject): void => {
    const { located, ...need } = load(name, object);
    object.needs.push(need);
    if (located === undefined || missing.has(name)) return;
    missing.add(name);
    const problem = problemOf(name, located, { by: object, opener });
    if (problem !== null) problems.push(problem);
  };
  let hasOpened = false;
  for (let index = 0; ; index++) {
    if (index === objects.length && !hasOpened) {
      // All that the program itself needs is there: now it opens the rest.
      hasOpened = true;
      for (const path of loads) need(path, main);
    }
    const object = objects[index];
    if (object === undefined) break;
    if (object === self) continue;
    for (const name of object.facts.needed) need(name, object);
    if (objects.length > maxObjects) {
      problems.push(tooManyObjects(main));
      break;
    }
  }
  const byName = new Map(objects.flatMap((one) => [...one.names].map((name) => [name, one])));
  return { objects, problems, missing, byName };
}

/** A search gives a library its file's name, once, also when it was opened by its path before. */
function nameAfterFile({ names, path }: GrowingObject): void {
  if (names.size === 0) names.add(path.slice(path.lastIndexOf("/") + 1));
}

/** Another libc by these two symbols is not loaded, musl takes its place. */
function isLibc({ facts }: FoundLibrary): boolean {
  const table = definitionsOf(facts);
  const has = (name: string): boolean =>
    (table.get(name) ?? []).some(({ hidden, kind }) => !hidden && kind === "normal");
  return has("__libc_start_main") && has("stdin");
}
