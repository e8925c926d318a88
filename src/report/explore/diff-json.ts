import type { ImageDiff } from "../../explore/diff/diff-views.ts";
import type { FileChange } from "../../explore/diff/file-changes.ts";
import type { WithOrigin } from "../../explore/view-origin.ts";
import type { FileEntry } from "../../image/layer-facts.ts";
import type { Failure } from "../../model/failure.ts";
import { orderFailure, writeJson } from "../json.ts";
import { capabilityWords, isoTime, octalMode } from "./file-words.ts";

/** One of the two images. */
export interface DiffedImage extends WithOrigin {
  readonly reference: string;
  /** Null for a root filesystem, which does not say for what it is. */
  readonly platform: string | null;
  readonly digest: string | null;
}

export interface DiffDocument {
  readonly tool: string;
  readonly before: DiffedImage;
  readonly after: DiffedImage;
  readonly isDifferent: boolean;
  readonly diff: ImageDiff;
  /** What was not read of them. */
  readonly failures: readonly Failure[];
}

/** Parts that were not asked for are null. Schema: schema/diff@1.json. */
export function renderDiffJson(document: DiffDocument): string {
  const { tool, before, after, isDifferent, diff, failures } = document;
  const { layers, config, packages, elf, files, undecided } = diff;
  return writeJson({
    schema: "fromage/diff@1",
    tool,
    before,
    after,
    isDifferent,
    layers,
    config,
    packages,
    elf,
    files: files?.map(changeData) ?? null,
    undecided,
    failures: failures.map(orderFailure),
  });
}

function changeData(change: FileChange): object {
  const { kind, path } = change;
  switch (change.kind) {
    case "added":
      return { kind, path, aspects: [], before: null, after: entryData(change.after) };
    case "removed":
      return { kind, path, aspects: [], before: entryData(change.before), after: null };
    case "changed": {
      const { aspects } = change;
      const [before, after] = [entryData(change.before), entryData(change.after)];
      return { kind, path, aspects, before, after };
    }
  }
}

function entryData(entry: FileEntry): object {
  return {
    type: entry.type,
    mode: octalMode(entry),
    uid: entry.uid,
    gid: entry.gid,
    sizeBytes: entry.type === "file" ? entry.sizeBytes : null,
    modified: isoTime(entry.modifiedSeconds),
    linkTarget: entry.type === "symlink" ? (entry.linkTarget ?? "") : null,
    device: entry.device ?? null,
    capability: capabilityWords(entry) || null,
  };
}
