import { findLibcs } from "../distros/libc.ts";
import type { Rootfs } from "../image/rootfs.ts";
import type { Platform } from "../model/platform.ts";

/** Bits of GNU_PROPERTY_X86_ISA_1_NEEDED from the highest. Source: x86-64 psABI, "x86 ISA needed". */
const levels = [
  [8, 4],
  [4, 3],
  [2, 2],
] as const;

/**
 * The lowest processor that a base runs on: what its platform says, or what the note of its own loader, C library or
 * shell asks for, whichever is more. `baseline` for everything that is not x86-64, which has no such levels.
 * Libraries in `glibc-hwcaps` do not count: the loader takes them only where the processor fits.
 */
export function promisedCpuLevel(rootfs: Rootfs, { architecture, variant }: Platform): string {
  if (architecture !== "amd64") return "baseline";
  const ofPlatform = Number(/^v([1-4])$/.exec(variant ?? "")?.[1] ?? 1);
  const loaders = findLibcs(rootfs).flatMap(({ loader }) => {
    const resolved = rootfs.resolve(loader);
    return resolved.kind === "found" ? [resolved.path] : [];
  });
  const ofFiles = [...loaders, ...loaders.map(libraryBeside), "/bin/sh"].map((path) => {
    const resolved = rootfs.resolve(path);
    const elf = resolved.kind === "found" ? rootfs.elf(resolved.path) : null;
    const bits = elf?.notes.x86IsaNeeded ?? 0;
    return levels.find(([bit]) => (bits & bit) !== 0)?.[1] ?? 1;
  });
  return `x86-64-v${Math.max(ofPlatform, ...ofFiles)}`;
}

/** glibc's library stands beside the real loader; musl's is the loader. */
function libraryBeside(loader: string): string {
  return `${loader.slice(0, loader.lastIndexOf("/"))}/libc.so.6`;
}
