import { UsageError, type ParsedArguments } from "./arguments.ts";
import type { CliIo } from "./io.ts";

/** The day of an option, today when it was not given. Throws UsageError for what is no day. */
export function readDay(args: ParsedArguments, name: string, io: CliIo): string {
  const text = args.value(name);
  if (text === null) return io.now().toISOString().slice(0, 10);
  const date = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : null;
  // 2026-02-30 becomes another day.
  const isDay = date !== null && !Number.isNaN(date.getTime());
  if (isDay && date.toISOString().startsWith(text)) return text;
  throw new UsageError(`--${name} is ${JSON.stringify(text)}, expected a day as 2026-11-25`);
}
