import type { FindingSubject } from "../model/finding.ts";
import type { FoundLibrary, Located } from "./locate.ts";
import { isSameMachine } from "./machine.ts";
import { stemOf, type LibraryOpener } from "./open-library.ts";
import type { Preload } from "./preload.ts";
import {
  blocksLoad,
  type LinkProblem,
  type LoadedObject,
  type LoadReason,
  type NeededLibrary,
} from "./process.ts";
import { directoryOf } from "./search-path.ts";

/** An object while its needs are being loaded. */
export interface GrowingObject extends LoadedObject {
  readonly needs: NeededLibrary[];
  /** Names under which it is known without a search. */
  readonly names: Set<string>;
}

export function makeObject(
  library: FoundLibrary,
  by: { readonly neededBy: LoadedObject | null; readonly because: LoadReason },
): GrowingObject {
  const { path, realPath, node, facts } = library;
  return { path, realPath, node, facts, ...by, needs: [], names: new Set() };
}

/** More objects than any real process has: the chain of a hostile image ends here. */
export const maxObjects = 4096;

export function tooManyObjects(main: LoadedObject): LinkProblem {
  const reason = `it needs more than ${maxObjects} libraries`;
  return blocksLoad({ code: "not-read", path: main.path, reason });
}

/** A preload that was not loaded: both loaders go on without it. */
export function ignoredPreload({ name, from }: Preload): LinkProblem {
  const subject = { code: "preload-missing", path: name, from } as const;
  return { severity: "degrades", phase: "load", subject };
}

/** What it means that a needed library was not loaded; null when it was found. */
export function problemOf(
  soname: string,
  located: Located,
  where: { readonly by: LoadedObject; readonly opener: LibraryOpener },
): LinkProblem | null {
  const neededBy = where.by.path;
  const { searched } = located;
  switch (located.kind) {
    case "found":
      return null;
    case "fatal": {
      const { path, reason } = located;
      return blocksLoad({ code: "library-unusable", soname, neededBy, path, reason });
    }
    case "unread": {
      const { path, reason } = located;
      return blocksLoad({ code: "not-read", path, reason });
    }
    case "missing": {
      const foreign = searched.find(({ found }) => found === "other-machine");
      if (foreign !== undefined) {
        const { path } = foreign;
        return blocksLoad({
          code: "library-unusable",
          soname,
          neededBy,
          path,
          reason: "other-machine",
        });
      }
      return blocksLoad(
        withoutLink(soname, located, where) ?? {
          code: "library-missing",
          soname,
          neededBy,
          searched,
        },
      );
    }
  }
}

/** The library is in a place that was searched, but under its full name only: the link by its soname is not there. */
function withoutLink(
  soname: string,
  { searched }: Located,
  { by, opener }: { readonly by: LoadedObject; readonly opener: LibraryOpener },
): FindingSubject | null {
  const stem = stemOf(soname);
  if (stem === null || soname.includes("/")) return null;
  for (const directory of new Set(searched.map(({ path }) => directoryOf(path)))) {
    for (const name of opener.librariesIn(directory).get(stem) ?? []) {
      if (name === soname) continue;
      const opened = opener.open(`${directory === "/" ? "" : directory}/${name}`);
      if (opened.kind !== "elf" || opened.facts.soname !== soname) continue;
      if (!isSameMachine(opened.facts, by.facts)) continue;
      return {
        code: "soname-link-missing",
        soname,
        neededBy: by.path,
        presentAs: opened.path,
      };
    }
  }
  return null;
}
