import type { OsRelease } from "../../formats/os-release.ts";
import type { InstalledPackage } from "../../image/layer-facts.ts";

/** Packages of which one says the release. Source: dnf const.py, DISTROVERPKG, read 2026-11. */
const releaseProvides = [
  "system-release(releasever)",
  "system-release",
  "distribution-release(releasever)",
  "distribution-release",
  "redhat-release",
  "suse-release",
];

/** Related distributions whose repositories are named by the first number of their version alone. */
const majorOnly: ReadonlySet<string> = new Set(["rhel", "centos"]);

/**
 * What `$releasever` stands for: the version of what the release package provides under the first of these names that is
 * provided, without the release behind a hyphen; else the version of os-release. Null when neither says it.
 * Source: dnf rpm/__init__.py, detect_releasever.
 */
export function findReleaseVersion(
  installed: readonly InstalledPackage[],
  os: OsRelease | null,
): string | null {
  for (const wanted of releaseProvides) {
    for (const { name, version, relations } of installed) {
      const lines = relations?.provides?.split("\n") ?? [];
      const own = lines.find((line) => line === wanted || line.startsWith(`${wanted} = `));
      if (own === undefined) continue;
      const said = own.slice(wanted.length + " = ".length);
      // A provide of another name with a version is what the repositories are named by.
      const found = said !== "" && name !== wanted ? said : version;
      return found.replace(/^\d+:/, "").replace(/-[^-]*$/, "");
    }
  }
  const version = os?.versionId ?? null;
  if (os === null || version === null) return null;
  const isMajor = [os.id, ...os.idLike].some((id) => majorOnly.has(id));
  return isMajor ? (version.split(".", 1)[0] ?? version) : version;
}
