import type { PackageStep } from "../model/answer.ts";

/** Characters of names that no shell treats; a step with others is refused before it comes here. */
const plainName = /^[A-Za-z0-9_][A-Za-z0-9_+.:-]*$/;

/**
 * What one types in a container of the base to have the packages; null where the base does not install them itself. Sources:
 * apt-get(8), apk(8), dnf(8), microdnf(8), zypper(8).
 */
export function installCommand(
  { family, how, asked }: Pick<PackageStep, "family" | "how" | "asked">,
  packageManager: string | null,
): string | null {
  if (how !== "install" || !asked.every((name) => plainName.test(name))) return null;
  const names = asked.join(" ");
  switch (family) {
    case "dpkg":
      return `apt-get install --no-install-recommends ${names}`;
    case "apk":
      return `apk add ${names}`;
    case "rpm":
      switch (packageManager) {
        case "microdnf":
          return `microdnf install --setopt=install_weak_deps=0 ${names}`;
        case "zypper":
          return `zypper install --no-recommends ${names}`;
        case "yum":
        case "tdnf":
          return `${packageManager} install ${names}`;
        default:
          return `dnf install --setopt=install_weak_deps=False ${names}`;
      }
  }
}
