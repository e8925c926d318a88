import { installedPackages } from "../distros/installed-packages.ts";
import type { Rootfs } from "../image/rootfs.ts";
import { defaultPath } from "../linking/linker.ts";
import type { Finding } from "../model/finding.ts";
import type { Wanted } from "../repositories/package-source.ts";
import type { UndeclaredNeed } from "./undeclared-needs.ts";
import { nameOf } from "./wishes.ts";

export interface UndeclaredInput {
  readonly needs: readonly UndeclaredNeed[];
  /** The base with all that is added to it. */
  readonly rootfs: Rootfs;
  /** Names of packages that a recipe adds. */
  readonly addedPackages: readonly string[];
  /** The program that the findings are said of. */
  readonly program: string;
}

/** What packages need without declaring it, and what is not there, in the order of the needs. Pure. */
export function undeclaredFindings(input: UndeclaredInput): readonly Finding[] {
  const { needs, rootfs, addedPackages, program } = input;
  if (needs.length === 0) return [];
  const names = new Set([
    ...installedPackages(rootfs).packages.map(({ name }) => name),
    ...addedPackages,
  ]);
  return needs
    .filter(({ anyOf }) => !anyOf.some((wanted) => isThere(wanted, rootfs, names)))
    .flatMap((need) => need.anyOf.slice(0, 1).map((wanted) => toFinding(wanted, need, program)));
}

/** Of several that would do the first is named. */
function toFinding(
  wanted: Wanted,
  { package: owner, certainty, when, evidence }: UndeclaredNeed,
  program: string,
): Finding {
  return {
    ...{ code: "undeclared-missing", package: owner.name, what: words[wanted.kind] },
    ...{ name: nameOf(wanted), when, source: evidence.file, program },
    severity: certainty === "likely" ? "blocks" : "note",
    phase: "use",
    evidence: [evidence],
  };
}

const words = {
  soname: "library",
  command: "command",
  file: "file",
  package: "package",
} as const satisfies Record<Wanted["kind"], string>;

function isThere(wanted: Wanted, rootfs: Rootfs, packages: ReadonlySet<string>): boolean {
  const has = (path: string): boolean => rootfs.resolve(path).kind === "found";
  switch (wanted.kind) {
    case "file":
      return has(wanted.path);
    case "package":
      return packages.has(wanted.name);
    case "command":
      return defaultPath.split(":").some((folder) => has(`${folder}/${wanted.name}`));
    case "soname":
      return libraryFolders(rootfs).some((folder) => has(`${folder}/${wanted.soname}`));
  }
}

/** Where loaders look without being told: the two folders and, on Debian, those of a machine below them. */
function libraryFolders(rootfs: Rootfs): readonly string[] {
  return ["/usr/lib", "/lib", "/usr/lib64", "/lib64"].flatMap((folder) => [
    folder,
    ...rootfs
      .names(folder)
      .filter((name) => /^[a-z0-9_]+-linux-(?:gnu|musl)[a-z0-9]*$/.test(name))
      .map((name) => `${folder}/${name}`),
  ]);
}
