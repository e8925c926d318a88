import { readDistro } from "../../distros/distro.ts";
import type { Rootfs } from "../../image/rootfs.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import { formatPlatform, type Platform } from "../../model/platform.ts";
import type { RepositoryAccess } from "../access.ts";
import type { PackageSource } from "../package-source.ts";
import { ApkSource } from "./apk-source.ts";
import { IndexPool, maxRepositories } from "./index-pool.ts";
import { openIndex } from "./open-index.ts";
import { readApkSystem, RepositoryList, type ApkSystem } from "./read-system.ts";

export interface ApkSourceOptions {
  /**
   * Repositories as in /etc/apk/repositories, in place of those of the base. The user wrote them: folders and `file:` are those
   * of this machine.
   */
  readonly repositories?: string;
}

/**
 * Opens the repositories that a base's apk would use, at their present state. One that cannot be had or is not signed by a key
 * of the base is a problem, and the others are used; without any the first reason is the failure. Failures: `not-found` where
 * the base names no repository, `unsupported` for a platform that apk has no name for, and those of `openIndex`.
 */
export async function openApkSource(
  rootfs: Rootfs,
  platform: Platform,
  access: RepositoryAccess,
  options: ApkSourceOptions = {},
): Promise<Result<PackageSource>> {
  const system = readApkSystem(rootfs, platform);
  if (system === null) {
    const [what, reason] = [formatPlatform(platform), "apk has no architecture for this platform"];
    return failed({ kind: "unsupported", what, where: null, reason });
  }
  const { repositories, problems } = namedRepositories(system, options);
  if (repositories.length === 0) return failed(problems[0] ?? noRepositories());
  const results = await Promise.all(
    repositories.map((repository) => openIndex(repository, system.keys, access)),
  );
  const opened = results.flatMap((one) => (one.ok ? [one.value] : []));
  const refused = results.flatMap((one) => (one.ok ? [] : [one.failure]));
  const cancelled = refused.find(({ kind }) => kind === "cancelled");
  const [first] = refused;
  if (cancelled !== undefined) return failed(cancelled);
  if (opened.length === 0 && first !== undefined) return failed(first);
  const index = new IndexPool(
    opened.map(({ records, repository }) => ({ records, tags: repository.tags })),
  );
  return success(
    new ApkSource({
      name: `${nameOf(rootfs)}, ${system.architecture}`,
      architecture: system.architecture,
      index,
      repositories: opened.map(({ repository }) => repository),
      world: system.world,
      data: opened.map(({ data }) => data),
      problems: [...problems, ...refused, ...opened.flatMap((one) => one.problems)],
    }),
  );
}

/** As many as apk counts; the rest is a problem. */
function namedRepositories(
  system: ApkSystem,
  options: ApkSourceOptions,
): Pick<ApkSystem, "repositories" | "problems"> {
  const named = options.repositories === undefined ? system : listed(system, options.repositories);
  if (named.repositories.length <= maxRepositories) return named;
  const tooMany: Failure = {
    kind: "over-limit",
    what: "/etc/apk/repositories",
    where: null,
    budget: "repositories of apk",
    limit: maxRepositories,
    unit: "entries",
  };
  return {
    repositories: named.repositories.slice(0, maxRepositories),
    problems: [...named.problems, tooMany],
  };
}

function listed(system: ApkSystem, text: string): Pick<ApkSystem, "repositories" | "problems"> {
  const list = new RepositoryList(system.architecture);
  list.addFile(text, "the given repositories", true);
  return list;
}

function noRepositories(): Failure {
  return { kind: "not-found", what: "/etc/apk/repositories", where: null, near: [] };
}

/** `Alpine Linux v3.20`. */
function nameOf(rootfs: Rootfs): string {
  const distro = readDistro(rootfs);
  return distro?.prettyName ?? distro?.id ?? "apk";
}
