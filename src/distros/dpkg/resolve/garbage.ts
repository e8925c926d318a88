import type { PackageNode } from "./package-node.ts";
import { fits, type Plan } from "./plan.ts";
import type { VersionNode } from "./version-node.ts";

/**
 * Drops new packages that nothing needs in the end: what was planned for a package that did not come. What is installed stays, all
 * of it counts as wanted. Source: apt-private/private-install.cc DoAutomaticRemove, apt-pkg/depcache.cc MarkPackage.
 */
export function dropUnneeded(plan: Plan): void {
  const needed = new Set<PackageNode>();
  const open: VersionNode[] = [];
  const add = (version: VersionNode): void => {
    if (version.package.planned !== version || needed.has(version.package)) return;
    needed.add(version.package);
    open.push(version);
  };
  const planned = [...plan.universe.known].flatMap((node) => node.planned ?? []);
  for (const version of planned) {
    const { isAutomatic, isEssential, isImportant } = version.package;
    if (!isAutomatic || isEssential || isImportant) add(version);
  }
  for (let version = open.pop(); version !== undefined; version = open.pop()) {
    for (const { kind, alternatives } of version.demands) {
      if (kind !== "depends") continue;
      for (const { name, condition } of alternatives) {
        const target = plan.universe.node(name).planned;
        if (target !== null && fits(target.facts.version, condition)) add(target);
        for (const provision of plan.universe.provisions(name)) {
          if (fits(provision.version, condition)) add(provision.owner);
        }
      }
    }
  }
  for (const { package: node } of planned) {
    if (node.current === null && !needed.has(node)) plan.remove(node);
  }
}
