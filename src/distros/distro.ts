import { parseOsRelease } from "../formats/os-release.ts";
import type { Rootfs } from "../image/rootfs.ts";

/** What an image says it is. */
export interface Distro {
  /** `alpine`, `debian`, `rhel` …, lower case. */
  readonly id: string;
  /** Related distributions, nearest first. */
  readonly idLike: readonly string[];
  /** `VERSION_ID`; null where there is none, as on a rolling release. */
  readonly version: string | null;
  readonly prettyName: string | null;
}

/** In this order; the first that is there counts. Source: os-release(5). */
const osReleasePaths = ["/etc/os-release", "/usr/lib/os-release"];

/** Reads os-release of a merged image; null when there is none. */
export function readDistro(rootfs: Rootfs): Distro | null {
  for (const path of osReleasePaths) {
    const resolved = rootfs.resolve(path);
    const text = resolved.kind === "found" ? rootfs.text(resolved.path) : null;
    if (text === null) continue;
    const { id, idLike, versionId, prettyName } = parseOsRelease(text);
    return { id, idLike, version: versionId, prettyName };
  }
  return null;
}
