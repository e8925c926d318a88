import type { ElfFacts } from "../../formats/elf/facts.ts";
import { parseElf } from "../../formats/elf/parse-elf.ts";
import type { Reader } from "./reader.ts";

/** Every file that starts with the four ELF bytes, whatever its name or mode. */
export const elfReader: Reader<ElfFacts> = {
  section: "elf",
  revision: 3,
  maxBytes: 2 * 1024 * 1024 * 1024,
  wants: (_entry, head) =>
    head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46,
  read: ({ content }) => parseElf(content),
};
