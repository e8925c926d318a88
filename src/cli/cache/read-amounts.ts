import { UsageError, type ParsedArguments } from "../arguments.ts";

const powers: Readonly<Record<string, number>> = { "": 0, K: 1, M: 2, G: 3, T: 4 };

/**
 * Bytes of a size as people write it; null for what is none:
 *
 *     500MB      1.5 GB      512MiB      4096      0
 *
 * MB is 10^6, MiB is 2^20; the B may be left out.
 */
export function parseSize(text: string): number | null {
  const match = /^(\d{1,15}(?:\.\d{1,3})?)\s?([kKMGT]?)(i?)B?$/.exec(text);
  if (match === null) return null;
  const [, amount = "", unit = "", binary = ""] = match;
  const power = powers[unit.toUpperCase()] ?? 0;
  if (power === 0 && binary !== "") return null;
  const bytes = Math.round(Number(amount) * (binary === "" ? 1000 : 1024) ** power);
  // More than any disk has.
  return Math.min(bytes, Number.MAX_SAFE_INTEGER);
}

const hourMs = 60 * 60 * 1000;
const unitMs: Readonly<Record<string, number>> = { h: hourMs, d: 24 * hourMs, w: 7 * 24 * hourMs };

/** Milliseconds of `12h`, `30d` or `2w`; null for what is none. */
export function parseAge(text: string): number | null {
  const [, amount = "", unit = ""] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  const ms = unitMs[unit];
  return ms === undefined ? null : Number(amount) * ms;
}

/** The value of an option as bytes, null when it was not given. Throws UsageError. */
export function readSize(args: ParsedArguments, name: string): number | null {
  const text = args.value(name);
  if (text === null) return null;
  const bytes = parseSize(text);
  if (bytes !== null) return bytes;
  throw new UsageError(`--${name} is ${JSON.stringify(text)}, expected a size as 500MB or 2GiB`);
}

/** The value of an option in milliseconds, null when it was not given. Throws UsageError. */
export function readAge(args: ParsedArguments, name: string): number | null {
  const text = args.value(name);
  if (text === null) return null;
  const ms = parseAge(text);
  if (ms !== null) return ms;
  throw new UsageError(`--${name} is ${JSON.stringify(text)}, expected an age as 12h, 30d or 4w`);
}
