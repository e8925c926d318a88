import { resolveDebs } from "../../distros/dpkg/resolve/resolve.ts";
import type { DebProblem, ResolvedDeb } from "../../distros/dpkg/resolve/resolution.ts";
import type { InstalledPackage } from "../../image/layer-facts.ts";
import type { PackageProblem } from "../../model/answer.ts";
import type { AddedPackage, Resolution } from "../package-source.ts";
import type { AptIndex } from "./apt-index.ts";
import { toRepositoryPackage } from "./repository-package.ts";

/** What is asked of apt. */
export interface AptRequest {
  readonly names: readonly string[];
  readonly installed: readonly InstalledPackage[];
  /** `amd64`. */
  readonly architecture: string;
  /** There is no apt on the base, and what it lacks was left out on purpose. */
  readonly toleratesBroken: boolean;
}

/** See `PackageSource.resolve`. */
export function resolveByApt(index: AptIndex, request: AptRequest): Resolution {
  const { names, installed, architecture: nativeArchitecture, toleratesBroken } = request;
  const found = resolveDebs(index, { names, installed, nativeArchitecture, toleratesBroken });
  const problems = found.problems.map(toProblem);
  const lost: PackageProblem[] = [];
  const offered = ({ deb, because }: ResolvedDeb): AddedPackage[] => {
    const at = toRepositoryPackage(index, deb);
    if (at !== null) return [{ ...at, because }];
    // Its index says that its file is outside of the repository.
    lost.push({ kind: "no-such-package", name: deb.name });
    return [];
  };
  const added = found.added.flatMap(offered);
  const changed = found.changed.flatMap(({ from, to }) =>
    offered(to).map((one) => ({ from, to: one })),
  );
  if (lost.length > 0) return { added: [], changed: [], removed: [], problems: lost };
  return { added, changed, removed: found.removed, problems };
}

function toProblem(problem: DebProblem): PackageProblem {
  switch (problem.kind) {
    case "ambiguous":
      return { kind: "no-such-package", name: problem.name };
    case "too-many-packages":
      return {
        kind: "unsatisfied",
        package: "apt",
        relation: `more than ${problem.limit} packages`,
      };
    case "no-such-package":
    case "unsatisfied":
    case "conflict":
    case "libc":
    case "not-read":
      return problem;
  }
}
