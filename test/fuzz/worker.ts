import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkInput } from "./check-input.ts";
import type { Family } from "./family.ts";
import { Inputs } from "./make-inputs.ts";

/** What a worker process is asked: the inputs [from, from + count) of a family, or the bytes of a file. */
export interface FuzzRequest {
  readonly family: string;
  /** Of the families with a bug each, which the tests have. */
  readonly isPlanted: boolean;
  readonly seedFolder: string;
  readonly seed: number;
  readonly from: number;
  readonly count: number;
  /** Inputs after each of which it reports. */
  readonly step: number;
  /** A file to read in place of made inputs. */
  readonly file: string | null;
}

export type FuzzReply =
  | { readonly kind: "ready" }
  /** All inputs before `next` were read. */
  | { readonly kind: "reached"; readonly next: number; readonly peakBytes: number }
  | { readonly kind: "finding"; readonly index: number; readonly reason: string }
  | { readonly kind: "end" };

/** The real inputs of a family, in the order of their names. */
export function readSeeds(folder: string, family: Family): readonly Uint8Array[] {
  const own = join(folder, family.seedFolder ?? family.name);
  if (!existsSync(own)) return [];
  return readdirSync(own)
    .toSorted()
    .map((name) => readFileSync(join(own, name)));
}

export async function findFamily(name: string, isPlanted: boolean): Promise<Family> {
  const { families } = isPlanted
    ? await import("./testdata/planted.ts")
    : await import("./families/list.ts");
  const family = families.find((one) => one.name === name);
  if (family === undefined) throw new Error(`Cannot fuzz ${name}: there is no such family`);
  return family;
}

async function answer(request: FuzzRequest): Promise<void> {
  // A third of the time goes into the stacks of errors that are expected.
  Error.stackTraceLimit = 5;
  const family = await findFamily(request.family, request.isPlanted);
  const { seed, from, count, step, file } = request;
  const real = readSeeds(request.seedFolder, family);
  const inputs = new Inputs(family, seed, real);
  const bytes = file === null ? null : readFileSync(file);
  post({ kind: "ready" });
  for (let index = from; index < from + count; index++) {
    const isThorough = bytes !== null || step === 1 || index % 4 === 0;
    const reason = await checkInput(family, bytes ?? inputs.at(index), { isThorough });
    if (reason !== null) post({ kind: "finding", index, reason });
    if ((index + 1 - from) % step !== 0) continue;
    // Also lets what was posted leave.
    await new Promise<void>((resolve) => setImmediate(resolve));
    const peakBytes = process.resourceUsage().maxRSS * 1024;
    post({ kind: "reached", next: index + 1, peakBytes });
  }
  // It ends by itself, so that families can remove their folders.
  process.send?.({ kind: "end" } satisfies FuzzReply, () => process.disconnect());
}

function post(reply: FuzzReply): void {
  process.send?.(reply);
}

if (process.send !== undefined && process.argv[1] === import.meta.filename) {
  process.on("message", (request: FuzzRequest) => void answer(request));
}
