import type { BaseInfo } from "../model/base.ts";
import type { Finding, FindingCode, FindingSubject } from "../model/finding.ts";
import { firstFew } from "./amounts.ts";
import { clean } from "./clean.ts";
import { libraryReasons, interpreterReasons, loaderReasons, placesOf } from "./finding-reasons.ts";

/** How many symbols and places are named in a sentence. */
const maxNames = 3;

/** In few words, as on the page of each code. The keys are all codes there are. */
export const findingTitles: Readonly<Record<FindingCode, string>> = {
  "loader-missing": "the program's loader is not there",
  "loader-unusable": "the program's loader cannot be run",
  "loader-unneeded": "a program that needs no library asks for a loader",
  "library-missing": "a library is not there",
  "library-unusable": "a library is there and cannot be loaded",
  "soname-link-missing": "a library is there under another name only",
  "version-missing": "a library is too old",
  "symbol-missing": "a function or variable is in none of the libraries",
  "relocation-unsupported": "the loader does not know how to lay out a file",
  "wrong-machine": "the program is for another processor",
  "wrong-osabi": "the program is for another operating system",
  "cpu-level": "the program asks for a newer processor",
  "interpreter-missing": "what runs a script is not there",
  "not-executable": "the program may not be executed",
  "preload-missing": "a library to load before all others is not there",
  "static-dlopen": "a static program opens libraries of the base",
  "libc-mixed": "a library was made for another C library",
  "format-unknown": "the program is neither ELF nor a script",
  "program-missing": "the program to start is not there",
  "package-needed": "the program comes with a package that the base lacks",
  "script-not-run": "a copied package's script is not run",
  "undeclared-missing": "a package uses something that it does not declare",
  "base-stand-in": "the base was measured on a stand-in",
  "not-read": "something was not read",
};

/** The page of a code, a path in the project. */
export function pageOf(code: FindingCode): string {
  return `docs/findings/${code}.md`;
}

/** What is about a library and not about the program or its loader. */
type LibrarySubject = Extract<
  FindingSubject,
  {
    readonly code:
      | "library-missing"
      | "library-unusable"
      | "soname-link-missing"
      | "version-missing"
      | "symbol-missing"
      | "relocation-unsupported"
      | "preload-missing"
      | "static-dlopen"
      | "libc-mixed";
  }
>;

/** One finding in one sentence without a final stop: which file, which library, which symbols, where it was looked for. */
export function describeFinding(finding: FindingSubject & Partial<Pick<Finding, "phase">>): string {
  switch (finding.code) {
    case "loader-missing": {
      const { interpreter, linkTarget } = finding;
      const dangling =
        linkTarget === null ? "" : ` (a link there leads to ${clean(linkTarget)}, which is absent)`;
      return `its loader ${clean(interpreter)} is not there${dangling}`;
    }
    case "loader-unusable":
      return `its loader ${clean(finding.interpreter)} ${loaderReasons[finding.reason]}`;
    case "loader-unneeded": {
      const there = finding.present ? "which is there" : "which is not there";
      return `it needs no library, yet asks for the loader ${clean(finding.interpreter)}, ${there}`;
    }
    case "wrong-machine":
      return `it is for ${clean(finding.found)}, expected ${clean(finding.expected)}`;
    case "wrong-osabi":
      return `it is for ${clean(finding.found)}, expected ${clean(finding.expected)}`;
    case "cpu-level":
      return `it needs a processor with ${clean(finding.needs)}, promised is ${clean(finding.promises)}`;
    case "interpreter-missing": {
      const { interpreter, line, reason } = finding;
      return `its first line is #!${clean(line, 80)}, and ${clean(interpreter, 80)} ${interpreterReasons[reason]}`;
    }
    case "not-executable":
      return `${clean(finding.path)} may not be executed: its mode is ${clean(finding.modeOctal)}`;
    case "format-unknown":
      return `${clean(finding.path)} is neither an ELF program nor a script with #!`;
    case "program-missing": {
      const { name, searched } = finding;
      const places = searched.map((folder) => clean(folder, 80));
      const where = places.length === 0 ? "" : `; looked in ${firstFew(places, maxNames)}`;
      return `${clean(name)} is not there${where}`;
    }
    case "package-needed":
      return `${clean(finding.path)} is not there; it comes with the package ${clean(finding.package)}`;
    case "script-not-run":
      return `the ${clean(finding.script)} of ${clean(finding.package)} is not run where the package is copied, and what it makes is not known`;
    case "undeclared-missing":
      return `${clean(finding.package)} uses the ${clean(finding.what)} ${clean(finding.name)} when ${clean(finding.when)}, does not declare it, and it is not there (${clean(finding.source)})`;
    case "base-stand-in":
      return `nothing is proved for ${clean(finding.base)}: what was read is a stand-in (${clean(finding.source)})`;
    case "not-read":
      return `${clean(finding.path)} was not read: ${clean(finding.reason)}`;
    case "library-missing":
    case "library-unusable":
    case "soname-link-missing":
    case "version-missing":
    case "symbol-missing":
    case "relocation-unsupported":
    case "preload-missing":
    case "static-dlopen":
    case "libc-mixed":
      return libraryWords(finding);
  }
}

