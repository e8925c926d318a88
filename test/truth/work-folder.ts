import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

/** Root of the checkout, absolute. */
export const projectFolder = resolve(import.meta.dirname, "../..");

/**
 * Where unpacked roots, built subjects and observations are kept between runs, absolute:
 * FROMAGE_TRUTH_DIR, or a folder in the project's cache. May be deleted at any time.
 */
export function workFolder(...names: readonly string[]): string {
  const named = process.env["FROMAGE_TRUTH_DIR"];
  const base = named ? resolve(named) : join(projectFolder, "node_modules/.cache/fromage-truth");
  mkdirSync(base, { recursive: true });
  return join(base, ...names);
}
