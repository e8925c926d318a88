import { isDeeperThan } from "../../formats/json-levels.ts";
import type { UsedUp } from "../../formats/over-limit-error.ts";
import { defaultBudgets, type Budgets } from "../../model/budgets.ts";

/** What the JSON documents of one reference may cost together. Counts what was read. */
export class DocumentBudget {
  readonly limits: Budgets;
  #readBytes = 0;

  constructor(limits: Budgets = defaultBudgets) {
    this.limits = limits;
  }

  /** To be asked before a document is read, or as soon as its length is known; null when it may be. */
  take(lengthBytes: number): UsedUp | null {
    const { jsonBytes, allJsonBytes } = this.limits;
    if (lengthBytes > jsonBytes) {
      return { budget: "size of a manifest or config", limit: jsonBytes, unit: "bytes" };
    }
    // A descriptor may say less than nothing.
    this.#readBytes += Math.max(0, lengthBytes);
    if (this.#readBytes <= allJsonBytes) return null;
    return { budget: "size of all manifests and configs", limit: allJsonBytes, unit: "bytes" };
  }

  /** To be asked before a document is parsed. */
  findDepth(json: Uint8Array): UsedUp | null {
    const limit = this.limits.jsonLevels;
    if (!isDeeperThan(json, limit)) return null;
    return { budget: "lists and objects in each other", limit, unit: "levels" };
  }
}
