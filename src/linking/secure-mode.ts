import type { FileEntry } from "../image/layer-facts.ts";
import type { User } from "./process.ts";

/**
 * Whether the kernel sets AT_SECURE: the program would get rights that who starts it has not. What forbids that (no new
 * privileges, a mount without setuid) is not known here. Source: Linux fs/exec.c, bprm_fill_uid; security/commoncap.c,
 * cap_bprm_creds_from_file.
 */
export function isSecureStart({ mode, uid, gid, capability }: FileEntry, user: User): boolean {
  const changesUser = (mode & 0o4000) !== 0 && uid !== user.uid;
  // Without the group's right to execute the bit means mandatory locking.
  const changesGroup = (mode & 0o2010) === 0o2010 && gid !== user.gid;
  return changesUser || changesGroup || (capability !== undefined && user.uid !== 0);
}
