import type { OpenBase } from "../catalogue/catalogue.ts";
import { success, type Result } from "../model/failure.ts";
import { openBases } from "./open-bases.ts";
import type { AnswerOptions } from "./options.ts";

/** Opens the base that somebody says the target stands on; null when nobody says it. */
export function baseIsOf(
  options: AnswerOptions,
): ((platform: string) => Promise<Result<OpenBase>>) | null {
  const { baseIs } = options;
  if (baseIs === null) return null;
  return async (platform) => {
    const opened = await openBases(platform, { ...options, bases: [baseIs] });
    if (!opened.ok) return opened;
    const [base] = opened.value.opened;
    if (base === undefined) throw new RangeError("Cannot open a base: none came back");
    return success(base);
  };
}
