import type { App } from "../check/app.ts";
import type { BaseRoot } from "../check/base-root.ts";
import type { Checked } from "../check/check-app.ts";
import { installedPackages } from "../distros/installed-packages.ts";
import type { Searched } from "../model/finding.ts";
import type { Wanted } from "../repositories/package-source.ts";

/** One thing that is missing and that a package may bring. */
export interface Wish {
  readonly wanted: Wanted;
  /** For people, and what tells wishes apart: `libpq.so.5`, `/usr/bin/perl`. */
  readonly name: string;
  /** Folders in which it has to be; empty where any will do. */
  readonly folders: readonly string[];
}

export interface WishContext {
  /** The target is of the base's release: names of packages mean the same there. */
  readonly isSameRelease: boolean;
  /** Kind of the base's C library; null where it has none. */
  readonly libc: string | null;
  /** Packages can only be copied into the base, and parts of a C library never are. */
  readonly isCopied: boolean;
  /** Names that the app's own shared objects answer to: it was built with these, and no package has them. */
  readonly own: ReadonlySet<string>;
}

/** What a base and a target decide. */
export function wishContext(
  { info, rootfs }: BaseRoot,
  { layer }: Pick<App, "layer">,
  isSameRelease: boolean,
): WishContext {
  const isCopied = info.packageManager === null && installedPackages(rootfs).manager === "dpkg";
  const own = Object.entries(layer.elf.byPath).flatMap(([path, { soname }]) => [
    path.slice(path.lastIndexOf("/") + 1),
    ...(soname === null ? [] : [soname]),
  ]);
  return { isSameRelease, libc: info.libc?.kind ?? null, isCopied, own: new Set(own) };
}

/** What the findings of a check lack that packages may bring, each once, in the order of the findings. Pure. */
export function wishesOf({ findings, starts }: Checked, context: WishContext): readonly Wish[] {
  const objects = starts.flatMap(({ processes }) => processes.flatMap((one) => one.objects));
  const elfClass = objects[0]?.facts.class ?? 64;
  const wishes = new Map<string, Wish>();
  const add = (wanted: Wanted, folders: readonly string[] = []): void => {
    const name = nameOf(wanted);
    if (!wishes.has(name)) wishes.set(name, { wanted, name, folders });
  };
  const addLibrary = (soname: string, searched: readonly Searched[] = []): void => {
    // A path is asked for as it is; only its own file will do.
    if (soname.startsWith("/")) return add({ kind: "file", path: soname });
    if (soname.includes("/") || context.own.has(soname)) return;
    const versions = objects.flatMap(({ facts }) =>
      facts.versionNeeds
        .filter(({ file }) => file === soname)
        .flatMap((need) => need.versions.map(({ name }) => name)),
    );
    const distinct = [...new Set(versions)].toSorted();
    add({ kind: "soname", soname, elfClass, versions: distinct }, foldersOf(searched));
  };
  for (const finding of findings) {
    switch (finding.code) {
      case "library-missing":
        addLibrary(finding.soname, finding.searched);
        break;
      case "soname-link-missing":
        addLibrary(finding.soname);
        break;
      case "version-missing":
        // Another package may have it; the C library is the base's, and a release's has no more versions than this.
        if (!finding.version.startsWith("GLIBC_")) addLibrary(finding.library);
        break;
      case "loader-missing":
        if (isLoaderToHave(finding.interpreter, context)) {
          add({ kind: "file", path: finding.interpreter });
        }
        break;
      case "interpreter-missing":
        if (finding.reason === "absent") addProgram(finding.interpreter, add);
        if (finding.reason === "not-in-path") add(commandOf(finding.interpreter));
        break;
      case "program-missing":
        addProgram(finding.name, add);
        break;
      case "package-needed":
        if (context.isSameRelease) add({ kind: "package", name: finding.package });
        else addProgram(finding.path, add);
        break;
      default:
    }
  }
  return [...wishes.values()];
}

/** A distribution has one C library. Debian has musl beside its own, but nobody has glibc beside musl. */
function isLoaderToHave(interpreter: string, { libc, isCopied }: WishContext): boolean {
  const isMusl = interpreter.includes("/ld-musl-");
  return !(isCopied && !isMusl) && (libc !== "musl" || isMusl);
}

/** Programs of the app are its own: no package brings what lies in /app. */
const systemFolders = /^\/(?:usr\/)?s?bin\/|^\/usr\/(?:games|lib|libexec)\//;

function addProgram(path: string, add: (wanted: Wanted) => void): void {
  if (!path.includes("/")) add(commandOf(path));
  else if (systemFolders.test(path)) add({ kind: "file", path });
}

const commandOf = (path: string): Wanted => ({
  kind: "command",
  name: path.slice(path.lastIndexOf("/") + 1),
});

/** Of what the loader looks through by itself; what RPATH or LD_LIBRARY_PATH name is the app's. */
function foldersOf(searched: readonly Searched[]): readonly string[] {
  const own = searched.filter(
    ({ because }) => because === "default" || because === "musl-path-file",
  );
  return [...new Set(own.map(({ path }) => path.slice(0, path.lastIndexOf("/"))))];
}

/** What is wanted, by its name: `libpq.so.5`, `/usr/bin/perl`. */
export function nameOf(wanted: Wanted): string {
  switch (wanted.kind) {
    case "soname":
      return wanted.soname;
    case "command":
    case "package":
      return wanted.name;
    case "file":
      return wanted.path;
  }
}
