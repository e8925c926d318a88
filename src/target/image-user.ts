import { parsePasswd } from "../formats/passwd.ts";
import type { Rootfs } from "../image/rootfs.ts";
import type { User } from "../linking/process.ts";

/**
 * Numbers of USER of an image config: `nonroot`, `1000`, `app:app`, `65532:65532`. Without a group it is that of the
 * account, else root's. Null for a name that the image does not have. Source: OCI image-spec config.md, `User`.
 */
export function imageUser(text: string, rootfs: Rootfs): User | null {
  const [name = "", group] = text.split(":", 2);
  if (name === "") return { uid: 0, gid: 0 };
  const accounts = parsePasswd(textOf(rootfs, "/etc/passwd"));
  const number = numberOf(name);
  const account = accounts.find((one) =>
    number === null ? one.name === name : one.uid === number,
  );
  const uid = number ?? account?.uid ?? null;
  const gid = group === undefined ? (account?.gid ?? 0) : groupOf(group, rootfs);
  return uid === null || gid === null ? null : { uid, gid };
}

function groupOf(name: string, rootfs: Rootfs): number | null {
  const number = numberOf(name);
  if (number !== null) return number;
  for (const line of textOf(rootfs, "/etc/group").split("\n")) {
    const [own, , id = ""] = line.split(":");
    if (own === name) return numberOf(id);
  }
  return null;
}

const numberOf = (text: string): number | null => (/^\d{1,10}$/.test(text) ? Number(text) : null);

function textOf(rootfs: Rootfs, path: string): string {
  const resolved = rootfs.resolve(path);
  return (resolved.kind === "found" ? rootfs.text(resolved.path) : null) ?? "";
}
