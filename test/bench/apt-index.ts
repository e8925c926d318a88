import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isJsonObject, parseJsonText } from "../../src/image/sources/json.ts";
import { median, peakOfNode, run } from "./process-run.ts";
import type { Row } from "./row.ts";

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
const script = join(import.meta.dirname, "apt-run.ts");

/** The index of two Debian releases, compiled from the real archives, and asked. A text says why there is none. */
export function aptIndexes(): readonly Row[] | string {
  if (!existsSync(keyring)) return `there is no ${keyring}`;
  const work = mkdtempSync(join(tmpdir(), "fromage-bench-index-"));
  try {
    const rows: Row[] = [];
    for (const suite of ["bookworm", "trixie"]) {
      const measured = measure(suite, work);
      if (typeof measured === "string") return measured;
      rows.push(...measured);
    }
    return rows;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

interface Measured {
  readonly openMs: number;
  readonly warmMs: readonly number[];
}

function measure(suite: string, work: string): readonly Row[] | string {
  const argsFor = (cache: string) => [script, suite, join(work, cache), keyring];
  const first = read(argsFor(suite));
  if (typeof first === "string") return first;
  const again = read(argsFor(suite));
  if (typeof again === "string") return again;
  const peakBytes = peakOfNode(argsFor(`${suite}-peak`), process.env);
  const slowestMs =
    again.warmMs.toSorted((a, b) => a - b).at(Math.floor(0.99 * again.warmMs.length)) ?? 0;
  return [
    {
      what: `index of Debian ${suite}, fetched and compiled`,
      figure: `${(first.openMs / 1000).toFixed(1)} s`,
      budget: "20 s",
      isKept: first.openMs <= 20_000,
    },
    {
      what: `peak memory of that`,
      figure: `${(peakBytes / 1e6).toFixed(0)} MB`,
      budget: "400 MB",
      isKept: peakBytes <= 400e6,
    },
    {
      what: `index of Debian ${suite}, opened again`,
      figure: `${again.openMs.toFixed(0)} ms`,
      budget: "none",
      isKept: true,
    },
    {
      what: `who brings a library, warm: median, 99 of 100`,
      figure: `${median(again.warmMs).toFixed(2)} ms, ${slowestMs.toFixed(2)} ms`,
      budget: "5 ms",
      isKept: slowestMs <= 5,
    },
  ];
}

function read(args: readonly string[]): Measured | string {
  const { stdout, stderr } = run([process.execPath, ...args]);
  const json = parseJsonText(stdout);
  if (json === null) throw new Error(`Cannot measure an index: ${stderr}`);
  const { openMs, warmMs, failure } = json;
  if (typeof openMs === "number" && isNumbers(warmMs)) return { openMs, warmMs };
  const reason = isJsonObject(failure) ? JSON.stringify(failure) : stdout;
  return `the archive cannot be read: ${reason}`;
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => typeof one === "number");
}
