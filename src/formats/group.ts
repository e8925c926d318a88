import { textLines } from "./text-lines.ts";

/** One group of /etc/group. */
export interface Group {
  readonly name: string;
  readonly gid: number;
}

/**
 * Reads `name:password:gid:members` lines, in file order. A line of another form is passed over, as the C library does.
 * Source: group(5).
 */
export function parseGroup(text: string): readonly Group[] {
  const groups: Group[] = [];
  for (const line of textLines(Buffer.from(text))) {
    const [name, , gid] = line.text.split(":", 3);
    if (!name || name.startsWith("#")) continue;
    if (gid !== undefined && /^\d{1,10}$/.test(gid)) groups.push({ name, gid: Number(gid) });
  }
  return groups;
}
