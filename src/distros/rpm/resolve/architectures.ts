import type { Platform } from "../../../model/platform.ts";

/** What packages a machine takes, best architecture first; `noarch` stands beside all of them. */
export interface RpmArchitectures {
  /** What `$basearch` means in an address: `x86_64`, `aarch64`, `armhfp`. */
  readonly base: string;
  readonly accepted: readonly string[];
}

/** Source: libsolv src/poolarch.c, archpolicies; dnf's rpm/__init__.py for the base. Both read 2026-11. */
const known: Readonly<Record<string, RpmArchitectures>> = {
  amd64: { base: "x86_64", accepted: ["x86_64", "i686", "i586", "i486", "i386"] },
  "386": { base: "i386", accepted: ["i686", "i586", "i486", "i386"] },
  arm64: { base: "aarch64", accepted: ["aarch64"] },
  "arm/v7": { base: "armhfp", accepted: ["armv7hl", "armv6hl"] },
  "arm/v6": { base: "armv6hl", accepted: ["armv6hl"] },
  ppc64le: { base: "ppc64le", accepted: ["ppc64le"] },
  ppc64: { base: "ppc64", accepted: ["ppc64", "ppc"] },
  s390x: { base: "s390x", accepted: ["s390x", "s390"] },
  riscv64: { base: "riscv64", accepted: ["riscv64"] },
  loong64: { base: "loongarch64", accepted: ["loongarch64"] },
};

/** The levels of x86-64 that a platform may name take packages of their own before the plain ones. */
const x86Level = /^v([234])$/;

/** Null for a platform that no distribution with RPM packages is known for. */
export function rpmArchitectures({ architecture, variant }: Platform): RpmArchitectures | null {
  const found = known[`${architecture}/${variant ?? ""}`] ?? known[architecture];
  const level = architecture === "amd64" ? x86Level.exec(variant ?? "")?.[1] : undefined;
  if (found === undefined || level === undefined) return found ?? null;
  const levels = [4, 3, 2].filter((one) => one <= Number(level)).map((one) => `x86_64_v${one}`);
  return { base: found.base, accepted: [...levels, ...found.accepted] };
}

/** Whether files of the two may lie beside each other, so that both may be installed: 32 and 64 bits. */
export function haveSameColor(a: string, b: string): boolean {
  return a === "noarch" || b === "noarch" || is64Bit(a) === is64Bit(b);
}

/** Source: libsolv src/poolarch.c, pool_arch2color_slow. */
function is64Bit(architecture: string): boolean {
  return architecture === "s390x" || architecture.includes("64");
}
