import type { AccountNames } from "../../explore/account-names.ts";
import { shownBytes, type ListedFile } from "../../explore/listing.ts";
import type { LayerFacts } from "../../image/layer-facts.ts";
import { capabilityWords, isoTime, octalMode } from "./file-words.ts";

/** Where a file came from. */
export interface LayerData {
  /** 0 is the bottom. */
  readonly index: number;
  readonly diffId: string | null;
}

/** One file of an image in a JSON document; see schema/ls@1.json. */
export interface FileData {
  readonly path: string;
  readonly type: string;
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly user: string | null;
  readonly group: string | null;
  readonly sizeBytes: number | null;
  readonly modified: string | null;
  readonly linkTarget: string | null;
  readonly device: { readonly major: number; readonly minor: number } | null;
  readonly capability: string | null;
  readonly layer: LayerData;
}

/** The size of a directory depends on the disk that it is put on: it has none here. */
export function fileData(
  { path, node }: Pick<ListedFile, "path" | "node">,
  accounts: AccountNames,
  layers: readonly Pick<LayerFacts, "diffId">[],
): FileData {
  const { entry, layerIndex } = node;
  const { type, uid, gid } = entry;
  return {
    path,
    type,
    mode: octalMode(entry),
    uid,
    gid,
    user: accounts.user(uid),
    group: accounts.group(gid),
    sizeBytes: type === "directory" ? null : shownBytes(node),
    modified: isoTime(entry.modifiedSeconds),
    linkTarget: entry.linkTarget ?? null,
    device: entry.device ?? null,
    capability: capabilityWords(entry) || null,
    layer: { index: layerIndex, diffId: layers[layerIndex]?.diffId ?? null },
  };
}
