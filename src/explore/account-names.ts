import { parseGroup } from "../formats/group.ts";
import { parsePasswd } from "../formats/passwd.ts";
import type { Rootfs } from "../image/rootfs.ts";

/** Names of users and groups, as the image itself knows them. */
export interface AccountNames {
  /** Null for a number that the image has no name for. */
  user(uid: number): string | null;
  group(gid: number): string | null;
  /** Null for a name that the image does not know. */
  uid(name: string): number | null;
  gid(name: string): number | null;
}

/** From the image's /etc/passwd and /etc/group; of several lines for one number or name the first counts. */
export function readAccountNames(rootfs: Rootfs): AccountNames {
  const users = parsePasswd(textOf(rootfs, "/etc/passwd"));
  const groups = parseGroup(textOf(rootfs, "/etc/group"));
  const userNames = firstOf(users.map(({ uid, name }) => [uid, name]));
  const groupNames = firstOf(groups.map(({ gid, name }) => [gid, name]));
  const uids = firstOf(users.map(({ uid, name }) => [name, uid]));
  const gids = firstOf(groups.map(({ gid, name }) => [name, gid]));
  return {
    user: (uid) => userNames.get(uid) ?? null,
    group: (gid) => groupNames.get(gid) ?? null,
    uid: (name) => uids.get(name) ?? null,
    gid: (name) => gids.get(name) ?? null,
  };
}

function firstOf<Key, Value>(pairs: readonly (readonly [Key, Value])[]): ReadonlyMap<Key, Value> {
  return new Map(pairs.toReversed());
}

function textOf(rootfs: Rootfs, path: string): string {
  const resolved = rootfs.resolve(path);
  return (resolved.kind === "found" ? rootfs.text(resolved.path) : null) ?? "";
}
