import { parseOsRelease } from "../../formats/os-release.ts";
import { rpm } from "../../distros/rpm/rpm.ts";
import { rpmArchitectures } from "../../distros/rpm/resolve/architectures.ts";
import { resolveRpm, type RpmAddition } from "../../distros/rpm/resolve/resolve.ts";
import type { InstalledPackage } from "../../image/layer-facts.ts";
import type { Rootfs } from "../../image/rootfs.ts";
import type { DataSource } from "../../model/answer.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import { formatPlatform, type Platform } from "../../model/platform.ts";
import type { RepositoryAccess } from "../access.ts";
import type { AddedPackage, PackageSource, Resolution } from "../package-source.ts";
import { compileIndex } from "./compile-index.ts";
import { fetchIndex, type FetchedIndex } from "./fetch-index.ts";
import { findYumProviders } from "./find-providers.ts";
import { readText, readYumConfig, type YumConfig, type YumRepository } from "./read-config.ts";
import { findReleaseVersion } from "./release-version.ts";
import { toRepositoryPackage } from "./repository-package.ts";
import { YumUniverse, type OpenedRepository } from "./yum-universe.ts";

/**
 * The repositories that a base of the rpm family names and has enabled. One that cannot be had is among the problems; when
 * none can, the first failure comes back. `not-found` when the base names none, `unsupported` for a platform without RPM packages.
 */
export async function openYumSource(
  rootfs: Rootfs,
  platform: Platform,
  access: RepositoryAccess,
): Promise<Result<PackageSource>> {
  const architectures = rpmArchitectures(platform);
  if (architectures === null) {
    const [what, reason] = [formatPlatform(platform), "no RPM packages are known for it"];
    return failed({ kind: "unsupported", what, where: null, reason });
  }
  const { base, accepted } = architectures;
  const text = readText(rootfs, "/etc/os-release") ?? readText(rootfs, "/usr/lib/os-release");
  const os = text === null ? null : parseOsRelease(text);
  const release = findReleaseVersion(rpm.findPackages(rootfs)?.packages ?? [], os);
  const config = readYumConfig(rootfs, givenVariables(base, release));
  if (config.repositories.length === 0) {
    const what = "an enabled repository in /etc/yum.repos.d";
    return failed({ kind: "not-found", what, where: null, near: [] });
  }
  const opened = await openAll(config.repositories, rootfs, access);
  if (opened.repositories.length === 0) {
    const what = "the repositories of the base";
    const [first] = opened.problems;
    return failed(first ?? { kind: "not-found", what, where: null, near: [] });
  }
  const title = os?.prettyName ?? `${os?.id ?? "rpm"} ${release ?? ""}`.trim();
  const name = `${title}, ${platform.architecture}`;
  return success(toSource({ ...opened, name, accepted, config }));
}

/** Source: dnf conf/substitutions.py. */
function givenVariables(base: string, release: string | null): ReadonlyMap<string, string> {
  const variables = new Map([
    ["basearch", base],
    ["arch", base],
  ]);
  if (release === null) return variables;
  const [major = "", minor = ""] = release.split(".");
  return variables
    .set("releasever", release)
    .set("releasever_major", major)
    .set("releasever_minor", minor);
}

interface Opened {
  readonly repositories: readonly OpenedRepository[];
  readonly data: readonly DataSource[];
  readonly problems: readonly Failure[];
}

async function openAll(
  wanted: readonly YumRepository[],
  rootfs: Rootfs,
  access: RepositoryAccess,
): Promise<Opened> {
  const fetched = await Promise.all(wanted.map((one) => fetchIndex(one, rootfs, access)));
  const repositories: OpenedRepository[] = [];
  const data: DataSource[] = [];
  const problems: Failure[] = [];
  // One after another: each takes a processor and memory of its own.
  for (const index of fetched) {
    const compiled = index.ok ? await compileIndex(index.value, access) : index;
    if (!compiled.ok || !index.ok) {
      if (!compiled.ok) problems.push(compiled.failure);
      continue;
    }
    const { repository, url } = index.value;
    repositories.push({ repository, url, table: compiled.value.table });
    problems.push(...index.value.problems, ...compiled.value.problems);
    data.push(toData(index.value));
  }
  return { repositories, data, problems };
}

function toData({ repository, url, madeAt, confirmedAt }: FetchedIndex): DataSource {
  return { name: `${repository.id} (${url})`, date: madeAt ?? confirmedAt };
}

interface SourceParts extends Opened {
  readonly name: string;
  readonly accepted: readonly string[];
  readonly config: YumConfig;
}

function toSource({
  repositories,
  data,
  problems,
  name,
  accepted,
  config,
}: SourceParts): PackageSource {
  const universe = new YumUniverse(repositories, config.streams);
  return {
    family: "rpm",
    name,
    data,
    problems: [...config.problems, ...problems],
    findProviders: (wanted) => findYumProviders(universe, accepted, wanted),
    resolve: (names, installed) =>
      resolve(universe, { names, installed, accepted, isBestWanted: config.isBestWanted }),
    close() {
      for (const { table } of repositories) table.close();
    },
  };
}

function resolve(
  universe: YumUniverse,
  request: {
    readonly names: readonly string[];
    readonly installed: readonly InstalledPackage[];
    readonly accepted: readonly string[];
    readonly isBestWanted: boolean;
  },
): Resolution {
  const { added, changed, removed, problems } = resolveRpm(universe, request);
  const toAdded = ({ place, because }: RpmAddition): AddedPackage => {
    const one = universe.at(place);
    if (one === null) throw new Error(`There is no package at ${place}`);
    return { ...toRepositoryPackage(one), because };
  };
  return {
    added: added.map(toAdded),
    changed: changed.map(({ from, to }) => ({ from, to: toAdded(to) })),
    removed,
    problems,
  };
}
