import { compareApkVersions } from "../../formats/versions/apk.ts";
import type { Wanted } from "../package-source.ts";
import type { IndexOffer, IndexPool } from "./index-pool.ts";

/** Folders whose programs get a `cmd:` of their name. Source: abuild, scan_commands. */
const commandFolders = new Set(["/bin", "/sbin", "/usr/bin", "/usr/sbin"]);
const libraryFolders = new Set(["/lib", "/usr/lib"]);

/**
 * The packages that bring something, one for each name, best first: from a repository that anybody may take from, in the newest
 * version, which the distribution prefers. A file that is no program and no library is in no index of apk: that
 * none is found for it says nothing.
 */
export function findOffers(index: IndexPool, wanted: Wanted): readonly IndexOffer[] {
  const untagged = index.repositoriesTagged(null);
  const best = new Map<string, IndexOffer>();
  for (const offer of namesOf(wanted).flatMap((name) => index.offersOf(name))) {
    if (offer.package.isBroken) continue;
    const known = best.get(offer.package.name);
    if (known === undefined || compareOffers(offer, known, untagged) < 0) {
      best.set(offer.package.name, offer);
    }
  }
  return [...best.values()].toSorted((a, b) => compareOffers(a, b, untagged));
}

function namesOf(wanted: Wanted): readonly string[] {
  switch (wanted.kind) {
    case "soname":
      return [`so:${wanted.soname}`];
    case "command":
      return [`cmd:${wanted.name}`];
    case "package":
      return [wanted.name];
    case "file": {
      const { path } = wanted;
      const slash = path.lastIndexOf("/");
      const [folder, name] = [path.slice(0, slash), path.slice(slash + 1)];
      const isLibrary = libraryFolders.has(folder) && /\.so(?:\.|$)/.test(name);
      const named = commandFolders.has(folder) ? [`cmd:${name}`] : isLibrary ? [`so:${name}`] : [];
      return [path, ...named];
    }
  }
}

/** Below 0 when `a` is the better one. */
function compareOffers(a: IndexOffer, b: IndexOffer, untagged: number): number {
  const [left, right] = [a.package, b.package];
  const isOpen = (repositories: number): number => Number((repositories & untagged) !== 0);
  return (
    isOpen(right.repositories) - isOpen(left.repositories) ||
    compareProvided(b.version, a.version) ||
    (left.name === right.name ? compareApkVersions(right.version, left.version) : 0) ||
    right.providerPriority - left.providerPriority ||
    (left.repository ?? 0) - (right.repository ?? 0) ||
    compareTexts(left.name, right.name)
  );
}

/** One version against none says nothing. */
function compareProvided(a: string | null, b: string | null): number {
  return a === null || b === null ? 0 : compareApkVersions(a, b);
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
