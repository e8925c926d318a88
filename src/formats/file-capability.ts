import { FormatError } from "./format-error.ts";

/** What a program gets whoever starts it. */
export interface FileCapability {
  /** `cap_net_raw`, in the order of their numbers; `38` for one that has no name here. */
  readonly permitted: readonly string[];
  readonly inheritable: readonly string[];
  /** Whether they are in force from the start. */
  readonly isEffective: boolean;
  /** Of the user namespace that they count in; null: of every one. */
  readonly rootUid: number | null;
}

/** By number. Source: linux/capability.h, Linux 6.12. */
const names =
  "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore".split(
    " ",
  );

/** Bytes of each revision. Source: linux/capability.h, XATTR_CAPS_SZ_1 to 3. */
const sizes: Readonly<Record<number, number>> = { 1: 12, 2: 20, 3: 24 };

/**
 * Reads the extended attribute `security.capability`: a word with the revision in its upper byte and the effective bit in
 * its lowest, then per 32 capabilities a word of permitted and one of inheritable ones; revision 3 ends in a user's number.
 * All little-endian. Throws FormatError for anything else. Source: linux/capability.h, struct vfs_ns_cap_data.
 */
export function parseFileCapability(bytes: Uint8Array): FileCapability {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.byteLength < 4 ? 0 : view.readUInt32LE(0);
  const revision = magic >>> 24;
  if (sizes[revision] !== view.byteLength) {
    const found = `revision ${revision} in ${view.byteLength} bytes`;
    throw new FormatError("capability", `${found}, expected 1, 2 or 3 in 12, 20 or 24`);
  }
  const sets = (offset: number): readonly string[] => {
    const words = revision === 1 ? [offset] : [offset, offset + 8];
    return words.flatMap((at, word) => namesOf(view.readUInt32LE(at), word * 32));
  };
  return {
    permitted: sets(4),
    inheritable: sets(8),
    isEffective: (magic & 1) === 1,
    rootUid: revision === 3 ? view.readUInt32LE(20) : null,
  };
}

function namesOf(bits: number, first: number): readonly string[] {
  const numbers = Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => (bits >>> bit) & 1);
  return numbers.map((bit) => {
    const name = names[first + bit];
    return name === undefined ? String(first + bit) : `cap_${name}`;
  });
}
