import { checkCpuLevel } from "./cpu-level.ts";
import type { LoaderInput } from "./link-context.ts";
import type { Loaded } from "./load-glibc.ts";
import { loadMusl } from "./load-musl.ts";
import type { GrowingObject } from "./loaded-objects.ts";
import { MuslSearch } from "./musl-search.ts";
import { checkMuslSymbols } from "./musl-symbols.ts";
import { compareMuslVersions } from "./musl-version.ts";
import { readMuslPreloads } from "./preload.ts";
import { blocksLoad, type LinkedProcess, type LinkProblem } from "./process.ts";

/** The part of musl's loader: loads, then relocates all at once. Source: ldso/dynlink.c, __dls3. */
export function linkMusl(main: GrowingObject, input: LoaderInput): Partial<LinkedProcess> {
  const { library, context, isSecure, loads } = input;
  const { opener, environment } = context;
  const version = library.facts.loader?.version ?? null;
  const search = searchFor(main, input);
  const preloads = readMuslPreloads(environment, isSecure);
  const loaded = loadMusl(main, { opener, search, preloads, loads, self: library });
  const problems = [
    ...withoutPathFile(loaded, search.unreadPathFile),
    ...checkRelocations(loaded, version),
    ...loaded.objects.flatMap((object) => checkCpuLevel(object, environment.cpuLevel, "use")),
    ...checkMuslSymbols(loaded, { version, self: library.facts }),
  ];
  return { ruleSet: "musl", libcVersion: version, objects: loaded.objects, problems };
}

/** What is missing proves nothing when it is not known where musl looks. */
function withoutPathFile({ problems }: Loaded, unread: string | null): readonly LinkProblem[] {
  if (unread === null || problems.length === 0) return problems;
  const reason = "it says where the loader looks, and its text is not among the facts";
  return [blocksLoad({ code: "not-read", path: unread, reason })];
}

function searchFor(main: GrowingObject, input: LoaderInput): MuslSearch {
  const { library, context, asked, isSecure } = input;
  const key = `${asked}\n${library.realPath}\n${String(isSecure)}`;
  const known = context.muslSearches.get(key);
  if (known !== undefined) return known;
  const architecture = library.facts.loader?.muslArchitecture ?? "";
  const loader = { machine: main.facts, interpreter: asked, architecture, isSecure };
  const search = new MuslSearch(context.opener, loader, context.environment);
  context.muslSearches.set(key, search);
  return search;
}

/** Sources: musl commit d32dadd6 (DT_RELR, 1.2.4); ldso/dynlink.c, do_relocs: no case for IRELATIVE. */
function checkRelocations({ objects }: Loaded, version: string | null): readonly LinkProblem[] {
  const isOld = version !== null && compareMuslVersions(version, "1.2.4") < 0;
  return objects.flatMap(({ facts, path, because }) => {
    if (because === "self") return [];
    const unsupported = (what: string): LinkProblem =>
      blocksLoad({ code: "relocation-unsupported", neededBy: path, what });
    return [
      ...(facts.relr && isOld ? [unsupported("DT_RELR")] : []),
      ...(facts.hasIrelative ? [unsupported("R_*_IRELATIVE")] : []),
    ];
  });
}
