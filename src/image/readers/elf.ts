import type { ElfFacts } from "../../formats/elf/facts.ts";
import { parseElf } from "../../formats/elf/parse-elf.ts";
import type { Reader } from "./reader.ts";
import { revisions } from "./revisions.ts";

/** Every file that starts with the four ELF bytes, whatever its name or mode. */
export const elfReader: Reader<ElfFacts> = {
  section: "elf",
  ...revisions.elf,
  sizeBudget: "elfFileBytes",
  keepsContent: false,
  wants: (_entry, head) =>
    head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46,
  read: ({ content }, budgets) => parseElf(content, budgets),
};
