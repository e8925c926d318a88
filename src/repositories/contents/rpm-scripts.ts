import type { ScriptEffects } from "../../formats/dpkg/script-effects.ts";
import { readScript } from "../../formats/dpkg/read-script.ts";
import type { RpmFileEntry } from "../../formats/rpm/file-entries.ts";
import type { RpmHeader } from "../../formats/rpm/header.ts";
import type { PackageScript } from "./package-contents.ts";

/** In the order in which rpm runs them, with the tag of the text and that of the program. Source: rpm include/rpm/rpmtag.h. */
const installScripts = [
  ["%pretrans", 1151, 1153],
  ["%pre", 1023, 1085],
  ["%post", 1024, 1086],
  ["%posttrans", 1152, 1154],
] as const;

/** What the first argument says: how many of the package will be there. Source: rpm docs/manual/spec.md, "scriptlets". */
const firstInstall = ["1"];
const shells = new Set(["/bin/sh", "/usr/bin/sh", "/bin/bash", "/usr/bin/bash"]);
const loaderCacheProgram = /^\/(?:usr\/)?sbin\/ldconfig$/;

interface ScriptPackage {
  readonly package: string;
  /** Paths that are there once it is unpacked. */
  readonly files: readonly string[];
}

/**
 * The scripts that run when the package is installed, and `%files`: owners and capabilities that rpm gives its files and that an
 * unpacked payload does not have. Triggers of other packages are not known here. Throws FormatError for a broken tag.
 */
export function readRpmScripts(
  header: RpmHeader,
  files: readonly RpmFileEntry[],
  of: ScriptPackage,
): readonly PackageScript[] {
  const scripts = installScripts.flatMap(([name, textTag, programTag]): PackageScript[] => {
    const [text, program] = [header.text(textTag), header.text(programTag)];
    if (text === null && program === null) return [];
    return [
      { name, effects: readEffects(name, text ?? "", { program: program ?? "/bin/sh", of }) },
    ];
  });
  const given = files.flatMap(describeRights);
  return given.length === 0 ? scripts : [...scripts, { name: "%files", effects: only(given) }];
}

function readEffects(
  name: string,
  text: string,
  { program, of }: { readonly program: string; readonly of: ScriptPackage },
): ScriptEffects {
  if (loaderCacheProgram.test(program)) return { ...only([]), refreshesLoaderCache: true };
  if (!shells.has(program)) return only([`${program}: ${text}`.slice(0, 100)]);
  return readScript(Buffer.from(text), { ...of, script: name, arguments: firstInstall });
}

function only(unknown: readonly string[]): ScriptEffects {
  return { alternatives: [], diversions: [], refreshesLoaderCache: false, unknown };
}

/** As the commands that would do it. */
function describeRights(file: RpmFileEntry): readonly string[] {
  const { user, group, path, capabilities, isGhost } = file;
  if (isGhost) return [];
  const isRoots = user === "root" && group === "root";
  return [
    ...(isRoots ? [] : [`chown ${user}:${group} ${path}`]),
    ...(capabilities === null ? [] : [`setcap ${capabilities} ${path}`]),
  ].map((command) => command.slice(0, 100));
}
