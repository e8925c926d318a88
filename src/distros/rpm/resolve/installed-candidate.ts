import { FormatError } from "../../../formats/format-error.ts";
import {
  parseRpmDependency,
  type RpmDependency,
  type RpmRelation,
} from "../../../formats/rpm/relation.ts";
import type { InstalledPackage } from "../../../image/layer-facts.ts";
import type { InstalledCandidate } from "./pool.ts";
import { noWeakRelations, type RpmUniverse } from "./universe.ts";

/**
 * An installed package as the resolver knows it. What its database does not say (weak relations, in old facts all) is taken
 * from the same package in the repositories where that is still there.
 */
export function toInstalledCandidate(
  installed: InstalledPackage,
  universe: RpmUniverse,
): InstalledCandidate {
  const { name, version, relations, files } = installed;
  const architecture = installed.architecture ?? "noarch";
  const same = universe
    .named(name)
    .find((one) => one.version === version && one.architecture === architecture);
  const own: RpmRelation = { kind: "relation", name, comparison: "=", version };
  const provides = plainOf(parseRelations(relations?.provides ?? "").read);
  const identity = { name, version, architecture, files, isBroken: false };
  if (relations === undefined && same !== undefined) return { ...same, ...identity };
  return {
    ...identity,
    provides: [...provides, own],
    requires: parseRelations(relations?.depends ?? "").read,
    conflicts: parseRelations(relations?.conflicts ?? "").read,
    obsoletes: plainOf(parseRelations(relations?.replaces ?? "").read),
    weak: same?.weak ?? noWeakRelations,
  };
}

/** Relations one a line; `isBroken` when a line could not be read. What rpm itself brings is left out. */
export function parseRelations(text: string): {
  readonly read: readonly RpmDependency[];
  readonly isBroken: boolean;
} {
  const read: RpmDependency[] = [];
  let isBroken = false;
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("rpmlib(")) continue;
    try {
      read.push(parseRpmDependency(line));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      isBroken = true;
    }
  }
  return { read, isBroken };
}

/** Those that are not rich: nothing else can be provided or obsoleted. */
export function plainOf(dependencies: readonly RpmDependency[]): readonly RpmRelation[] {
  return dependencies.filter((dependency) => dependency.kind === "relation");
}
