import type { Rootfs } from "../image/rootfs.ts";
import { imageUser } from "../target/image-user.ts";

/**
 * Who must own what comes from the build context, as `uid:gid`; null for root, who owns it by default. Files keep their
 * mode: what only its owner may read or execute (umask 077) is closed to another user. `user` is a USER operand, looked
 * up in the base. Source: Dockerfile reference, COPY and --chown.
 */
export function contextOwner(
  { rootfs, appPaths }: { readonly rootfs: Rootfs; readonly appPaths: readonly string[] },
  user: string,
  base: Rootfs,
): string | null {
  const found = imageUser(user, base);
  if (found === null || found.uid === 0) return null;
  const isClosed = appPaths.some((path) => {
    const entry = rootfs.lookup(path)?.entry;
    if (entry?.type !== "file" && entry?.type !== "directory") return false;
    const needed = entry.type === "directory" || (entry.mode & 0o111) !== 0 ? 0o005 : 0o004;
    return (entry.mode & needed) !== needed;
  });
  return isClosed ? `${found.uid}:${found.gid}` : null;
}
