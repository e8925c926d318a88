import type { Platform } from "../../model/platform.ts";

/** An architecture in the words of Debian. */
export interface DebianArchitecture {
  /** `amd64`. */
  readonly name: string;
  /** Name of its folders of libraries: `x86_64-linux-gnu`. */
  readonly triplet: string;
  readonly elfClass: 32 | 64;
}

/** Source: dpkg data/cputable, data/tupletable, debian-policy 11; GOARCH names on the left. */
const rows: Readonly<Record<string, readonly [name: string, triplet: string, elfClass: 32 | 64]>> =
  {
    amd64: ["amd64", "x86_64-linux-gnu", 64],
    arm64: ["arm64", "aarch64-linux-gnu", 64],
    "386": ["i386", "i386-linux-gnu", 32],
    "arm/v7": ["armhf", "arm-linux-gnueabihf", 32],
    "arm/v6": ["armel", "arm-linux-gnueabi", 32],
    "arm/v5": ["armel", "arm-linux-gnueabi", 32],
    loong64: ["loong64", "loongarch64-linux-gnu", 64],
    mips64le: ["mips64el", "mips64el-linux-gnuabi64", 64],
    mipsle: ["mipsel", "mipsel-linux-gnu", 32],
    ppc64le: ["ppc64el", "powerpc64le-linux-gnu", 64],
    riscv64: ["riscv64", "riscv64-linux-gnu", 64],
    s390x: ["s390x", "s390x-linux-gnu", 64],
  };

/** Null for a platform that Debian has no name for. */
export function debianArchitecture({
  os,
  architecture,
  variant,
}: Platform): DebianArchitecture | null {
  const key = architecture === "arm" ? `arm/${variant ?? "v7"}` : architecture;
  const row = os === "linux" ? rows[key] : undefined;
  if (row === undefined) return null;
  const [name, triplet, elfClass] = row;
  return { name, triplet, elfClass };
}

/** The triplets of all architectures, to tell those of others. */
export const allTriplets: readonly string[] = [
  ...new Set(Object.values(rows).map(([, triplet]) => triplet)),
  "x86_64-linux-gnux32",
];
