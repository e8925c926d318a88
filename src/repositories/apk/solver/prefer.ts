import { compareApkVersions } from "../../../formats/versions/apk.ts";
import type { ApkGeneration } from "./pool.ts";
import type { Offer } from "./state.ts";

/**
 * Above 0 when `a` is the better offer of a name, 0 when it does not matter.
 * Source: apk-tools src/solver.c, compare_providers, as `apk add` without options calls it.
 */
export function compareOffers(a: Offer, b: Offer, generation: ApkGeneration): number {
  const [left, right] = [a.package, b.package];
  const isSameName = left.found.name === right.found.name;
  const isVersioned = a.version !== null || b.version !== null;
  const installed = Number(left.isInstalled) - Number(right.isInstalled);
  const priority = left.found.providerPriority - right.found.providerPriority;
  return (
    Number(left.isSelectable) - Number(right.isSelectable) ||
    Number(left.wasMerged) - Number(right.wasMerged) ||
    right.conflicts - left.conflicts ||
    Number(left.isTagAllowed) - Number(right.isTagAllowed) ||
    Number(left.isTagPreferred) - Number(right.isTagPreferred) ||
    (generation === 2 || isSameName || isVersioned ? installed : 0) ||
    compareProvided(a.version, b.version) ||
    (isSameName ? compareApkVersions(left.found.version, right.found.version) : 0) ||
    // Generation 2 keeps what is installed before it asks which provider the distribution prefers.
    (generation === 2 ? installed || priority : priority || installed) ||
    lowestBit(right.repositories) - lowestBit(left.repositories)
  );
}

/** One version against none says nothing. */
function compareProvided(a: string | null, b: string | null): number {
  return a === null || b === null ? 0 : compareApkVersions(a, b);
}

/** Counted from 1; 0 where no bit is set. */
function lowestBit(bits: number): number {
  return bits === 0 ? 0 : 32 - Math.clz32(bits & -bits);
}
