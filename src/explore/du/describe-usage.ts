import { installedPackages } from "../../distros/installed-packages.ts";
import { indexOwnership } from "../../distros/ownership.ts";
import type { InstalledPackage } from "../../image/layer-facts.ts";
import type { Failure } from "../../model/failure.ts";
import type { FoundPath } from "../find-path.ts";
import { traceHistory } from "../history/history.ts";
import type { View } from "../open-view.ts";
import { findDuplicates, type Duplicate } from "./duplicates.ts";
import { extensionOf, groupFiles, ownerOfFile, type FileGroup } from "./group-files.ts";
import { biggest, measureUsage, type UsageEntry, type UsedFile } from "./usage.ts";
import { findWaste, type LayerUse, type Waste, type WastedFile } from "./waste.ts";

export const usageKinds = ["directory", "layer", "package", "extension"] as const;
/** By what sizes are put together. */
export type UsageKind = (typeof usageKinds)[number];

/** What is asked about the space of an image. */
export interface UsageQuestion {
  readonly by: ReadonlySet<UsageKind>;
  /** Levels of directories below the start; null: all. */
  readonly maxDepth: number | null;
  /** Whether files are listed among the directories. */
  readonly hasFiles: boolean;
  /** How many of the biggest files; null: none. */
  readonly top: number | null;
  readonly hasWaste: boolean;
  readonly hasDuplicates: boolean;
}

/** A layer with its size as it is stored and the command that made it. */
export interface MeasuredLayer extends LayerUse {
  readonly diffId: string | null;
  /** Null where it is not stored as a layer. */
  readonly storedBytes: number | null;
  /** As a line of a Dockerfile; null where it is not known. */
  readonly command: string | null;
}

/** What takes the space below one path. Null: it was not asked for. */
export interface UsageAnswer {
  /** Real path. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly files: number;
  /** In the order of `du`. */
  readonly entries: readonly UsageEntry[] | null;
  readonly biggest: readonly UsedFile[] | null;
  /** Bottom first; there for `waste` too. */
  readonly layers: readonly MeasuredLayer[] | null;
  /** Biggest first; the key null is what no package owns. */
  readonly packages: readonly FileGroup<InstalledPackage | null>[] | null;
  readonly extensions: readonly FileGroup<string>[] | null;
  readonly waste: readonly WastedFile[] | null;
  readonly duplicates: readonly Duplicate[] | null;
  /** What of the package databases could not be told. */
  readonly problems: readonly Failure[];
}

/**
 * Answers a question about the space below a path. For packages the view must have the sections `packages` and `texts`,
 * for duplicates `elf`. Pure.
 */
export function describeUsage(view: View, start: FoundPath, question: UsageQuestion): UsageAnswer {
  const { rootfs } = view;
  const { by, top, hasWaste } = question;
  const { entries, files, sizeBytes } = measureUsage(rootfs, start, (entry) =>
    isAsked(entry, question),
  );
  const waste = hasWaste || by.has("layer") ? findWaste(view.layers, rootfs, start.path) : null;
  const packages = by.has("package") ? installedPackages(rootfs) : null;
  const ownership = packages === null ? null : indexOwnership(rootfs, packages);
  return {
    path: start.path,
    sizeBytes,
    files: files.length,
    entries: by.has("directory") ? entries : null,
    biggest: top === null ? null : biggest(files, top),
    layers: waste === null ? null : measureLayers(view, waste),
    packages: ownership === null ? null : groupFiles(files, (file) => ownerOfFile(file, ownership)),
    extensions: by.has("extension") ? groupFiles(files, ({ path }) => extensionOf(path)) : null,
    waste: hasWaste ? (waste?.files ?? null) : null,
    duplicates: question.hasDuplicates ? findDuplicates(files, rootfs) : null,
    // One that could not be read at all is the view's already.
    problems: (packages?.problems ?? []).filter((one) => !view.failures.includes(one)),
  };
}

/** As du does, what was asked for is shown whatever it is. */
function isAsked(
  { type, depth }: Pick<UsageEntry, "type" | "depth">,
  { by, maxDepth, hasFiles }: UsageQuestion,
): boolean {
  if (!by.has("directory")) return false;
  return depth === 0 || ((hasFiles || type === "directory") && depth <= (maxDepth ?? Infinity));
}

function measureLayers(view: View, { layers }: Waste): readonly MeasuredLayer[] {
  const { lines } = traceHistory(view, 0);
  return layers.map((use) => {
    const line = lines.find(({ layer }) => layer?.index === use.layerIndex);
    const { diffId = null, storedBytes = null } = line?.layer ?? {};
    return { ...use, diffId, storedBytes, command: line?.command ?? null };
  });
}
