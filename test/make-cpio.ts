/** A member by its name (newc), or by the number of its file (rpm's kind for big files). */
export type MadeMember =
  | { readonly name: string; readonly content: string }
  | { readonly index: number; readonly content: string };

const hex = (value: number): string => value.toString(16).padStart(8, "0");
const pad = (text: string): string => text.padEnd(Math.ceil(text.length / 4) * 4, "\0");

/** A cpio archive with its trailer. Source: cpio(5), "New ASCII Format"; rpm lib/cpio.c. */
export function makeCpio(members: readonly MadeMember[]): Buffer {
  const all = [...members, { name: "TRAILER!!!", content: "" }];
  return Buffer.from(all.map(makeMember).join(""), "latin1");
}

function makeMember(member: MadeMember): string {
  if ("index" in member) return pad(`07070X${hex(member.index)}`) + pad(member.content);
  const { name, content } = member;
  const numbers = [1, 0o100644, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length + 1, 0];
  return pad(`070701${numbers.map(hex).join("")}${name}\0`) + pad(content);
}
