import type { Provider } from "../repositories/package-source.ts";
import type { Wish } from "./wishes.ts";

export interface PickOptions {
  /** Names of packages that are asked for already. */
  readonly asked: ReadonlySet<string>;
  /** Names of packages that the target itself has: it was built with them. */
  readonly known: ReadonlySet<string>;
  /** Names of packages that did not help. */
  readonly refused: ReadonlySet<string>;
}

const versionRanks: readonly Provider["versions"][] = ["all", "unknown", "not-all"];

/**
 * Which of several packages to take for a wish: one that is taken anyway, one that the target was built with, one that has
 * the versions, one that has it where the loader looks; then the first. Null when none is left. Pure.
 */
export function pickProvider(
  wish: Wish,
  providers: readonly Provider[],
  { asked, known, refused }: PickOptions,
): Provider | null {
  const left = providers.filter((one) => !refused.has(one.package.name));
  const folders = new Set(wish.folders.map(withoutUsr));
  const rank = (one: Provider): readonly number[] => [
    asked.has(one.package.name) ? 0 : 1,
    known.has(one.package.name) ? 0 : 1,
    versionRanks.indexOf(one.versions),
    one.path === null || folders.size === 0 || folders.has(withoutUsr(folderOf(one.path))) ? 0 : 1,
  ];
  // Sorting is stable: of equals the first counts.
  const [best] = left.toSorted((a, b) => compareRanks(rank(a), rank(b)));
  return best ?? null;
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, at) => value !== b[at]);
  return index === -1 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/"));

/** Where /usr is merged both spellings are one folder, and indexes have either. */
const withoutUsr = (folder: string): string => folder.replace(/^\/usr(?=\/)/, "");
