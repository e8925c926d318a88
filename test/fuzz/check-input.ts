import { FormatError } from "../../src/formats/format-error.ts";
import type { Family } from "./family.ts";

/** What is wrong with how a family reads an input; null when nothing is. */
export async function checkInput(
  family: Family,
  input: Uint8Array,
  { isThorough }: { readonly isThorough: boolean },
): Promise<string | null> {
  const before = isThorough ? Buffer.from(input) : null;
  const first = await readOnce(family, input);
  if ("bug" in first) return first.bug;
  if (before === null) return null;
  if (!before.equals(input)) return "the parser changed its input";
  const second = await readOnce(family, input);
  if ("bug" in second) return `the second time only: ${second.bug}`;
  const [one, two] = [toText(first.value), toText(second.value)];
  if (one !== two) return `not deterministic:\n${firstDifference(one, two)}`;
  const limit = family.maxOutput?.(input.byteLength) ?? 64 * 1024 + 40 * input.byteLength;
  return one.length > limit
    ? `${one.length} characters of output from ${input.byteLength} bytes`
    : null;
}

type Outcome = { readonly value: unknown } | { readonly bug: string };

async function readOnce(family: Family, input: Uint8Array): Promise<Outcome> {
  try {
    return { value: await family.read(input) };
  } catch (error) {
    if (error instanceof FormatError) {
      const { format, message, offsetBytes } = error;
      return { value: { format, message, offsetBytes } };
    }
    return { bug: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function toText(value: unknown): string {
  return JSON.stringify(value, (_, inside: unknown) =>
    inside instanceof Map || inside instanceof Set ? [...inside] : inside,
  );
}

function firstDifference(one: string, two: string): string {
  let at = 0;
  while (at < one.length && one[at] === two[at]) at++;
  const from = Math.max(0, at - 60);
  return `${one.slice(from, at + 100)}\n${two.slice(from, at + 100)}`;
}