function libraryWords(finding: LibrarySubject & Partial<Pick<Finding, "phase">>): string {
  switch (finding.code) {
    case "library-missing": {
      const { soname, neededBy, searched } = finding;
      return `${clean(soname)} is missing, needed by ${clean(neededBy)}${placesOf(searched)}`;
    }
    case "library-unusable": {
      const { soname, neededBy, path, reason } = finding;
      return `${clean(soname)}, needed by ${clean(neededBy)}, is at ${clean(path)} and ${libraryReasons[reason]}`;
    }
    case "soname-link-missing": {
      const { soname, neededBy, presentAs } = finding;
      return `${clean(soname)}, needed by ${clean(neededBy)}, is there as ${clean(presentAs)} only`;
    }
    case "version-missing": {
      const { version, path, neededBy, newest } = finding;
      const has = newest === null ? "it has no versions" : `its newest is ${clean(newest)}`;
      return `${clean(path)} lacks the version ${clean(version)} that ${clean(neededBy)} needs; ${has}`;
    }
    case "symbol-missing": {
      const { symbols, count, neededBy, libc, phase } = finding;
      const names = firstFew(
        symbols.map((symbol) => clean(symbol, 80)),
        maxNames,
        count,
      );
      const when = phase === "use" ? "; it starts and stops at the first call" : "";
      const verb = count === 1 ? "is" : "are";
      return `${names} ${verb} in no library, needed by ${clean(neededBy)} (${clean(libc)})${when}`;
    }
    case "relocation-unsupported":
      return `the loader cannot lay out ${clean(finding.neededBy)}: ${clean(finding.what)}`;
    case "preload-missing":
      return `${clean(finding.path)}, which ${finding.from} names, is not there`;
    case "static-dlopen": {
      const { opens, libc, present } = finding;
      const names = firstFew(
        opens.map((name) => clean(name, 80)),
        maxNames,
      );
      const there = libc.startsWith("musl")
        ? "musl opens none in a static program"
        : present
          ? "the base has some of it, from another build"
          : "the base has none of it";
      return `it is static (${clean(libc)}) and opens ${names} while it runs; ${there}`;
    }
    case "libc-mixed": {
      const { path, libc, expected } = finding;
      return `${clean(path)} was made for ${clean(libc)} and is loaded by ${clean(expected)}`;
    }
  }
}

/** What the base offers to mend it with. */
export type FixContext = Pick<BaseInfo, "packageManager">;

