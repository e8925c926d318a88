import type { Digest } from "../model/digest.ts";
import type { Failure } from "../model/failure.ts";
import type { DeviceNumber, FileEntry, LayerFacts } from "./layer-facts.ts";
import { sectionNames, type SectionName } from "./readers/section-names.ts";

/**
 * Goes up when the text below is written in another way. Part of the cache's folder name and of the catalogue.
 */
export const recordRevision = 2;

/** What is known of a layer apart from its sections. */
export type LayerCore = Omit<LayerFacts, SectionName>;

/**
 * One entry: path, type, mode, uid, gid, size, modified or -1, link target or 0, capability or 0, device `major:minor` or 0; zeros at
 * the end are left out.
 */
type Row = readonly (string | number)[];

const typeCodes = "fdlhcbpwo";
const types = [
  "file",
  "directory",
  "symlink",
  "hardlink",
  "character",
  "block",
  "fifo",
  "whiteout",
  "opaque",
] as const satisfies readonly FileEntry["type"][];

function toRow(entry: FileEntry): Row {
  const row = [
    entry.path,
    typeCodes[types.indexOf(entry.type)] ?? "f",
    entry.mode,
    entry.uid,
    entry.gid,
    entry.sizeBytes,
    entry.modifiedSeconds ?? -1,
    entry.linkTarget ?? 0,
    entry.capability ?? 0,
    entry.device === undefined ? 0 : `${entry.device.major}:${entry.device.minor}`,
  ];
  while (row.at(-1) === 0) row.pop();
  return row;
}

function fromRow(row: Row): FileEntry {
  const [path, code, mode, uid, gid, sizeBytes, modified, linkTarget, capability, device] = row;
  return {
    path: String(path),
    type: types[typeCodes.indexOf(String(code))] ?? "file",
    mode: Number(mode ?? 0),
    uid: Number(uid ?? 0),
    gid: Number(gid ?? 0),
    sizeBytes: Number(sizeBytes ?? 0),
    ...(modified === -1 ? {} : { modifiedSeconds: Number(modified ?? 0) }),
    ...(typeof linkTarget === "string" ? { linkTarget } : {}),
    ...(typeof capability === "string" ? { capability } : {}),
    ...(typeof device === "string" ? { device: toDevice(device) } : {}),
  };
}

function toDevice(text: string): DeviceNumber {
  const [major = 0, minor = 0] = text.split(":").map(Number);
  return { major, minor };
}

interface CoreRecord {
  readonly diffId: Digest | null;
  readonly compressedBytes: number | null;
  readonly uncompressedBytes: number;
  readonly failures: readonly Failure[];
  readonly rows: readonly Row[];
}

/** The core as a value for JSON, about a third as long as the objects themselves. */
export function toCoreRecord({ entries, ...core }: LayerCore): CoreRecord {
  const { diffId, compressedBytes, uncompressedBytes, failures } = core;
  return { diffId, compressedBytes, uncompressedBytes, failures, rows: entries.map(toRow) };
}

export function fromCoreRecord({ rows, ...core }: CoreRecord): LayerCore {
  return { ...core, entries: rows.map(fromRow) };
}

/**
 * All of a layer but its whole ELF facts as one line of JSON: the record of the shipped catalogue. ELF facts go
 * beside it as `ElfLines`.
 */
export function serialiseLayerFacts(facts: LayerFacts): string {
  const sections = Object.fromEntries(sectionNames.map((name) => [name, facts[name]]));
  return JSON.stringify({ record: recordRevision, core: toCoreRecord(facts), ...sections });
}

/**
 * Reads what `serialiseLayerFacts` wrote. Throws SyntaxError for anything that is no such record of this revision;
 * its inside is trusted: who reads a file checks its sum first.
 */
export function parseLayerFacts(text: string): LayerFacts {
  const parsed: SerialisedFacts = JSON.parse(text);
  if (parsed?.record !== recordRevision || !Array.isArray(parsed.core?.rows)) {
    throw new SyntaxError(`Cannot read layer facts: no record of revision ${recordRevision}`);
  }
  const { record: _, core, ...sections } = parsed;
  return { ...fromCoreRecord(core), ...sections };
}

type SerialisedFacts = { readonly record: number; readonly core: CoreRecord } & Pick<
  LayerFacts,
  SectionName
>;
