import { readDistro } from "../../distros/distro.ts";
import type { Rootfs } from "../../image/rootfs.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import { formatPlatform, type Platform } from "../../model/platform.ts";
import type { RepositoryAccess } from "../access.ts";
import type { PackageSource } from "../package-source.ts";
import { AptIndex } from "./apt-index.ts";
import { AptSource } from "./apt-source.ts";
import { debianArchitecture } from "./debian-architecture.ts";
import { openIndexes } from "./open-indexes.ts";
import { openSuite, type OpenedSuite } from "./open-suite.ts";
import { readAptSystem, type AptSystem } from "./read-system.ts";

/**
 * Opens the repositories that a base's apt would use, at their present state. A suite that cannot be had or that may not be
 * relied on is a problem, and the others are used; without any the first reason is the failure. Failures: `not-found` where the
 * base names no repository, `unsupported` for a platform that Debian has no name for, and those of `openSuite`.
 */
export async function openAptSource(
  rootfs: Rootfs,
  platform: Platform,
  access: RepositoryAccess,
): Promise<Result<PackageSource>> {
  const architecture = debianArchitecture(platform);
  if (architecture === null) {
    const what = formatPlatform(platform);
    const reason = "Debian has no architecture for this platform";
    return failed({ kind: "unsupported", what, where: null, reason });
  }
  const system = readAptSystem(rootfs, architecture.name);
  if (system.suites.length === 0) return failed(noSuites(system));
  const opening = system.suites.map((suite) => openSuite(rootfs, suite, access));
  const results = await Promise.all(opening);
  const suites = results.flatMap((one) => (one.ok ? [one.value] : []));
  const refused = results.flatMap((one) => (one.ok ? [] : [one.failure]));
  const cancelled = refused.find(({ kind }) => kind === "cancelled");
  const [first] = refused;
  if (cancelled !== undefined) return failed(cancelled);
  if (suites.length === 0 && first !== undefined) return failed(first);
  const opened = await openIndexes(suites, architecture.name, access);
  if (!opened.ok) return opened;
  const { packages, contents } = opened.value;
  const told = suites.flatMap((suite) => suite.problems);
  return success(
    new AptSource({
      name: `${nameOf(rootfs, suites)}, ${architecture.name}`,
      architecture,
      index: new AptIndex(architecture.name, packages, contents),
      data: suites.map(({ data }) => data),
      problems: [...system.problems, ...refused, ...told, ...opened.value.problems],
    }),
  );
}

function noSuites({ problems }: AptSystem): Failure {
  const what = "/etc/apt/sources.list";
  return problems[0] ?? { kind: "not-found", what, where: null, near: [] };
}

/** `Debian 12 (bookworm)`. */
function nameOf(rootfs: Rootfs, suites: readonly OpenedSuite[]): string {
  const release = suites[0]?.release;
  const version = readDistro(rootfs)?.version ?? release?.version ?? "";
  const origin = release?.origin ?? "apt";
  const codename = release?.codename?.replace(/-security$/, "") ?? null;
  return [origin, version, codename === null ? "" : `(${codename})`]
    .filter((part) => part !== "")
    .join(" ");
}
