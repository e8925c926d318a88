import { linkSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { rpm } from "../../../src/distros/rpm/rpm.ts";
import type { InstalledPackage } from "../../../src/image/layer-facts.ts";
import type { PackageSource, Resolution } from "../../../src/repositories/package-source.ts";
import { openYumSource } from "../../../src/repositories/yum/open-yum-source.ts";
import { Random } from "../../fuzz/random.ts";
import type { MemoryFile } from "../../memory-rootfs.ts";
import { buildRpmDatabase } from "../../rpm-tool.ts";
import { makeUniverse, toSpec, writeRepository, type MadePackage } from "./made-universe.ts";
import { askDnf, testAccess, yumRootfs, type DnfAnswer } from "./tools.ts";

/** One set of names, and both answers where they are not the same. */
export interface Difference {
  readonly seed: number;
  readonly names: readonly string[];
  readonly own: string;
  readonly dnf: string;
}

/** What came out of many sets. */
export interface Comparison {
  readonly sets: number;
  /** Sets that dnf could install. */
  readonly solved: number;
  /** Packages that came in, were replaced and had to go, of all sets. */
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly differences: readonly Difference[];
}

export interface ComparedSystem {
  readonly seed: number;
  readonly sets: number;
  /** Packages exclude each other more often. */
  readonly isDense?: boolean;
  /** On a system where some older versions are installed already, else on an empty one. */
  readonly hasInstalled?: boolean;
  readonly isBestWanted?: boolean;
}

const platform = { os: "linux", architecture: "amd64" };

/** Resolves random sets of names of a made universe by both; the same for the same seed. */
export async function compareWithDnf(folder: string, system: ComparedSystem): Promise<Comparison> {
  const { seed, sets: count, isDense = false, hasInstalled = false } = system;
  const universe = makeUniverse(seed, isDense);
  const random = new Random(seed * 7 + 1);
  const names = [...new Set(universe.map(({ name }) => name))];
  const root = join(folder, "root");
  mkdirSync(root, { recursive: true });
  const installed = hasInstalled ? await chooseInstalled(folder, universe, random) : [];
  const database = installed.length > 0 ? putDatabase(root, installed) : {};
  const sets = Array.from({ length: count }, () => pickNames(names, random));
  const repository = join(folder, "universe");
  writeRepository(repository, universe);
  const best = system.isBestWanted ?? false;
  const answers = askDnf({
    arch: "x86_64",
    repositories: [pathToFileURL(repository).href],
    sets,
    best,
    ...(installed.length > 0 ? { root } : {}),
  });
  const dnf = { "/etc/dnf/dnf.conf": `[main]\nbest=${best ? 1 : 0}\n` };
  const { source, packages } = await openSource(folder, repository, { ...database, ...dnf });
  const resolutions = sets.map((set) => source.resolve(set, packages));
  source.close();
  return summarise(sets, resolutions, answers, seed);
}

function pickNames(names: readonly string[], random: Random): readonly string[] {
  const picked = Array.from({ length: 1 + random.below(4) }, () => random.pick(names) ?? "");
  return [...new Set(picked)];
}

async function openSource(
  folder: string,
  repository: string,
  files: Readonly<Record<string, MemoryFile>>,
): Promise<{ readonly source: PackageSource; readonly packages: readonly InstalledPackage[] }> {
  const rootfs = yumRootfs(`[test]\nbaseurl=${pathToFileURL(repository).href}\n`, files);
  const opened = await openYumSource(rootfs, platform, testAccess(folder));
  if (!opened.ok) throw new Error(JSON.stringify(opened.failure));
  return { source: opened.value, packages: rpm.findPackages(rootfs)?.packages ?? [] };
}

/** A sound system of the oldest versions: what two random names bring with them. */
async function chooseInstalled(
  folder: string,
  universe: readonly MadePackage[],
  random: Random,
): Promise<readonly MadePackage[]> {
  const is64Bit = universe.filter(({ architecture }) => architecture !== "i686");
  const oldest = [...Map.groupBy(is64Bit, ({ name }) => name).values()].flatMap(
    ([first]) => first ?? [],
  );
  const repository = join(folder, "oldest");
  writeRepository(repository, oldest);
  const { source } = await openSource(folder, repository, {});
  let there = new Set<string>();
  for (let tries = 0; tries < 6 && there.size === 0; tries++) {
    const names = [random.pick(oldest)?.name ?? "", random.pick(oldest)?.name ?? ""];
    there = new Set(source.resolve(names, []).added.map(({ name }) => name));
  }
  source.close();
  return oldest.filter(({ name }) => there.has(name));
}

/** For dnf as a file of the root, for the base as one of its files. */
function putDatabase(
  root: string,
  installed: readonly MadePackage[],
): Readonly<Record<string, MemoryFile>> {
  const database = buildRpmDatabase(join(root, "made"), toSpec(installed));
  const names = ["rpmdb.sqlite", "rpmdb.sqlite-wal"];
  mkdirSync(join(root, ".rpmdb"));
  const files = names.map((name): [string, MemoryFile] => {
    const bytes = readFileSync(join(database, name));
    linkSync(join(database, name), join(root, ".rpmdb", name));
    return [`/var/lib/rpm/${name}`, bytes];
  });
  return Object.fromEntries(files);
}

function summarise(
  sets: readonly (readonly string[])[],
  resolutions: readonly Resolution[],
  answers: readonly DnfAnswer[],
  seed: number,
): Comparison {
  const differences = sets.flatMap((names, index): readonly Difference[] => {
    const own = describeResolution(resolutions[index]);
    const dnf = describeAnswer(answers[index]);
    return own === dnf ? [] : [{ seed, names, own, dnf }];
  });
  const sum = (count: (one: Resolution) => number): number =>
    resolutions.reduce((total, one) => total + count(one), 0);
  return {
    sets: sets.length,
    solved: answers.filter(({ problem }) => problem === null).length,
    added: sum(({ added }) => added.length),
    changed: sum(({ changed }) => changed.length),
    removed: sum(({ removed }) => removed.length),
    differences,
  };
}

const impossible = "cannot be done";

function describeResolution(resolution: Resolution | undefined): string {
  if (resolution === undefined || resolution.problems.length > 0) return impossible;
  const { added, changed, removed } = resolution;
  const come = [...added, ...changed.map(({ to }) => to)].map(
    ({ name, version, architecture }) => `${name}-${version}.${architecture}`,
  );
  const gone = [...removed, ...changed.map(({ to }) => to.name)];
  return `${come.toSorted().join(" ")} gone: ${gone.toSorted().join(" ")}`;
}

function describeAnswer(answer: DnfAnswer | undefined): string {
  if (answer?.problem !== null) return impossible;
  const gone = answer.remove.map((nevra) => nevra.replace(/-[^-]+-[^-]+$/, ""));
  return `${answer.install.join(" ")} gone: ${gone.toSorted().join(" ")}`;
}
