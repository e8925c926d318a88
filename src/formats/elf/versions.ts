import { OverLimitError } from "../over-limit-error.ts";
import { type Dynamic, Tag } from "./dynamic.ts";
import type { ElfFacts, VersionNeed } from "./facts.ts";
import { type ElfReader, Words } from "./reader.ts";
import { type ElfHeader, offsetOf } from "./segments.ts";

/** The version names of a file, and what each index of DT_VERSYM means in it. */
export interface Versions {
  readonly needs: readonly VersionNeed[];
  readonly definitions: ElfFacts["versionDefinitions"];
  /** By versym & 0x7fff; `file` is set for a version that is needed from another file. */
  readonly byIndex: ReadonlyMap<number, { readonly name: string; readonly file: string | null }>;
}

/** Reads DT_VERNEED and DT_VERDEF. Source: LSB core, symbol versioning (Elfxx_Verneed, Elfxx_Verdef). */
export function readVersions(elf: ElfReader, header: ElfHeader, dynamic: Dynamic): Versions {
  const byIndex = new Map<number, { name: string; file: string | null }>();
  const budget = { left: elf.limits.elfVersionRecords };
  const needs: VersionNeed[] = [];
  for (const { words } of records(elf, header, {
    dynamic,
    tag: Tag.versionNeeds,
    nextAt: 12,
    sizeBytes: 16,
    budget,
  })) {
    const file = dynamic.text(words.u32(4), "a version need's file");
    const versions: { name: string; weak: boolean }[] = [];
    const chain = { elf, count: words.u16(2), nextAt: 12, sizeBytes: 16, budget };
    for (const entry of follow(chain, words.start + words.u32(8))) {
      const name = dynamic.text(entry.u32(8), "a needed version");
      versions.push({ name, weak: (entry.u16(4) & 2) !== 0 });
      byIndex.set(entry.u16(6) & 0x7fff, { name, file });
    }
    needs.push({ file, versions });
  }
  const definitions: { name: string; index: number; isBase: boolean }[] = [];
  const place = { dynamic, tag: Tag.versionDefinitions, nextAt: 16, sizeBytes: 20, budget };
  for (const { words } of records(elf, header, place)) {
    const chain = { elf, count: 1, nextAt: 4, sizeBytes: 8, budget };
    const [entry] = follow(chain, words.start + words.u32(12));
    if (entry === undefined) continue;
    const name = dynamic.text(entry.u32(0), "a defined version");
    const index = words.u16(4) & 0x7fff;
    const isBase = (words.u16(2) & 1) !== 0;
    definitions.push({ name, index, isBase });
    if (!isBase) byIndex.set(index, { name, file: null });
  }
  return { needs, definitions, byIndex };
}

class VersionRecord extends Words {
  readonly start: number;

  constructor(elf: ElfReader, start: number, sizeBytes: number) {
    super(elf.bytes(start, sizeBytes, "a version record"), elf);
    this.start = start;
  }
}

interface Place {
  readonly dynamic: Dynamic;
  readonly tag: number;
  readonly nextAt: number;
  readonly sizeBytes: number;
  readonly budget: Budget;
}

/** How many records may still be read, of all chains of a file. */
interface Budget {
  left: number;
}

function* records(
  elf: ElfReader,
  { segments }: ElfHeader,
  place: Place,
): Generator<{ words: VersionRecord }> {
  const address = place.dynamic.values.get(place.tag);
  if (address === undefined) return;
  // The count stands in the tag after the table's: DT_VERDEFNUM, DT_VERNEEDNUM.
  const count = place.dynamic.values.get(place.tag + 1) ?? 0;
  const start = offsetOf(segments, address, "a version table");
  for (const words of follow(
    { elf, count, nextAt: place.nextAt, sizeBytes: place.sizeBytes, budget: place.budget },
    start,
  )) {
    yield { words };
  }
}

interface Chain {
  readonly elf: ElfReader;
  readonly count: number;
  readonly nextAt: number;
  readonly sizeBytes: number;
  readonly budget: Budget;
}

function* follow(
  { elf, count, nextAt, sizeBytes, budget }: Chain,
  start: number,
): Generator<VersionRecord> {
  let at = start;
  for (let index = 0; index < count; index++) {
    budget.left -= 1;
    if (budget.left < 0) throw tooMany(elf.limits.elfVersionRecords);
    const record = new VersionRecord(elf, at, sizeBytes);
    yield record;
    const next = record.u32(nextAt);
    if (next === 0) return;
    at += next;
  }
}

function tooMany(limit: number): OverLimitError {
  const usedUp = { budget: "version records", limit, unit: "entries" } as const;
  return new OverLimitError("elf", usedUp, "too many version records");
}
