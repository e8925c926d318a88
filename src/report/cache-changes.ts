import type { CacheItem, CacheItemKind } from "../image/cache/cache-item.ts";
import type { CacheContents } from "../image/cache/list-cache.ts";
import type { PruneOutcome } from "../image/cache/prune-cache.ts";
import type { VerifyOutcome } from "../image/cache/verify-cache.ts";
import type { Failure } from "../model/failure.ts";
import { count, formatBytes } from "./amounts.ts";
import { dayOf, timeOf } from "./cache.ts";
import { clean } from "./clean.ts";
import { orderFailure, writeJson } from "./json.ts";

/** What `fromage cache prune` prints. */
export interface PrunedCache {
  /** As it was before. */
  readonly contents: CacheContents;
  readonly outcome: PruneOutcome;
  readonly isDryRun: boolean;
}

/** Each takes an s. */
const words: Readonly<Record<CacheItemKind, string>> = {
  layer: "layer",
  pack: "ELF pack",
  blob: "blob",
  document: "document",
  name: "name",
  address: "address",
  file: "file",
  package: "package",
  compiled: "compiled version",
  old: "old part",
  newer: "newer part",
  draft: "draft",
  leftover: "leftover",
};

/** Things that are named one by one; all of them are in the JSON document. */
const maxListed = 40;

/** What went, used longest ago first, and what is left. Ends in a line end. */
export function renderPruned({ contents, outcome, isDryRun }: PrunedCache): string {
  const { removed, spared } = outcome;
  const verb = isDryRun ? "Would remove" : "Removed";
  const bytes = sizeOf(removed);
  const left = `${formatBytes(sizeOf(contents.items) - bytes)} ${isDryRun ? "would be left" : "left"}`;
  const what = removed.length === 0 ? "nothing" : `${sumWords(removed)}, ${formatBytes(bytes)}`;
  const more = removed.length - maxListed;
  const lines = [
    `${verb} ${what}; ${left}`,
    ...removed.slice(0, maxListed).map(itemLine),
    ...(more > 0 ? [`  and ${more} more (--json has all)`] : []),
    ...(spared.length > 0 ? [`Stays, used just now: ${sumWords(spared)}`] : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** `3 layers, 1 blob`, in the order in which the first of each kind comes. */
function sumWords(items: readonly CacheItem[]): string {
  const byKind = Map.groupBy(items, ({ kind }) => kind);
  return [...byKind].map(([kind, own]) => count(own.length, words[kind])).join(", ");
}

function itemLine({ kind, name, sizeBytes, usedAtMs }: CacheItem): string {
  const day = dayOf(timeOf(usedAtMs)).padEnd(10);
  return `  ${day}  ${formatBytes(sizeBytes).padStart(8)}  ${words[kind]} ${clean(name)}`;
}

/** The same as data, schema/cache@1.json. */
export function renderPrunedJson(
  { contents, outcome, isDryRun }: PrunedCache,
  tool: string,
): string {
  const { removed, spared, failures } = outcome;
  return writeJson({
    schema: "fromage/cache@1",
    tool,
    action: "prune",
    folder: contents.folder,
    isDryRun,
    removed: removed.map(itemData),
    removedBytes: sizeOf(removed),
    spared: spared.map(itemData),
    leftBytes: sizeOf(contents.items) - sizeOf(removed),
    failures: [...contents.failures, ...failures].map(orderFailure),
  });
}

function itemData({ kind, name, sizeBytes, usedAtMs }: CacheItem): object {
  return { kind, name, sizeBytes, lastUsed: timeOf(usedAtMs) };
}

function sizeOf(items: readonly CacheItem[]): number {
  return items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** What `fromage cache verify` prints. */
export interface VerifiedCache {
  readonly folder: string;
  readonly outcome: VerifyOutcome;
  /** Of listing, reading and removing. */
  readonly failures: readonly Failure[];
}

/** What is damaged, file by file. Ends in a line end. */
export function renderVerified({ outcome, failures }: VerifiedCache): string {
  const { checkedFiles, checkedBytes, damaged } = outcome;
  const removed = damaged.filter(({ isRemoved }) => isRemoved).length;
  const isSound = damaged.length === 0 && failures.length === 0;
  const found = [
    isSound ? "all sound" : `${damaged.length} damaged`,
    ...(removed > 0 ? [`${removed} removed`] : []),
    ...(failures.length > 0 ? [count(failures.length, "failure")] : []),
  ];
  const read = `${count(checkedFiles, "file")}, ${formatBytes(checkedBytes)}`;
  const isLeft = damaged.length > 0 && removed === 0;
  const lines = [
    `Checked ${read}: ${found.join(", ")}`,
    ...damaged.map(({ path, reason }) => `  ${clean(path, maxPath)}: ${clean(reason)}`),
    ...(isLeft ? ["fromage cache verify --repair removes what is damaged"] : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** A digest of 512 bits and what is around it. Characters. */
const maxPath = 400;

/** The same as data, schema/cache@1.json. */
export function renderVerifiedJson(
  { folder, outcome, failures }: VerifiedCache,
  tool: string,
): string {
  const { checkedFiles, checkedBytes, damaged } = outcome;
  return writeJson({
    schema: "fromage/cache@1",
    tool,
    action: "verify",
    folder,
    checkedFiles,
    checkedBytes,
    damaged: damaged.map(({ kind, path, reason, isRemoved }) => ({
      kind,
      path,
      reason,
      isRemoved,
    })),
    failures: failures.map(orderFailure),
  });
}
