import type { RootfsNode } from "../image/rootfs.ts";
import type { LibraryOpener } from "./open-library.ts";
import type { GlibcSearch } from "./glibc-search.ts";
import type { FoundLibrary, Located } from "./locate.ts";
import {
  ignoredPreload,
  makeObject,
  maxObjects,
  problemOf,
  tooManyObjects,
  type GrowingObject,
} from "./loaded-objects.ts";
import type { LinkProblem, LoadReason, NeededLibrary } from "./process.ts";
import type { Preload } from "./preload.ts";

export interface LoadInput<Search> {
  readonly opener: LibraryOpener;
  readonly search: Search;
  readonly preloads: readonly Preload[];
  /** Paths of what the program opens by itself once it runs. */
  readonly loads: readonly string[];
  /** The loader itself. */
  readonly self: FoundLibrary;
}

export interface Loaded {
  /** In load order, which is the order of lookup; the loader among them only when somebody needs it. */
  readonly objects: readonly GrowingObject[];
  readonly problems: readonly LinkProblem[];
  /** Names that could not be loaded: nothing is expected of them any more. */
  readonly missing: ReadonlySet<string>;
  /** By every name under which it is found without a search; the loader is always there. */
  readonly byName: ReadonlyMap<string, GrowingObject>;
}

/**
 * Loads a program's libraries as glibc does: preloads first, then breadth first over DT_NEEDED. The loader is known
 * under PT_INTERP and its soname from the start. Source: elf/rtld.c, do_preload; elf/dl-deps.c, _dl_map_object_deps;
 * elf/dl-load.c, _dl_map_object.
 */
export function loadGlibc(
  main: GrowingObject,
  input: LoadInput<GlibcSearch> & { readonly interpreter: string },
): Loaded {
  const loading = new GlibcLoading(main, input);
  for (const preload of input.preloads) loading.preload(preload);
  for (const object of loading.objects) {
    for (const needed of object.facts.needed) loading.need(needed, object);
    if (loading.isOver()) return loading;
  }
  // By then all that the program itself needs is there, and comes first when symbols are looked up.
  const started = loading.objects.length;
  for (const path of input.loads) loading.need(path, main);
  for (let index = started; index < loading.objects.length && !loading.isOver(); index++) {
    const object = loading.objects[index];
    for (const needed of object?.facts.needed ?? []) loading.need(needed, object ?? main);
  }
  return loading;
}

class GlibcLoading implements Loaded {
  readonly objects: GrowingObject[];
  readonly problems: LinkProblem[] = [];
  readonly missing = new Set<string>();
  readonly byName = new Map<string, GrowingObject>();
  readonly #byNode = new Map<RootfsNode, GrowingObject>();
  readonly #main: GrowingObject;
  readonly #self: GrowingObject;
  readonly #input: LoadInput<GlibcSearch>;

  constructor(
    main: GrowingObject,
    input: LoadInput<GlibcSearch> & { readonly interpreter: string },
  ) {
    this.#main = main;
    this.#input = input;
    this.#self = makeObject(input.self, { neededBy: null, because: "self" });
    this.objects = [main];
    this.#know(main, main.facts.soname);
    this.#know(this.#self, input.interpreter);
    this.#know(this.#self, this.#self.facts.soname);
  }

  /** A library that cannot be preloaded is a warning: "cannot be preloaded …: ignored". */
  preload(preload: Preload): void {
    const { name, from } = preload;
    const { search } = this.#input;
    const isFromFile = from === "/etc/ld.so.preload";
    const located = () => search.locatePreload(name, this.#main, isFromFile);
    const { object } = this.#load(name, { by: this.#main, because: "preload" }, located);
    if (object === null) this.problems.push(ignoredPreload(preload));
  }

  need(needed: string, by: GrowingObject): void {
    const { search, opener } = this.#input;
    const name = search.nameOf(needed, by);
    if (name === null) return;
    const locate = (): Located =>
      search.refuses(needed)
        ? { kind: "missing", searched: [] }
        : search.locate(name, by, this.#main);
    const { located, ...need } = this.#load(name, { by, because: null }, locate);
    by.needs.push({ ...need, soname: needed });
    if (located === null || need.object !== null || this.missing.has(name)) return;
    this.missing.add(name);
    const problem = problemOf(name, located, { by, opener });
    if (problem !== null) this.problems.push(problem);
  }

  isOver(): boolean {
    if (this.objects.length <= maxObjects) return false;
    this.problems.push(tooManyObjects(this.#main));
    return true;
  }

  #load(
    name: string,
    { by, because }: { readonly by: GrowingObject; readonly because: LoadReason | null },
    locate: () => Located,
  ): NeededLibrary & { readonly located: Located | null } {
    const known = this.byName.get(name);
    if (known !== undefined) {
      // The loader is found by name from the start, and is in the process when it is needed.
      if (known === this.#self && !this.objects.includes(known)) this.objects.push(known);
      return { soname: name, object: known, searched: [], located: null };
    }
    const located = locate();
    const { searched } = located;
    if (located.kind !== "found") return { soname: name, object: null, searched, located };
    const { library } = located;
    const same = this.#byNode.get(library.node);
    const object =
      same ?? makeObject(library, { neededBy: by, because: because ?? located.because });
    if (same === undefined) {
      this.objects.push(object);
      this.#byNode.set(library.node, object);
    }
    this.#know(object, name);
    this.#know(object, object.facts.soname);
    return { soname: name, object, searched, located };
  }

  #know(object: GrowingObject, name: string | null): void {
    if (name === null) return;
    object.names.add(name);
    if (!this.byName.has(name)) this.byName.set(name, object);
  }
}
