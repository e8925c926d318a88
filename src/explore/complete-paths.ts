import type { MergedRootfs } from "../image/merge.ts";
import { joinPath } from "./find-path.ts";

/**
 * Paths of an image that start like `prefix`, as a shell completes them: names in the folder that the prefix leads to,
 * directories (and links to one) with a slash at the end, sorted. They are written as the prefix is: `usr/b` comes to `usr/bin/`.
 * Names with a dot first only when the prefix has it. Empty where the folder is not there.
 */
export function completePaths(
  { rootfs }: { readonly rootfs: MergedRootfs },
  prefix: string,
): readonly string[] {
  const slash = prefix.lastIndexOf("/");
  const [folder, start] = [prefix.slice(0, slash + 1), prefix.slice(slash + 1)];
  const resolved = rootfs.resolve(folder);
  if (resolved.kind !== "found") return [];
  const hasHidden = start.startsWith(".");
  return rootfs
    .names(resolved.path)
    .filter((name) => name.startsWith(start) && (hasHidden || !name.startsWith(".")))
    .map(
      (name) => `${folder}${name}${isDirectory(rootfs, joinPath(resolved.path, name)) ? "/" : ""}`,
    );
}

function isDirectory(rootfs: MergedRootfs, path: string): boolean {
  const resolved = rootfs.resolve(path);
  return resolved.kind === "found" && resolved.node.entry.type === "directory";
}
