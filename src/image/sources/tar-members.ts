import { closeSync, fstatSync, openSync } from "node:fs";
import type { TarEntry } from "../../formats/tar/member.ts";
import { blockBytes } from "../../formats/tar/block.ts";
import { TarReader } from "../../formats/tar/tar-reader.ts";
import { defaultBudgets, type Budgets } from "../../model/budgets.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import { fromDescriptor } from "../file-window.ts";
import { systemFailure } from "../system-failure.ts";

/** One file of an archive, as a range of the archive's own bytes. */
export interface TarRange {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** What an archive holds, by absolute, normalised name. Nothing of it is unpacked, no name is ever used to write. */
export interface TarMembers {
  /** The archive's path. */
  readonly file: string;
  /** Of the regular file behind a name, links followed; null when there is none. */
  find(name: string): TarRange | null;
  /** Every name, in the order of the archive; a name that comes twice counts as its later entry. */
  readonly entries: ReadonlyMap<string, TarEntry>;
}

const maxLinks = 40;

export interface ListOptions {
  /** The archive by the name its user gave it, for failures: it may have been uncompressed into another file. */
  readonly where: string;
  /** Ends the listing early. */
  readonly isEnough?: (entries: ReadonlyMap<string, TarEntry>) => boolean;
  readonly budgets?: Budgets;
}

/**
 * Lists an uncompressed archive by its headers alone: contents are passed over, so that it costs the same for a small
 * and a large one. `isEnough` may end it early. A broken archive is `malformed`, with its offset.
 */
export function listTar(file: string, options: ListOptions): Result<TarMembers> {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(file, "r");
    return readMembers(file, descriptor, options);
  } catch (error) {
    return failed(systemFailure(error, options.where, null));
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

function readMembers(
  file: string,
  descriptor: number,
  { where, isEnough = () => false, budgets = defaultBudgets }: ListOptions,
): Result<TarMembers> {
  const content = fromDescriptor(descriptor, fstatSync(descriptor).size);
  const entries = new Map<string, TarEntry>();
  const ranges = new Map<string, TarRange>();
  let last: TarEntry | null = null;
  let failure: Failure | null = null;
  const fail = (needed: number): void => {
    failure ??= cutOff(where, needed, content.sizeBytes);
  };
  const reader = new TarReader({
    where,
    maxEntries: budgets.members,
    budgets,
    handler: {
      entry(entry) {
        // Another entry of the same name takes its place in the order too.
        entries.delete(entry.path);
        ranges.delete(entry.path);
        entries.set(entry.path, entry);
        last = entry;
        return false;
      },
      content: () => false,
      endOfFile: () => undefined,
      // What is wrong with one entry is said where that entry is needed.
      problem: (problem) => {
        if (problem.what === where) failure ??= problem;
      },
    },
  });
  /** The range of the entry whose header ends there. */
  const settle = (at: number, storedBytes: number): void => {
    // A sparse member has fewer bytes than its content: it is no range.
    const isPlain = last !== null && paddedBytes(last.sizeBytes) === storedBytes;
    if (last?.type === "file" && isPlain) {
      const { path, sizeBytes: lengthBytes } = last;
      ranges.set(path, { offsetBytes: at, lengthBytes });
      // The padding of the last entry may be left out, as Go allows.
      if (at + lengthBytes > content.sizeBytes) fail(at + lengthBytes);
    }
    last = null;
  };
  let at = 0;
  while (!reader.isDone && at < content.sizeBytes && !isEnough(entries)) {
    const block = content.read(at, blockBytes);
    reader.push(block);
    at += block.byteLength;
    const skipped = reader.skippableBytes;
    if (last !== null) settle(at, skipped);
    reader.skip();
    at += skipped;
  }
  if (at >= content.sizeBytes + blockBytes) fail(at);
  if (!isEnough(entries)) reader.end();
  if (failure !== null) return failed(failure);
  return success({ file, entries, find: (name) => follow(entries, ranges, name) });
}

const paddedBytes = (sizeBytes: number): number => Math.ceil(sizeBytes / blockBytes) * blockBytes;

function cutOff(what: string, needed: number, sizeBytes: number): Failure {
  const reason = `the archive ends after ${sizeBytes} bytes, its last member needs ${needed}`;
  return { kind: "malformed", what, where: null, format: "tar", reason, offsetBytes: sizeBytes };
}

/** `docker save` of old has symbolic links between layers. Links lead to other members only. */
function follow(
  entries: ReadonlyMap<string, TarEntry>,
  ranges: ReadonlyMap<string, TarRange>,
  name: string,
): TarRange | null {
  let path: string | null = name;
  for (let links = 0; path !== null && links <= maxLinks; links++) {
    const range = ranges.get(path);
    if (range !== undefined) return range;
    const entry: TarEntry | undefined = entries.get(path);
    const target = entry?.linkTarget;
    if (target === undefined) return null;
    path = entry?.type === "hardlink" ? target : joinLink(path, target);
  }
  return null;
}

/** Null when it leads out of the archive. */
function joinLink(path: string, target: string): string | null {
  const parts = target.startsWith("/") ? [] : path.split("/").slice(1, -1);
  for (const part of target.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return `/${parts.join("/")}`;
}
