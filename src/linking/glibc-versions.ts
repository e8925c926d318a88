import type { Loaded } from "./load-glibc.ts";
import { blocksLoad, type LinkProblem } from "./process.ts";

/**
 * Every symbol version that an object asks of another and that is not there. A version that a library defines is not
 * looked for in its symbols. Source: elf/dl-version.c.
 */
export function checkGlibcVersions({ objects, missing, byName }: Loaded): readonly LinkProblem[] {
  const problems: LinkProblem[] = [];
  for (const object of objects) {
    for (const { file, versions } of object.facts.versionNeeds) {
      if (missing.has(file)) continue;
      const provider = byName.get(file);
      const defined = provider?.facts.versionDefinitions ?? [];
      // A library without definitions is only warned about.
      if (provider !== undefined && defined.length === 0) continue;
      const names = new Set(defined.map(({ name }) => name));
      const absent = versions.filter(({ name, weak }) => !weak && !names.has(name));
      for (const { name: version } of absent.toSorted((a, b) => compareVersions(b.name, a.name))) {
        const newest = newestLike(version, [...names]);
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

/** `GLIBC_2.9` before `GLIBC_2.34`. */
function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

/** The newest version of the same series: what the library is, as its user would say it. */
function newestLike(version: string, names: readonly string[]): string | null {
  const series = version.replace(/[\d.]+$/, "");
  const same = names.filter((name) => name.replace(/[\d.]+$/, "") === series);
  return same.toSorted(compareVersions).at(-1) ?? null;
}
