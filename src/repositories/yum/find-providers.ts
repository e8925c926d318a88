import { formatRpmDependency } from "../../formats/rpm/relation.ts";
import { orderCandidates } from "../../distros/rpm/resolve/policy.ts";
import { Pool } from "../../distros/rpm/resolve/pool.ts";
import type { Provider, RepositoryPackage, Wanted } from "../package-source.ts";
import { toRepositoryPackage } from "./repository-package.ts";
import type { YumPackage, YumUniverse } from "./yum-universe.ts";

/** Folders of PATH, in the order in which one is looked at; packages name their files with and without /usr. */
const commandFolders = ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin"];
const libraryFolders = { 64: ["/usr/lib64", "/lib64"], 32: ["/usr/lib", "/lib"] } as const;

/** Packages that bring it, in dnf's order: one version of each, the one that it would install. */
export function findYumProviders(
  universe: YumUniverse,
  accepted: readonly string[],
  wanted: Wanted,
): readonly Provider[] {
  switch (wanted.kind) {
    case "soname":
      return findLibrary(universe, accepted, wanted);
    case "command":
      return findPaths(
        universe,
        accepted,
        commandFolders.map((folder) => `${folder}/${wanted.name}`),
      );
    case "file":
      return findPaths(universe, accepted, [wanted.path]);
    case "package": {
      const named = universe.named(wanted.name);
      const found = named.length > 0 ? named : universe.providing(wanted.name);
      return order(universe, accepted, found).map(plain);
    }
  }
}

type WantedLibrary = Extract<Wanted, { readonly kind: "soname" }>;

/** Source: rpm tools/elfdeps.c, which names each soname, and each of its symbol versions beside it. */
function findLibrary(
  universe: YumUniverse,
  accepted: readonly string[],
  { soname, elfClass, versions }: WantedLibrary,
): readonly Provider[] {
  const mark = elfClass === 64 ? "(64bit)" : "";
  const name = (version: string): string => {
    const inner = version === "" && mark === "" ? "" : `(${version})`;
    return `${soname}${inner}${mark}`;
  };
  const paths = libraryFolders[elfClass].map((folder) => `${folder}/${soname}`);
  const declared = universe.providing(name(""));
  const found = declared.length > 0 ? declared : paths.flatMap((path) => universe.owning(path));
  const providers = order(universe, accepted, found).map((one): Provider => {
    const provided = new Set(one.provides.map(formatRpmDependency));
    const hasAll = versions.every((version) => provided.has(name(version)));
    const isDeclared = provided.has(name(""));
    const path = paths.find((at) => universe.owning(at).includes(one)) ?? null;
    return {
      package: toPackage(one),
      path,
      versions: isDeclared ? (hasAll ? "all" : "not-all") : "unknown",
    };
  });
  const rank = { all: 0, unknown: 1, "not-all": 2 } as const;
  return providers.toSorted((a, b) => rank[a.versions] - rank[b.versions]);
}

/** Those of the first folder first. */
function findPaths(
  universe: YumUniverse,
  accepted: readonly string[],
  paths: readonly string[],
): readonly Provider[] {
  const byPackage = new Map<string, Provider>();
  for (const path of paths) {
    const found = new Set([...universe.owning(path), ...universe.providing(path)]);
    for (const one of order(universe, accepted, [...found])) {
      const provider: Provider = { package: toPackage(one), path, versions: "unknown" };
      if (!byPackage.has(one.name)) byPackage.set(one.name, provider);
    }
  }
  return [...byPackage.values()];
}

function plain(one: YumPackage): Provider {
  return { package: toPackage(one), path: null, versions: "unknown" };
}

const toPackage = (one: YumPackage): RepositoryPackage => toRepositoryPackage(one);

/** As dnf would choose among them on an empty system; then those that it would not take. */
function order(
  universe: YumUniverse,
  accepted: readonly string[],
  found: readonly YumPackage[],
): readonly YumPackage[] {
  const distinct = [...new Set(found)].filter(
    ({ architecture }) => architecture === "noarch" || accepted.includes(architecture),
  );
  const pool = new Pool(universe, [], accepted);
  const solvables = [...new Set(distinct.flatMap(({ name }) => pool.named(name)))].filter((one) =>
    distinct.some(({ place }) => place + 1 === one.id),
  );
  const best = orderCandidates(pool, solvables, []);
  const others = orderRest(pool, solvables, best);
  return [...best, ...others].map(({ id }) => universe.at(id - 1)).filter((one) => one !== null);
}

type Solvables = ReturnType<Pool["named"]>;

/** The best of each name that is not yet there: a worse repository or architecture, or obsoleted. */
function orderRest(pool: Pool, all: Solvables, best: Solvables): Solvables {
  const left = all.filter((one) => !best.some(({ name }) => name === one.name));
  const groups = Map.groupBy(left, ({ name }) => name);
  return [...groups.values()].flatMap((group) => orderCandidates(pool, group, []).slice(0, 1));
}
