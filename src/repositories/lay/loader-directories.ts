import type { MergedRootfs } from "../../image/merge.ts";
import { findLibcs } from "../../distros/libc.ts";

export interface LoaderDirectory {
  /** As it is written in the configuration. */
  readonly path: string;
  readonly realPath: string;
}

/** Files that include each other. */
const maxFiles = 1000;

/** The directories that ldconfig goes through, in its order; one that is there under two names once, under the first. */
export function loaderDirectories(rootfs: MergedRootfs): readonly LoaderDirectory[] {
  const loader = findLibcs(rootfs).find(({ kind }) => kind === "glibc")?.loader;
  const resolved = loader === undefined ? null : rootfs.resolve(loader);
  const facts = resolved?.kind === "found" ? rootfs.elf(resolved.path)?.loader : null;
  const own = facts?.systemDirs ?? [];
  const byRealPath = new Map<string, LoaderDirectory>();
  for (const written of [...readConf(rootfs, "/etc/ld.so.conf"), ...own]) {
    const path = written.length > 1 ? written.replace(/\/$/, "") : written;
    const found = rootfs.resolve(path);
    if (found.kind !== "found" || found.node.entry.type !== "directory") continue;
    if (!byRealPath.has(found.path)) byRealPath.set(found.path, { path, realPath: found.path });
  }
  return [...byRealPath.values()];
}

/** Directories of a configuration file and of those that it includes. Source: ldconfig(8); glibc elf/ldconfig.c, parse_conf. */
function readConf(rootfs: MergedRootfs, start: string): readonly string[] {
  const directories: string[] = [];
  const open = [start];
  const seen = new Set<string>();
  for (let file = open.shift(); file !== undefined; file = open.shift()) {
    if (seen.has(file) || seen.size === maxFiles) continue;
    seen.add(file);
    const resolved = rootfs.resolve(file);
    const text = resolved.kind === "found" ? rootfs.text(resolved.path) : null;
    const included: string[] = [];
    for (const line of (text ?? "").split("\n")) {
      const written = line.replace(/#.*/, "").trim();
      const [, patterns] = /^include\s+(.*)$/.exec(written) ?? [];
      if (patterns !== undefined) {
        included.push(...patterns.split(/\s+/).flatMap((one) => matching(rootfs, one)));
      } else if (written.startsWith("/")) directories.push(written.replace(/=.*$/, "").trim());
    }
    open.unshift(...included);
  }
  return directories;
}

/** Files that a pattern of an include names, sorted; only its last part may be one. */
function matching(rootfs: MergedRootfs, pattern: string): readonly string[] {
  const absolute = pattern.startsWith("/") ? pattern : `/etc/${pattern}`;
  const slash = absolute.lastIndexOf("/");
  const [folder, name] = [absolute.slice(0, slash), absolute.slice(slash + 1)];
  if (!name.includes("*")) return [absolute];
  const [before = "", ...rest] = name.split("*");
  const after = rest.at(-1) ?? "";
  const resolved = rootfs.resolve(folder);
  const names = resolved.kind === "found" ? rootfs.names(resolved.path) : [];
  return names
    .filter((one) => one.length >= before.length + after.length && !one.startsWith("."))
    .filter((one) => one.startsWith(before) && one.endsWith(after))
    .map((one) => `${folder}/${one}`);
}
