import type { PackageProblem, PackageStep } from "../../model/answer.ts";
import type { PackageBase } from "./package-base.ts";

/**
 * What the C library and its loader come in. Their parts belong together and to the base, so no copy has one of them.
 * Sources: Debian's glibc (debian/control.in; libc0.3 is the Hurd's, libc6.1 Alpha's), musl, Alpine's musl.
 */
const libcPackages =
  /^(?:libc6(?:\.1)?|libc0\.[0-9])(?:-(?:amd64|i386|x32|mips32|mips64|mipsn32|powerpc|ppc64|s390|sparc|sparc64|xen|udeb|loongson[0-9a-z]+|i686|dbg|dev(?:-[a-z0-9]+)?))?$|^musl$|^glibc$/;

/** Debian policy 5.6.7, RPM's and apk's names are the same characters and `_`. */
const names: Readonly<Record<PackageStep["family"], RegExp>> = {
  dpkg: /^[a-z0-9][a-z0-9+.-]{0,199}$/,
  apk: /^[A-Za-z0-9_][A-Za-z0-9_+.-]{0,199}$/,
  rpm: /^[A-Za-z0-9_][A-Za-z0-9_+.-]{0,199}$/,
};

/** Debian policy 5.6.12, rpm `[epoch:]version-release`, apk `1.2.3_rc1-r0`: one set of characters that no shell treats. */
const versionPattern = /^[A-Za-z0-9][A-Za-z0-9.+:~^_-]{0,199}$/;
const architecturePattern = /^[a-z0-9][a-z0-9_-]{0,31}$/;
/** Paths that mean themselves in a shell and in a Dockerfile. */
const pathPattern =
  /^\/?(?:[A-Za-z0-9_+@~.][A-Za-z0-9_+@~.,:=-]*\/)*[A-Za-z0-9_+@~.][A-Za-z0-9_+@~.,:=-]*$/;

/**
 * Why the packages cannot be brought in that way; empty when they can. `no-such-package`: a name, version or
 * architecture that no package has. `libc`: a part of the C library would be copied. `conflict`: a package of the
 * base has to go, which a copy onto it cannot do.
 */
export function packageProblems(
  step: PackageStep,
  { folderLinks }: Pick<PackageBase, "folderLinks">,
): readonly PackageProblem[] {
  const problems: PackageProblem[] = [];
  const isName = (name: string): boolean => names[step.family].test(name);
  for (const name of step.asked) {
    if (!isName(name)) problems.push({ kind: "no-such-package", name });
  }
  for (const { name, version, architecture } of step.packages) {
    const isSound =
      isName(name) && versionPattern.test(version) && architecturePattern.test(architecture);
    if (!isSound && !step.asked.includes(name)) problems.push({ kind: "no-such-package", name });
    if (!isSound && step.asked.includes(name) && isName(name)) {
      problems.push({ kind: "no-such-package", name: `${name}=${version}` });
    }
  }
  if (step.how === "install") return problems;
  for (const name of step.removed) {
    problems.push({ kind: "conflict", package: step.asked[0] ?? "", with: name, relation: "" });
  }
  if (step.family !== "dpkg") return problems;
  for (const { name } of step.packages) {
    if (libcPackages.test(name)) problems.push({ kind: "libc", package: name });
  }
  for (const { path, target } of step.links) {
    if (!isPlainPath(path) || !isPlainTarget(target)) problems.push(oddPath(path));
  }
  for (const { path, target } of folderLinks) {
    if (!isPlainPath(path) || !isPlainPath(target)) problems.push(oddPath(path));
  }
  return problems;
}

/** Absolute, without a step back, and nothing in it needs quoting anywhere. */
function isPlainPath(path: string): boolean {
  return path.startsWith("/") && isPlainTarget(path) && !path.split("/").includes("..");
}

/** What a link may say: relative too. */
function isPlainTarget(target: string): boolean {
  return target.length <= 1024 && pathPattern.test(target);
}

function oddPath(path: string): PackageProblem {
  const reason = "its name needs quoting in a shell";
  const failure = { kind: "unsupported", what: path, where: null, reason } as const;
  return { kind: "not-read", package: path, failure };
}
