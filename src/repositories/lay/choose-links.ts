import type { AlternativeGroup } from "../../formats/dpkg/alternatives.ts";
import type { AlternativeChoice } from "../../formats/dpkg/script-effects.ts";
import type { Rootfs } from "../../image/rootfs.ts";

/** A link and what stands in it. */
export interface MadeLink {
  readonly path: string;
  readonly target: string;
}

/** What stands for a generic name, from whatever side. */
interface Choice {
  readonly path: string;
  readonly priority: number;
  readonly slaves: AlternativeChoice["slaves"];
}

interface Group {
  readonly link: string;
  readonly isAutomatic: boolean;
  readonly choices: Choice[];
}

/**
 * The links that update-alternatives makes of `added`, on a root with the files of the packages: for each name the choice of
 * the highest priority among those that are there, of the base's and the new, the first of equals; those of its slaves whose file is there.
 * A name that the administrator has set stays as it is, and a file that stands where a link would is left alone. Sorted by path.
 * Source: update-alternatives(1); dpkg utils/update-alternatives.c, alternative_get_best, alternative_prepare_install.
 */
export function chooseLinks(
  rootfs: Rootfs,
  added: readonly AlternativeChoice[],
  known: readonly AlternativeGroup[],
): readonly MadeLink[] {
  const groups = new Map(known.map((group) => [group.name, toGroup(group)]));
  for (const { name, link, ...choice } of added) {
    const group = groups.get(name) ?? { link, isAutomatic: true, choices: [] };
    const others = group.choices.filter(({ path }) => path !== choice.path);
    groups.set(name, { ...group, link, choices: [...others, choice] });
  }
  const asked = new Set(added.map(({ name }) => name));
  const links = [...groups].flatMap(([name, group]) => {
    const isThere = (path: string): boolean => rootfs.resolve(path).kind === "found";
    const best = bestOf(group.choices.filter(({ path }) => isThere(path)));
    if (!asked.has(name) || !group.isAutomatic || best === null) return [];
    const slaves = best.slaves.filter(({ path }) => isThere(path));
    return [{ link: group.link, name, path: best.path }, ...slaves].flatMap((one) =>
      linksOf(rootfs, one),
    );
  });
  return links.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function linksOf(
  rootfs: Rootfs,
  { link, name, path }: Pick<AlternativeChoice, "link" | "name" | "path">,
): readonly MadeLink[] {
  const generic = `/etc/alternatives/${name}`;
  const isFree = [link, generic].every((one) => {
    const there = rootfs.lookup(one);
    return there === null || there.entry.type === "symlink";
  });
  if (!isFree || name.includes("/")) return [];
  return [
    { path: link, target: generic },
    { path: generic, target: path },
  ];
}

function bestOf(choices: readonly Choice[]): Choice | null {
  return choices.reduce<Choice | null>(
    (best, one) => (best === null || one.priority > best.priority ? one : best),
    null,
  );
}

function toGroup({ link, isAutomatic, slaves, choices }: AlternativeGroup): Group {
  return {
    link,
    isAutomatic,
    choices: choices.map(({ path, priority, slaves: paths }) => ({
      path,
      priority,
      slaves: slaves.flatMap((slave, index) => {
        const own = paths[index];
        return typeof own === "string" ? [{ ...slave, path: own }] : [];
      }),
    })),
  };
}
