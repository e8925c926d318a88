import type { ElfChange, ElfChanges } from "../../explore/diff/elf-changes.ts";
import { firstFew } from "../amounts.ts";
import { countKinds, markLine, type DiffStyle } from "./diff.ts";
import { nameWords } from "./name-words.ts";

/** Names of one kind that are said in a line. */
const maxNames = 4;

export function elfHeading({ changes, sonamesAdded, sonamesRemoved }: ElfChanges): string {
  return countKinds([
    ...sonamesAdded.map(() => ({ kind: "added" }) as const),
    ...sonamesRemoved.map(() => ({ kind: "removed" }) as const),
    ...changes.map(() => ({ kind: "changed" }) as const),
  ]);
}

/**
 * Libraries by soname that came or went, then files that the loader sees another way:
 *
 *     + libssl.so.3
 *     ~ /usr/lib/libz.so.1.2.13 => libz.so.1.3.1  needs +libm.so.6; asks +libc.so.6 GLIBC_2.38; exports +3 -1
 */
export function elfLines(elf: ElfChanges, style: DiffStyle): readonly string[] {
  const { changes, sonamesAdded, sonamesRemoved } = elf;
  return [
    ...sonamesAdded.map((soname) => markLine("added", nameWords(soname, style), style)),
    ...sonamesRemoved.map((soname) => markLine("removed", nameWords(soname, style), style)),
    ...changes.map((change) => markLine("changed", nameWords(changeWords(change), style), style)),
  ];
}

function changeWords(change: ElfChange): string {
  const { path, afterPath, machine, interpreter, soname, exportsAdded, exportsRemoved } = change;
  const both = (name: string, pair: Pair | null): readonly string[] =>
    pair === null
      ? []
      : [`${name} ${String(pair.before ?? "none")} -> ${String(pair.after ?? "none")}`];
  const counts = [
    ...(exportsAdded > 0 ? [`+${exportsAdded}`] : []),
    ...(exportsRemoved > 0 ? [`-${exportsRemoved}`] : []),
  ];
  const words = [
    ...both("machine", machine),
    ...both("loader", interpreter),
    ...both("soname", soname),
    ...listWords("needs", change.neededAdded, change.neededRemoved),
    ...listWords("asks", change.versionsAdded, change.versionsRemoved),
    ...(counts.length > 0 ? [`exports ${counts.join(" ")}`] : []),
    ...(change.isTruncated ? ["not all symbols were read"] : []),
  ];
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const other = afterPath.startsWith(folder) ? afterPath.slice(folder.length) : afterPath;
  const renamed = path === afterPath ? "" : ` => ${other}`;
  return `${path}${renamed}  ${words.join("; ")}`;
}

interface Pair {
  readonly before: string | number | null;
  readonly after: string | number | null;
}

function listWords(
  name: string,
  added: readonly string[],
  removed: readonly string[],
): readonly string[] {
  const names = [...added.map((one) => `+${one}`), ...removed.map((one) => `-${one}`)];
  return names.length === 0 ? [] : [`${name} ${firstFew(names, maxNames)}`];
}
