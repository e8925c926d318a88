import type { PackageNode } from "./package-node.ts";
import type { Plan } from "./plan.ts";
import type { DebProblem } from "./resolution.ts";

/**
 * The packages of the names, each once. A name that is only provided stands for the one package that provides it.
 * Source: apt-private/private-cacheset.cc tryVirtualPackage.
 */
export function findAsked(
  plan: Plan,
  names: readonly string[],
): { readonly nodes: readonly PackageNode[]; readonly problems: readonly DebProblem[] } {
  const nodes = new Set<PackageNode>();
  const problems: DebProblem[] = [];
  for (const name of names) {
    const found = findOne(plan, name);
    if ("kind" in found) problems.push(found);
    else nodes.add(found);
  }
  return { nodes: [...nodes], problems };
}

function findOne(plan: Plan, name: string): PackageNode | DebProblem {
  const node = plan.universe.node(name);
  if (node.candidate !== null) return node;
  const owners = plan.universe
    .provisions(name)
    .map(({ owner }) => owner)
    .filter((owner) => owner.package.candidate === owner);
  const packages = new Set(owners.map((owner) => owner.package));
  const [only] = packages;
  if (only === undefined) return { kind: "no-such-package", name };
  if (packages.size === 1) return only;
  const providers = [...packages].map((one) => one.name).sort();
  return { kind: "ambiguous", name, providers };
}
