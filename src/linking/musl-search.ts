import type { Searched } from "../model/finding.ts";
import { judgeForMusl, PlaceSearch, type Located } from "./locate.ts";
import type { ElfMachine } from "./machine.ts";
import type { LibraryOpener } from "./open-library.ts";
import type { LoadedObject, StartEnvironment } from "./process.ts";
import { directoryOf, placeIn, toAbsolute } from "./search-path.ts";

export interface MuslLoader {
  readonly machine: ElfMachine;
  /** PT_INTERP as written: the place of the path file hangs on it. */
  readonly interpreter: string;
  /** `x86_64`. */
  readonly architecture: string;
  /** AT_SECURE is set: what the environment says of libraries does not count. */
  readonly isSecure: boolean;
}

/** Names after `lib` and before a dot that are musl itself; no file is opened for them. */
const reserved = /^lib(?:c|pthread|rt|m|dl|util|xnet)\./;

/** Source: ldso/dynlink.c, load_library. */
const defaultPath = "/lib:/usr/local/lib:/usr/lib";

const maxNameBytes = 255;

/** Where musl looks for a library. Source: ldso/dynlink.c, load_library, path_open, fixup_rpath. */
export class MuslSearch {
  readonly #opener: LibraryOpener;
  readonly #loader: MuslLoader;
  readonly #environment: StartEnvironment;
  readonly #judge: ReturnType<typeof judgeForMusl>;
  /** Where it looks last, and whether the path file says so. */
  readonly #system: SystemPath;
  readonly #common = new Map<string, Located>();

  constructor(opener: LibraryOpener, loader: MuslLoader, environment: StartEnvironment) {
    this.#opener = opener;
    this.#loader = loader;
    this.#environment = environment;
    this.#judge = judgeForMusl(loader.machine);
    this.#system = readPathFile(opener, loader);
  }

  /** The path file when it is there and its text is not known: what is not found proves nothing then. */
  get unreadPathFile(): string | null {
    return this.#system.unread;
  }

  /** Whether the name is the loader itself. */
  isOwnName(name: string): boolean {
    return reserved.test(name) || name === this.#loader.interpreter;
  }

  /** `by` null: a preloaded library. */
  locate(name: string, by: LoadedObject | null): Located {
    const { workingDirectory } = this.#environment;
    const libraryPath = this.#loader.isSecure ? null : this.#environment.libraryPath;
    const search = new PlaceSearch(this.#opener, this.#judge);
    if (name === "" || Buffer.byteLength(name) > maxNameBytes) return search.missing();
    if (name.includes("/")) {
      return search.try(toAbsolute(name, workingDirectory), "path") ?? search.missing();
    }
    const own: { readonly path: string; readonly because: "rpath" | "runpath" }[] = [];
    for (let object = by; object !== null; object = object.neededBy) {
      const path = expandRpath(object, this.#loader.isSecure);
      const because = object.facts.runpath === null ? "rpath" : "runpath";
      if (path !== null) own.push({ path, because });
    }
    const known = own.length === 0 ? this.#common.get(name) : undefined;
    if (known !== undefined) return known;
    const because = this.#system.isFromFile ? "musl-path-file" : "default";
    const paths = [
      ...(libraryPath ? [{ path: libraryPath, because: "LD_LIBRARY_PATH" as const }] : []),
      ...own,
      { path: this.#system.path, because } as const,
    ];
    const located = this.#inPaths(search, name, paths) ?? search.missing();
    if (own.length === 0) this.#common.set(name, located);
    return located;
  }

  #inPaths(
    search: PlaceSearch,
    name: string,
    paths: readonly { readonly path: string; readonly because: Searched["because"] }[],
  ): Located | null {
    for (const { path, because } of paths) {
      for (const directory of path.split(/[:\n]/)) {
        if (directory === "") continue;
        const place = placeIn(directory, name, this.#environment.workingDirectory);
        const located = search.try(place, because);
        if (located !== null) return located;
      }
    }
    return null;
  }
}

/** DT_RUNPATH wins; a `$` that is not ORIGIN makes musl ignore the whole, and any in a program in secure mode. */
function expandRpath(object: LoadedObject, isSecure: boolean): string | null {
  const written = object.facts.runpath ?? object.facts.rpath;
  if (written === null) return null;
  if (!written.includes("$")) return written;
  const unknown = written.replaceAll(/\$(?:ORIGIN|\{ORIGIN\})/g, "");
  if (unknown.includes("$") || (isSecure && object.because === "program")) return null;
  // Of the program it is /proc/self/exe, of a library the path under which it was opened.
  const origin = directoryOf(object.because === "program" ? object.realPath : object.path);
  return written.replaceAll(/\$(?:ORIGIN|\{ORIGIN\})/g, () => (origin === "/" ? "" : origin));
}

interface SystemPath {
  /** Directories, parted by colons or line ends. */
  readonly path: string;
  readonly isFromFile: boolean;
  readonly unread: string | null;
}

/**
 * The path file replaces the default. It is looked for beside the directory of the interpreter as PT_INTERP names it:
 * `/etc` for `/lib/ld-musl-…`, `/opt/etc` for `/opt/lib/ld-musl-…`.
 */
function readPathFile(
  { rootfs }: LibraryOpener,
  { interpreter, architecture }: MuslLoader,
): SystemPath {
  const prefix = interpreter.startsWith("/") ? interpreter.split("/").slice(0, -2).join("/") : "";
  const file = `${prefix}/etc/ld-musl-${architecture}.path`;
  const resolved = rootfs.resolve(file);
  if (resolved.kind === "missing") return { path: defaultPath, isFromFile: false, unread: null };
  const node = resolved.kind === "found" ? resolved.node : null;
  const text = resolved.kind === "found" ? rootfs.text(resolved.path) : null;
  // What is there and cannot be read counts as empty: a directory, a link that loops, a file on the way.
  const isKnown = text !== null || node?.entry.type !== "file" || node.entry.sizeBytes === 0;
  return { path: text ?? "", isFromFile: true, unread: isKnown ? null : file };
}
