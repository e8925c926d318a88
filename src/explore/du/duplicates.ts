import type { Rootfs } from "../../image/rootfs.ts";
import type { UsedFile } from "./usage.ts";

/** The same content in several files; hard links are one file. */
export interface Duplicate {
  /** Hex. */
  readonly sha256: string;
  /** Of one of them. */
  readonly sizeBytes: number;
  /** At least two, in the order of the tree. */
  readonly paths: readonly string[];
}

/**
 * Files with the same content, as far as hashes are known: those of ELF files. What the copies cost most first, then by
 * path. Pure.
 */
export function findDuplicates(files: readonly UsedFile[], rootfs: Rootfs): readonly Duplicate[] {
  const byHash = new Map<string, UsedFile[]>();
  for (const file of files) {
    const sha256 = rootfs.elfSha256(file.path);
    if (sha256 === null) continue;
    const same = byHash.get(sha256);
    if (same === undefined) byHash.set(sha256, [file]);
    else same.push(file);
  }
  const cost = ({ sizeBytes, paths }: Duplicate): number => sizeBytes * (paths.length - 1);
  return [...byHash]
    .filter(([, same]) => same.length > 1)
    .map(([sha256, same]) => ({
      sha256,
      sizeBytes: same[0]?.sizeBytes ?? 0,
      paths: same.map(({ path }) => path),
    }))
    .toSorted((a, b) => cost(b) - cost(a));
}
