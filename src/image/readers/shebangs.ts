import type { ShebangFact } from "../layer-facts.ts";
import { headBytes, type Reader } from "./reader.ts";
import { revisions } from "./revisions.ts";

/**
 * The `#!` line of every script. The kernel reads no further than its buffer.
 * Source: Linux fs/binfmt_script.c.
 */
export const shebangReader: Reader<ShebangFact> = {
  section: "shebangs",
  ...revisions.shebangs,
  sizeBudget: null,
  keepsContent: false,
  wants: (_entry, head) => head[0] === 0x23 && head[1] === 0x21,
  read: ({ content }) => {
    const head = Buffer.from(content.read(0, headBytes));
    const end = head.indexOf(10);
    const line = head.toString("latin1", 2, end < 0 ? head.byteLength : end);
    const hasCarriageReturn = line.endsWith("\r");
    return { line: hasCarriageReturn ? line.slice(0, -1) : line, hasCarriageReturn };
  },
};
