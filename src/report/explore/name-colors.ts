import type { FileEntry } from "../../image/layer-facts.ts";

/** SGR parameters by kind. Source: the defaults of GNU coreutils, dircolors. */
const codes = {
  directory: "01;34",
  sticky: "30;42",
  symlink: "01;36",
  fifo: "40;33",
  device: "40;33;01",
  setuid: "37;41",
  setgid: "30;43",
  executable: "01;32",
} as const;

/** A name that was made safe for a terminal, coloured by what it names; the colour takes no cells. */
export function paintName(shown: string, entry: FileEntry): string {
  const kind = kindOf(entry);
  return kind === null ? shown : `\u001b[${codes[kind]}m${shown}\u001b[0m`;
}

function kindOf({ type, mode }: FileEntry): keyof typeof codes | null {
  switch (type) {
    case "directory":
      // A folder that all may write to.
      return (mode & 0o1002) === 0o1002 ? "sticky" : "directory";
    case "symlink":
    case "fifo":
      return type;
    case "character":
    case "block":
      return "device";
    case "file":
      if ((mode & 0o4000) !== 0) return "setuid";
      if ((mode & 0o2000) !== 0) return "setgid";
      return (mode & 0o111) === 0 ? null : "executable";
    case "hardlink":
    case "whiteout":
    case "opaque":
      return null;
  }
}
