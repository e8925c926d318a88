import type { Rootfs } from "../image/rootfs.ts";
import type { User } from "./process.ts";

/** What is asked of the file itself; every directory on the way must let the user search. */
export type Access = "execute" | "read";

/** A path that is closed to the user; `mode`: of what is there, all 12 bits. */
export interface Closed {
  readonly path: string;
  readonly mode: number;
}

const bits: Readonly<Record<Access, number>> = { execute: 1, read: 4 };

/**
 * The first directory on a real path, or the file itself, that this user may not pass; null when all is open. Root
 * passes everywhere; whether anybody at all may execute a file is asked elsewhere. Groups are the user's own one: what
 * an engine adds from /etc/group is not. Source: path_resolution(7), "Permissions"; Linux fs/namei.c, acl_permission_check.
 */
export function findClosed(
  rootfs: Pick<Rootfs, "lookup">,
  realPath: string,
  { user, access }: { readonly user: User | undefined; readonly access: Access },
): Closed | null {
  if (user === undefined || user.uid === 0) return null;
  for (let at = 0; at >= 0; at = realPath.indexOf("/", at + 1)) {
    const directory = at === 0 ? "/" : realPath.slice(0, at);
    const closed = closedAt(rootfs, directory, { user, bit: bits.execute });
    if (closed !== null) return closed;
  }
  return closedAt(rootfs, realPath, { user, bit: bits[access] });
}

function closedAt(
  rootfs: Pick<Rootfs, "lookup">,
  path: string,
  { user, bit }: { readonly user: User; readonly bit: number },
): Closed | null {
  const entry = rootfs.lookup(path)?.entry;
  if (entry === undefined) return null;
  const { mode, uid, gid } = entry;
  const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
  return ((mode >> shift) & bit) === 0 ? { path, mode } : null;
}
