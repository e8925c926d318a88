import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeName } from "../src/formats/tar/name.ts";

/** One line of a long listing; what depends on the disk is left out. */
export interface Row {
  readonly mode: string;
  /** Null of a directory: file systems count differently. */
  readonly links: string | null;
  readonly owners: string;
  readonly size: string | null;
  readonly time: string;
  readonly name: string;
}

const line =
  /^([-dlcbp][-rwxsStT]{9})[.+]? +(\d+) +(\S+) +(\S+) +(\d+, +\d+|\d+|-) (-?\d{4,}-\d\d-\d\d \d\d:\d\d|\? +) (.*)$/su;

/** Blocks of a recursive listing by their headings, in their order; other lines (of names with line ends) as they are. */
export function parseListing(text: string): readonly (Row | string)[] {
  return text
    .split("\n")
    .filter((one) => !/^total \d+$/.test(one))
    .flatMap((one): readonly (Row | string)[] => {
      const found = line.exec(one);
      if (found === null) return [one];
      const [, mode = "", links = "", user, group, size = "", time = "", name = ""] = found;
      // What lies above the unpacked root is the machine's.
      if (name === "..") return [];
      const isDirectory = mode.startsWith("d");
      return [
        {
          mode,
          links: isDirectory ? null : links,
          owners: `${user} ${group}`,
          size: isDirectory ? null : size.replace(/, +/, ", "),
          time: time.trim(),
          name: name.replace(/ \[(?:cap_|capability)[^\]]*\]$/, ""),
        },
      ];
    });
}

/** What a program prints there in the C locale of UTF-8, as bytes. */
export function outputIn(root: string, program: string, args: readonly string[]): Buffer {
  const env = { ...process.env, LC_ALL: "C.UTF-8", TZ: "UTC" };
  return execFileSync(program, args, { cwd: root, env, maxBuffer: 1 << 28 });
}

/** What `ls -lnaR` prints there, in the C locale and UTC; `/` is the root. */
export function realListing(root: string): readonly (Row | string)[] {
  const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
  const args = ["-lnaR", "--time-style=+%Y-%m-%d %H:%M", "."];
  const text = decodeName(execFileSync("ls", args, { cwd: root, env, maxBuffer: 1 << 28 }));
  return parseListing(
    text.replace(/^\.(\/.*)?:$/gm, (_, below: string | undefined) => `${below ?? "/"}:`),
  );
}

/** What find has to say of each file, owners by the image's own names; devices have no numbers there. */
export function realFound(root: string): readonly (Row | string)[] {
  const fields = "%M %n %U %G %s %TY-%Tm-%Td %TH:%TM /%P";
  const args = [
    ".",
    "-type",
    "l",
    "-printf",
    `${fields} -> %l\\n`,
    "-o",
    "-printf",
    `${fields}\\n`,
  ];
  const rows = parseListing(decodeName(outputIn(root, "find", args)));
  const [users, groups] = [namesOf(root, "etc/passwd"), namesOf(root, "etc/group")];
  return rows.map((row) => {
    if (typeof row === "string") return row;
    const [uid = "", gid = ""] = row.owners.split(" ");
    return { ...row, owners: `${users.get(uid) ?? uid} ${groups.get(gid) ?? gid}` };
  });
}

function namesOf(root: string, file: string): ReadonlyMap<string, string> {
  const path = join(root, file);
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
  const pairs = lines.map((one) => one.split(":"));
  return new Map(pairs.toReversed().map(([name = "", , id = ""]) => [id, name]));
}

/** Devices by their numbers are told by ls; here they count for nothing. */
export function withoutDevices(rows: readonly (Row | string)[]): readonly (Row | string)[] {
  return rows.map((row) =>
    typeof row !== "string" && /^[bc]/.test(row.mode) ? { ...row, size: null } : row,
  );
}

/** Where the medium says no time, unpacking made one up. */
export function unknownAs(row: Row | string, ours: Row | string | undefined): Row | string {
  const isUnknown = typeof row !== "string" && typeof ours === "object" && ours.time === "?";
  return isUnknown ? { ...row, time: "?" } : row;
}

/** Order of names, for listings whose order says nothing. */
export const byName = (a: Row | string, b: Row | string): number => {
  const [one, other] = [a, b].map((row) => (typeof row === "string" ? row : row.name));
  return (one ?? "") < (other ?? "") ? -1 : 1;
};