/** What to do about it, in one sentence without a final stop; null where nothing has to be done. */
export function describeFix(finding: FindingSubject, base: FixContext): string | null {
  switch (finding.code) {
    case "loader-missing":
      return "take a base with that C library, or build a static program";
    case "loader-unusable":
      return "take the base for the platform of the program, with its loader as the package installs it";
    case "loader-unneeded":
      return finding.present
        ? null
        : "build it without -buildmode=pie (Go) or with -static-pie, so that no loader is asked for";
    case "wrong-machine":
      return `build it for ${clean(finding.expected)}, or ask for its own --platform`;
    case "wrong-osabi":
      return "take the build for Linux";
    case "cpu-level":
      return `promise the processor with --platform linux/amd64/${clean(finding.needs.replace("x86-64-", ""))}, or build for an older one`;
    case "interpreter-missing":
      return fixInterpreter(finding);
    case "not-executable":
      return `chmod +x ${clean(finding.path)}`;
    case "format-unknown":
      return "give a script its #! line, or take the whole file again";
    case "program-missing":
      return "copy it, or name what is started with --program";
    case "package-needed":
      return addPackage(finding.package, base);
    case "script-not-run":
      return "try it, or take the base of the same release that has a package manager";
    case "undeclared-missing":
      return finding.what === "package"
        ? addPackage(finding.name, base)
        : `add the package that has ${clean(finding.name)}, where that use matters`;
    case "base-stand-in":
      return "give the publisher's image with --base, as an archive or a folder";
    case "not-read":
      return null;
    case "library-missing":
    case "library-unusable":
    case "soname-link-missing":
    case "version-missing":
    case "symbol-missing":
    case "relocation-unsupported":
    case "preload-missing":
    case "static-dlopen":
    case "libc-mixed":
      return fixLibrary(finding, base);
  }
}

function fixLibrary(finding: LibrarySubject, base: FixContext): string {
  switch (finding.code) {
    case "library-missing":
      return addLibrary(finding.soname, base);
    case "library-unusable":
      return `put the right ${clean(finding.soname)} there, or one in a place that is searched before`;
    case "soname-link-missing":
      return `make the link: ln -s ${clean(nameOf(finding.presentAs))} ${clean(folderOf(finding.presentAs))}/${clean(finding.soname)}`;
    case "version-missing":
      return "build on a system as old as this base, or take a newer base";
    case "symbol-missing":
      return finding.libc.startsWith("musl")
        ? "build it on this base, or take the musl variant of the package"
        : "link the library that has it, or take the release that the program was built against";
    case "relocation-unsupported":
      return finding.what.includes("RELR")
        ? "link it with -z nopack-relative-relocs, or take a newer base"
        : "build it for this C library";
    case "preload-missing":
      return finding.from === "LD_PRELOAD"
        ? "copy the library, or do not set LD_PRELOAD"
        : "copy the library, or take its line out of /etc/ld.so.preload";
    case "static-dlopen":
      return "build it with CGO_ENABLED=0 or -tags netgo,osusergo (Go), or link it against musl";
    case "libc-mixed":
      return `take the build of it for ${clean(finding.expected)}`;
  }
}

function fixInterpreter({
  reason,
  interpreter,
}: Extract<FindingSubject, { code: "interpreter-missing" }>): string {
  switch (reason) {
    case "carriage-return":
      return "write the script with Unix line ends: sed -i 's/\\r$//' FILE";
    case "not-executable":
      return `chmod +x ${clean(interpreter)}`;
    case "loop":
      return "let the script name a program, not a script";
    case "env-options":
      return "name the program itself in the #! line";
    case "absent":
    case "not-in-path":
      return `take a base that has ${clean(interpreter)}, or start the program without the script`;
  }
}

function addLibrary(soname: string, base: FixContext): string {
  const copy = `copy ${clean(soname)} to where the loader looks`;
  const { packageManager } = base;
  return packageManager === null
    ? copy
    : `add the package that has ${clean(soname)} with ${clean(packageManager)}, or ${copy}`;
}

function addPackage(name: string, { packageManager }: FixContext): string {
  return packageManager === null
    ? "take a base that has it"
    : `add it with ${clean(packageManager)} (there it may have another name than ${clean(name)})`;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
