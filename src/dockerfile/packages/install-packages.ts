import { packageComments } from "./package-comments.ts";
import type { PackageLines, PackageStageInput } from "./package-base.ts";
import { runLines } from "./shell-lines.ts";

/** The base's own package manager brings them, with their scripts. It works as root, whoever the base runs as. */
export function installPackages(input: PackageStageInput): PackageLines {
  const { step, base } = input;
  const isRoot = /^(?:|root|0)(?::.*)?$/.test(base.user);
  return {
    args: [],
    stage: [],
    needsBaseStage: false,
    final: [
      `# Packages of ${step.source}, as they were when this was checked:`,
      ...packageComments(step),
      ...(isRoot ? [] : ["USER 0:0"]),
      ...runLines(commands(input)),
    ],
    endsAsRoot: !isRoot,
  };
}

/** Nothing that is only recommended, and nothing of the indexes stays. */
function commands(input: PackageStageInput): readonly string[] {
  const words = installWords(input).join(" ");
  switch (input.step.family) {
    case "dpkg":
      return [
        "apt-get update",
        // Without it a package that asks questions would wait for an answer.
        `DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${words}`,
        "rm -rf /var/lib/apt/lists/*",
      ];
    case "apk":
      return [`apk add --no-cache ${words}`];
    case "rpm":
      return rpmCommands(input.base.packageManager, words);
  }
}

/** Sources: dnf(8), microdnf(8), zypper(8), tdnf(8). */
function rpmCommands(manager: string | null, words: string): readonly string[] {
  switch (manager) {
    case "microdnf":
      return [
        `microdnf install -y --nodocs --setopt=install_weak_deps=0 ${words}`,
        "microdnf clean all",
      ];
    case "zypper":
      return [
        `zypper --non-interactive install --no-recommends ${words}`,
        "zypper --non-interactive clean --all",
      ];
    case "yum":
    case "tdnf":
      return [`${manager} install -y --setopt=tsflags=nodocs ${words}`, `${manager} clean all`];
    default:
      return [`dnf install -y --nodocs --setopt=install_weak_deps=False ${words}`, "dnf clean all"];
  }
}

/** What is asked for, in the order of its names: `libpq5`, `libpq5:i386`, `libpq5=15.14-0+deb12u1`, `libpq-15.14-1.el9`. */
export function installWords({ step, base, pinVersions }: PackageStageInput): readonly string[] {
  const own = dpkgArchitecture(base.platform);
  return step.asked.map((name) => {
    const found = step.packages.find((one) => one.name === name);
    if (found === undefined) return name;
    const isForeign =
      step.family === "dpkg" && found.architecture !== "all" && found.architecture !== own;
    const full = isForeign && own !== null ? `${name}:${found.architecture}` : name;
    if (!pinVersions) return full;
    return step.family === "rpm" ? `${full}-${found.version}` : `${full}=${found.version}`;
  });
}

/** `amd64` of `linux/amd64`. Null for what Debian has no port of. Source: Debian's list of ports, dpkg-architecture(1). */
export function dpkgArchitecture(platform: string): string | null {
  const names: Readonly<Record<string, string>> = {
    "linux/amd64": "amd64",
    "linux/arm64": "arm64",
    "linux/arm64/v8": "arm64",
    "linux/arm/v7": "armhf",
    "linux/arm/v5": "armel",
    "linux/386": "i386",
    "linux/ppc64le": "ppc64el",
    "linux/riscv64": "riscv64",
    "linux/s390x": "s390x",
    "linux/mips64le": "mips64el",
  };
  return Object.hasOwn(names, platform) ? (names[platform] ?? null) : null;
}
