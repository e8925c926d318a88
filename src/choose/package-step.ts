import type { PackageStep, RecipePackage } from "../model/answer.ts";
import type { LaidPackages } from "../repositories/lay-packages.ts";
import type { AddedPackage, Resolution } from "../repositories/package-source.ts";
import type { Supply } from "./supply.ts";

export interface StepInput {
  readonly supply: Pick<Supply, "source" | "how" | "builder">;
  /** By name of the package: what it was asked for. */
  readonly asked: ReadonlyMap<string, ReadonlySet<string>>;
  readonly resolution: Resolution;
  /** Null before the packages were read. */
  readonly laid: LaidPackages | null;
}

/** The step of a recipe that installs what was resolved. Pure. */
export function makePackageStep({ supply, asked, resolution, laid }: StepInput): PackageStep {
  const { source, how, builder } = supply;
  const toPackage = (added: AddedPackage, replaces: string | null): RecipePackage => {
    const { name, version, architecture, repository, downloadBytes, installedBytes } = added;
    const wishes = [...(asked.get(name) ?? [])].toSorted();
    // What was asked for by a virtual name comes under its own.
    const because =
      wishes.length > 0 || added.because.kind === "asked"
        ? ({ kind: "asked", for: wishes.length > 0 ? wishes : [name] } as const)
        : added.because;
    return {
      ...{ name, version, architecture, repository },
      ...{ downloadBytes, installedBytes, replaces, because },
    };
  };
  const packages = [
    ...resolution.added.map((added) => toPackage(added, null)),
    ...resolution.changed.map(({ from, to }) => toPackage(to, from)),
  ].toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return {
    ...{ family: source.family, how, builder, source: source.name },
    asked: [...asked.keys()].toSorted(),
    packages,
    removed: resolution.removed,
    downloadBytes: sumOf(packages, "downloadBytes"),
    installedBytes: sumOf(packages, "installedBytes"),
    links: how === "copy" && laid !== null ? laid.links : [],
  };
}

/** Unknown is never counted as nothing. */
function sumOf(
  packages: readonly RecipePackage[],
  key: "downloadBytes" | "installedBytes",
): number | null {
  return packages.reduce<number | null>(
    (sum, one) => (sum === null || one[key] === null ? null : sum + one[key]),
    0,
  );
}
