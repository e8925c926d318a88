import type { ElfFacts } from "../formats/elf/facts.ts";
import { normalisePlatform, type Platform } from "../model/platform.ts";

/** What must be equal for two ELF files to be in one process. */
export type ElfMachine = Pick<ElfFacts, "class" | "byteOrder" | "machine">;

interface MachineRow {
  readonly architecture: string;
  readonly machine: number;
  readonly class: 32 | 64;
  readonly byteOrder: "little" | "big";
  /** Flags of its libraries in ld.so.cache. Source: glibc sysdeps/generic/ldconfig.h and each dl-cache.h. */
  readonly cacheFlags: readonly number[];
  /** AT_PLATFORM, what `$PLATFORM` stands for where no newer processor is known; null when the kernel gives none. */
  readonly platform: string | null;
}

/** Sources: Go's platform names; gABI e_machine registry; Linux arch/(any)/include/asm/elf.h, ELF_PLATFORM. */
const rows: readonly MachineRow[] = [
  row("amd64", 62, { cacheFlags: [0x303], platform: "x86_64" }),
  row("386", 3, { class: 32, cacheFlags: [0x3], platform: "i686" }),
  row("arm64", 183, { cacheFlags: [0xa03], platform: "aarch64" }),
  row("arm", 40, { class: 32, cacheFlags: [0x3, 0x903, 0xb03], platform: "v7l" }),
  row("riscv64", 243, { cacheFlags: [0xf03, 0x1003] }),
  row("ppc64le", 21, { cacheFlags: [0x503], platform: "power8" }),
  row("s390x", 22, { byteOrder: "big", cacheFlags: [0x403], platform: "z900" }),
  row("loong64", 258, { cacheFlags: [0x1103, 0x1203] }),
  row("mips64le", 8, { cacheFlags: [] }),
];

function row(architecture: string, machine: number, rest: Partial<MachineRow>): MachineRow {
  return {
    architecture,
    machine,
    class: 64,
    byteOrder: "little",
    cacheFlags: [],
    platform: null,
    ...rest,
  };
}

export function isSameMachine(a: ElfMachine, b: ElfMachine): boolean {
  return a.machine === b.machine && a.class === b.class && a.byteOrder === b.byteOrder;
}

/** The machine that programs of a platform are built for; null for one that this program does not know. */
export function machineOfPlatform(platform: Platform): ElfMachine | null {
  const { architecture } = normalisePlatform(platform);
  return rows.find((known) => known.architecture === architecture) ?? null;
}

/** The platform that a program of this machine is for; null for one that this program does not know. */
export function platformOfMachine(machine: ElfMachine): Platform | null {
  const known = rows.find((candidate) => isSameMachine(candidate, machine));
  return known === undefined
    ? null
    : normalisePlatform({ os: "linux", architecture: known.architecture });
}

/** `amd64`, or the number in the header where no name is known. */
export function machineName(machine: ElfMachine): string {
  const known = rows.find((candidate) => isSameMachine(candidate, machine));
  return known?.architecture ?? `ELF machine ${machine.machine}, ${machine.class} bit`;
}

/** Null: the flags of this machine are not known, each entry has to be tried. */
export function cacheFlagsOf(machine: ElfMachine): readonly number[] | null {
  const known = rows.find((candidate) => isSameMachine(candidate, machine));
  return known === undefined || known.cacheFlags.length === 0 ? null : known.cacheFlags;
}

export function kernelPlatformOf(machine: ElfMachine): string | null {
  return rows.find((candidate) => isSameMachine(candidate, machine))?.platform ?? null;
}
