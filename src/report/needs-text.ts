import type { Need } from "../model/need.ts";
import { firstFew } from "./amounts.ts";
import { clean } from "./clean.ts";

/** What is needed in few words, one line for each kind: the loader, libraries with their highest versions, commands. */
export function needLines(needs: readonly Need[], maxNames: number): readonly string[] {
  const names = (kind: Need["kind"]): readonly string[] =>
    needs.filter((need) => need.kind === kind).map(nameOf);
  const line = (label: string, kind: Need["kind"]): readonly string[] => {
    const all = names(kind);
    return all.length === 0 ? [] : [`${label}: ${firstFew(all, maxNames)}`];
  };
  return [
    ...line("loader", "loader"),
    ...line("libraries", "library"),
    ...line("opened while it runs", "dlopen"),
    ...line("commands", "command"),
    ...line("processor", "cpu"),
    ...line("files", "file"),
  ];
}

function nameOf(need: Need): string {
  const doubt = need.certainty === "certain" ? "" : ` (${need.certainty})`;
  switch (need.kind) {
    case "loader":
    case "file":
      return clean(need.path) + doubt;
    case "library": {
      const versions = highestVersions(need.versions).map((version) => clean(version, 40));
      const asked = versions.length === 0 ? "" : ` (${versions.join(", ")})`;
      return clean(need.soname, 80) + asked + doubt;
    }
    case "command":
    case "dlopen":
      return clean(need.name, 80) + doubt;
    case "cpu":
      return clean(need.level, 40) + doubt;
  }
}

/** Of each line of versions (`GLIBC_2.17`, `GLIBC_2.34`) the highest; others (`LIBFOO_X`) only where there is no number. */
export function highestVersions(versions: readonly string[]): readonly string[] {
  const highest = new Map<string, string>();
  for (const version of versions) {
    const [, line = "", number = ""] = /^(.+_)(\d+(?:\.\d+)*)$/.exec(version) ?? [];
    if (line === "") continue;
    const known = highest.get(line);
    if (known === undefined || isHigher(number, known)) highest.set(line, number);
  }
  if (highest.size === 0) return versions.slice(-2);
  return [...highest].map(([line, number]) => line + number).toSorted();
}

function isHigher(a: string, b: string): boolean {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
