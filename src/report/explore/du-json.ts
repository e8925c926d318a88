import type { MeasuredLayer, UsageAnswer } from "../../explore/du/describe-usage.ts";
import type { FileGroup } from "../../explore/du/group-files.ts";
import type { WithOrigin } from "../../explore/view-origin.ts";
import type { InstalledPackage } from "../../image/layer-facts.ts";
import type { Failure } from "../../model/failure.ts";
import { orderFailure, writeJson } from "../json.ts";

/** What takes the space in one platform's image. */
export interface DuData extends WithOrigin {
  /** Null for a root filesystem, which does not say for what it is. */
  readonly platform: string | null;
  readonly answer: UsageAnswer;
  /** What was not read of it. */
  readonly failures: readonly Failure[];
}

export interface DuDocument {
  readonly tool: string;
  readonly reference: string;
  readonly images: readonly DuData[];
}

/** Schema: schema/du@1.json. */
export function renderDuJson({ tool, reference, images }: DuDocument): string {
  return writeJson({ schema: "fromage/du@1", tool, reference, images: images.map(imageData) });
}

function imageData({ platform, origin, answer, failures }: DuData): object {
  const { path, sizeBytes, files, entries, biggest, layers, packages } = answer;
  return {
    platform,
    ...(origin === undefined ? {} : { origin }),
    path,
    sizeBytes,
    files,
    entries:
      entries?.map((one) => ({
        path: one.path,
        type: one.type,
        sizeBytes: one.sizeBytes,
      })) ?? null,
    biggest:
      biggest?.map((file) => ({
        path: file.path,
        sizeBytes: file.sizeBytes,
        layerIndex: file.node.layerIndex,
      })) ?? null,
    layers: layers?.map(layerData) ?? null,
    packages: packages?.map(packageData) ?? null,
    extensions:
      answer.extensions?.map((group) => ({
        extension: group.key,
        sizeBytes: group.sizeBytes,
        files: group.files,
      })) ?? null,
    waste: answer.waste,
    duplicates: answer.duplicates,
    failures: [...failures, ...answer.problems].map(orderFailure),
  };
}

function layerData(layer: MeasuredLayer): object {
  const { layerIndex, diffId, storedBytes, sizeBytes, files, seenBytes, wastedBytes } = layer;
  const { command } = layer;
  return {
    layerIndex,
    diffId,
    storedBytes,
    sizeBytes,
    files,
    seenBytes,
    wastedBytes,
    command,
  };
}

/** Null is what no package owns. */
function packageData({ key, sizeBytes, files }: FileGroup<InstalledPackage | null>): object {
  const { name = null, version = null, architecture = null } = key ?? {};
  return { name, version, architecture, sizeBytes, files };
}
