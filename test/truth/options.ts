import { parseArgs } from "node:util";

/** What to run. Empty lists mean all. */
export interface TruthOptions {
  readonly subjects: readonly string[];
  readonly roots: readonly string[];
  /** Where the report goes; null: printed counts only. */
  readonly report: string | null;
  /** Start again what was observed before. */
  readonly isFresh: boolean;
}

/** Usage: `npm run truth -- [--subject ID]... [--root ID]... [--report FILE] [--fresh]`. Throws TypeError. */
export function parseOptions(args: readonly string[]): TruthOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      subject: { type: "string", multiple: true, default: [] },
      root: { type: "string", multiple: true, default: [] },
      report: { type: "string" },
      fresh: { type: "boolean", default: false },
    },
  });
  const { subject, root, report = null, fresh } = values;
  return { subjects: subject, roots: root, report, isFresh: fresh };
}
