import { textLines } from "./text-lines.ts";

/** One account of /etc/passwd. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/**
 * Reads `name:password:uid:gid:comment:home:shell` lines, in file order. A line of another form is passed over, as
 * the C library does. Source: passwd(5).
 */
export function parsePasswd(text: string): readonly Account[] {
  const accounts: Account[] = [];
  for (const line of textLines(Buffer.from(text))) {
    const [name, , uid, gid, , home, shell] = line.text.split(":", 7);
    if (!name || name.startsWith("#")) continue;
    if (uid === undefined || gid === undefined || !isId(uid) || !isId(gid)) continue;
    accounts.push({
      name,
      uid: Number(uid),
      gid: Number(gid),
      home: home ?? "",
      shell: shell ?? "",
    });
  }
  return accounts;
}

function isId(text: string): boolean {
  return /^\d{1,10}$/.test(text);
}
