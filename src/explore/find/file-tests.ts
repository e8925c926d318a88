import type { ElfFacts } from "../../formats/elf/facts.ts";
import type { FileEntry } from "../../image/layer-facts.ts";
import type { AccountNames } from "../account-names.ts";
import { shownBytes } from "../listing.ts";
import type { View } from "../open-view.ts";
import type { FileTest } from "./find-files.ts";
import { parseGlob } from "./glob.ts";

/** `f`, `d` and so on. Source: find(1), -type; sockets and doors are never in an image. */
export const typeLetters: Readonly<Record<string, FileEntry["type"]>> = {
  f: "file",
  d: "directory",
  l: "symlink",
  p: "fifo",
  b: "block",
  c: "character",
};

/** The name without its folder, `/` for the root. */
export function nameTest(pattern: string, ignoresCase: boolean): FileTest {
  const matches = parseGlob(pattern, ignoresCase);
  return ({ name }) => matches(baseName(name));
}

/** Slashes at the end do not count, as in find(1). */
function baseName(path: string): string {
  const trimmed = path.replace(/(?<=[^/])\/+$/, "");
  return trimmed === "/" ? "/" : trimmed.slice(trimmed.lastIndexOf("/") + 1);
}

/** The whole path as it is printed. */
export function pathTest(pattern: string): FileTest {
  const matches = parseGlob(pattern);
  return ({ name }) => matches(name);
}

export function typeTest(types: ReadonlySet<FileEntry["type"]>): FileTest {
  return ({ node }) => types.has(node.entry.type);
}

/** Of files and links; a directory has no size of its own and counts as empty. */
export function sizeTest(fits: (sizeBytes: number) => boolean): FileTest {
  return ({ node }) => fits(shownBytes(node));
}

/** The mode of a link is rwx for all, as Linux has it. */
export function modeTest(fits: (mode: number) => boolean): FileTest {
  return ({ node }) => fits(node.entry.type === "symlink" ? 0o777 : node.entry.mode);
}

/** A name that the image does not know but that is a number is that number. Null: neither. */
export function ownerTest(
  kind: "user" | "group",
  name: string,
  accounts: AccountNames,
): FileTest | null {
  const known = kind === "user" ? accounts.uid(name) : accounts.gid(name);
  const id = known ?? (/^\d{1,10}$/.test(name) ? Number(name) : null);
  return id === null ? null : idTest(kind === "user" ? "uid" : "gid", id);
}

export function idTest(kind: "uid" | "gid", id: number): FileTest {
  return ({ node }) => node.entry[kind] === id;
}

/** Files that give whoever starts them rights that he has not: setuid, setgid, capabilities. */
export const privilegeTest: FileTest = ({ node: { entry } }) =>
  entry.type === "file" && ((entry.mode & 0o6000) !== 0 || entry.capability !== undefined);

export function layerTest(index: number): FileTest {
  return ({ node }) => node.layerIndex === index;
}

export function brokenLinkTest({ rootfs }: Pick<View, "rootfs">): FileTest {
  return ({ node, path }) => node.entry.type === "symlink" && rootfs.resolve(path).kind !== "found";
}

/** Whole ELF files; those that could not be read are told among the failures of the view. */
export function elfTest(
  { rootfs }: Pick<View, "rootfs">,
  fits: (facts: ElfFacts) => boolean,
): FileTest {
  return ({ node, path }) => {
    const facts = node.entry.type === "file" ? rootfs.elf(path) : null;
    return facts !== null && fits(facts);
  };
}
