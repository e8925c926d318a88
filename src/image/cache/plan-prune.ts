import type { CacheItem } from "./cache-item.ts";
import { isJustUsed } from "./use-mark.ts";

/** What is to go. Absent parts ask for nothing. */
export interface PruneWish {
  /** What was not used for so long. */
  readonly olderThanMs: number | null;
  /** What was used longest ago, until the folder has no more than so many bytes. */
  readonly maxBytes: number | null;
  /** What this version does not read any more. */
  readonly isOldWanted: boolean;
}

export interface PruneSubject {
  readonly items: readonly CacheItem[];
  readonly nowMs: number;
  /** Names of the packs that a layer points to. */
  readonly packsOf: (layer: CacheItem) => readonly string[];
}

export interface PrunePlan {
  /**
   * In the order in which they go: used longest ago first, packs after all others. Leftovers, and packs that no layer
   * points to, always go.
   */
  readonly remove: readonly CacheItem[];
  /** Would go, but another process may be about to open it. */
  readonly spared: readonly CacheItem[];
}

/**
 * Decides what goes. Pure but for `packsOf`. Drafts and what a newer version made always stay. Blobs, files and packs that
 * were used in the last minutes are spared; of facts, documents and names a process that loses them makes them again.
 */
export function planPrune({ items, nowMs, packsOf }: PruneSubject, wish: PruneWish): PrunePlan {
  const isBusy = ({ kind, usedAtMs }: CacheItem): boolean =>
    (kind === "blob" || kind === "file" || kind === "pack") && isJustUsed(usedAtMs, nowMs);
  const going = new Set<CacheItem>();
  const spared = new Set<CacheItem>();
  let leftBytes = items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const packs = new PackUse(items, packsOf);

  const drop = (item: CacheItem): void => {
    if (going.has(item)) return;
    if (isBusy(item)) {
      spared.add(item);
      return;
    }
    going.add(item);
    leftBytes -= item.sizeBytes;
    for (const pack of packs.release(item)) drop(pack);
  };

  const byUse = items.filter(({ kind }) => isPrunable(kind)).toSorted(compareUse);
  for (const item of items) if (item.kind === "leftover") drop(item);
  for (const pack of packs.unused()) drop(pack);
  for (const item of byUse) {
    const isOld = wish.isOldWanted && item.kind === "old";
    const isStale = wish.olderThanMs !== null && nowMs - item.usedAtMs > wish.olderThanMs;
    if (isOld || isStale) drop(item);
  }
  for (const item of byUse) {
    if (wish.maxBytes === null || leftBytes <= wish.maxBytes) break;
    drop(item);
  }
  const remove = [...going].sort((a, b) => compareRank(a, b) || compareUse(a, b));
  return { remove, spared: [...spared].sort(compareUse) };
}

/** Packs go with the last layer that points to them. */
function isPrunable(kind: CacheItem["kind"]): boolean {
  switch (kind) {
    case "layer":
    case "blob":
    case "document":
    case "name":
    case "address":
    case "file":
    case "package":
    case "compiled":
    case "old":
      return true;
    case "pack":
    case "newer":
    case "draft":
    case "leftover":
      return false;
  }
}

/** A layer that stays after all keeps its packs. */
function compareRank(a: CacheItem, b: CacheItem): number {
  return Number(a.kind === "pack") - Number(b.kind === "pack");
}

function compareUse(a: CacheItem, b: CacheItem): number {
  return a.usedAtMs - b.usedAtMs || (a.name < b.name ? -1 : 1);
}

/** How many layers point to each pack. */
class PackUse {
  readonly #packs: ReadonlyMap<string, CacheItem>;
  readonly #packsByLayer = new Map<CacheItem, readonly string[]>();
  readonly #users = new Map<string, number>();

  constructor(items: readonly CacheItem[], packsOf: PruneSubject["packsOf"]) {
    const packs = items.filter(({ kind }) => kind === "pack");
    this.#packs = new Map(packs.map((pack) => [pack.name, pack]));
    for (const layer of items) {
      if (layer.kind !== "layer") continue;
      const names = [...new Set(packsOf(layer))];
      this.#packsByLayer.set(layer, names);
      for (const name of names) this.#users.set(name, (this.#users.get(name) ?? 0) + 1);
    }
  }

  unused(): readonly CacheItem[] {
    return [...this.#packs.values()].filter(({ name }) => !this.#users.has(name));
  }

  /** The packs that nobody points to any more when this layer is gone. */
  release(layer: CacheItem): readonly CacheItem[] {
    return (this.#packsByLayer.get(layer) ?? []).flatMap((name) => {
      const users = (this.#users.get(name) ?? 0) - 1;
      this.#users.set(name, users);
      const pack = this.#packs.get(name);
      return users > 0 || pack === undefined ? [] : [pack];
    });
  }
}
