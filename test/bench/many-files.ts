import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { MadeLayout } from "../made-images.ts";
import { median, run } from "./process-run.ts";
import type { Row } from "./row.ts";

const folders = 100;
const filesInEach = 1000;

/** `fromage ls` of one folder, of the whole image, and of an image whose files all lie in one folder; all cached. */
export function lookingAtMany(program: string, work: string): readonly Row[] {
  const spread = makeImage(work, (at) => `usr/share/d${Math.floor(at / filesInEach)}/file-${at}`);
  const flat = makeImage(work, (at) => `usr/share/all/file-${at}`);
  const count = (folders * filesInEach).toLocaleString("en");
  const measure = (args: readonly string[]): number => {
    const once = (): number => {
      const done = run([process.execPath, program, ...args, "--cache-dir", join(work, "many")]);
      if (done.exitCode !== 0) throw new Error(`Cannot run ls: ${done.stderr}`);
      return done.wallMs;
    };
    once();
    return median(Array.from({ length: 9 }, once));
  };
  const row = (what: string, wallMs: number, budgetMs: number | null): Row => ({
    what,
    figure: `${wallMs.toFixed(0)} ms`,
    budget: budgetMs === null ? "none" : `${budgetMs} ms`,
    isKept: budgetMs === null || wallMs <= budgetMs,
  });
  return [
    row(
      `\`ls\` of a folder in an image of ${count} files, cached`,
      measure(["ls", spread, "/usr/share/d7"]),
      200,
    ),
    row(`\`ls -lR\` of all of it`, measure(["ls", "-lR", spread]), null),
    row(
      `\`ls\` of ${count} files in one folder, cached`,
      measure(["ls", flat, "/usr/share/all"]),
      null,
    ),
  ];
}

/** An OCI folder with one layer of empty files; its reference. */
function makeImage(work: string, nameOf: (at: number) => string): string {
  const blocks: Buffer[] = [];
  for (let at = 0; at < folders * filesInEach; at++) blocks.push(header(nameOf(at)));
  const tar = Buffer.concat([...blocks, Buffer.alloc(1024)]);
  const folder = join(work, createHash("sha256").update(nameOf(1)).digest("hex").slice(0, 12));
  mkdirSync(folder);
  const layout = new MadeLayout();
  layout.finish([layout.image({ tars: [tar], compression: "gzip" })]).writeTo(folder);
  return `oci:${folder}`;
}

/** A ustar header of an empty file. Source: POSIX pax, "ustar Interchange Format". */
function header(name: string): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write("0000644\0", 100);
  block.write("0000000\0", 108);
  block.write("0000000\0", 116);
  block.write("00000000000\0", 124);
  block.write("14500000000\0", 136);
  block.write("        ", 148);
  block.write("0", 156);
  block.write("ustar\x0000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
