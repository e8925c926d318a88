import type { ElfFacts, VersionNeed } from "../formats/elf/facts.ts";
import type { Loaded } from "./load-glibc.ts";
import { rememberPair } from "./memo.ts";
import { blocksLoad, type LinkProblem } from "./process.ts";

type Definitions = ElfFacts["versionDefinitions"];

/**
 * Every symbol version that an object asks of another and that is not there. A version that a library defines is not
 * looked for in its symbols. Source: elf/dl-version.c.
 */
export function checkGlibcVersions({ objects, missing, byName }: Loaded): readonly LinkProblem[] {
  const problems: LinkProblem[] = [];
  for (const object of objects) {
    for (const need of object.facts.versionNeeds) {
      const { file } = need;
      if (missing.has(file)) continue;
      const provider = byName.get(file);
      const absent = absentFrom(need, provider?.facts ?? noFacts);
      for (const version of absent) {
        const newest = newestLike(version, provider?.facts.versionDefinitions ?? []);
        const path = provider?.path ?? "";
        const neededBy = object.path;
        problems.push(
          blocksLoad({ code: "version-missing", version, library: file, path, neededBy, newest }),
        );
      }
    }
  }
  return problems;
}

/** Nothing was loaded under that name: glibc asserts that there is something. */
const noFacts = { versionDefinitions: null };

/** Versions that this file does not define, newest first. A library without definitions is only warned about. */
export const absentFrom = rememberPair(
  (
    { versions }: VersionNeed,
    { versionDefinitions }: { readonly versionDefinitions: Definitions | null },
  ): readonly string[] => {
    if (versionDefinitions?.length === 0) return [];
    const names = new Set(versionDefinitions?.map(({ name }) => name));
    const absent = versions.filter(({ name, weak }) => !weak && !names.has(name));
    return absent.map(({ name }) => name).toSorted((a, b) => compareVersions(b, a));
  },
);

/** `GLIBC_2.9` before `GLIBC_2.34`. */
function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

/** The newest version of the same series: what the library is, as its user would say it. */
function newestLike(version: string, definitions: Definitions): string | null {
  const series = version.replace(/[\d.]+$/, "");
  const names = definitions.map(({ name }) => name);
  const same = names.filter((name) => name.replace(/[\d.]+$/, "") === series);
  return same.toSorted(compareVersions).at(-1) ?? null;
}
