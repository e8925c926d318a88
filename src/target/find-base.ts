import type { Image } from "../image/image.ts";
import { mergeLayers } from "../image/merge.ts";
import type { TargetSummary } from "../model/answer.ts";
import { success, type Failure, type Result } from "../model/failure.ts";
import { formatPlatform } from "../model/platform.ts";
import type { OpenTargetOptions } from "./open-target.ts";
import type { ReadImage } from "./read-image.ts";
import type { KnownBase } from "./split-image.ts";

export interface FoundBase {
  /** What the image is split by; null where it is all app and packages. */
  readonly base: KnownBase | null;
  /** What the answer tells of it. */
  readonly said: Pick<TargetSummary, "base" | "baseDetection">;
  /** What could not be read of the evidence. */
  readonly failures: readonly Failure[];
}

/** Of what is no image. */
export const noBase: FoundBase = { base: null, said: { base: null }, failures: [] };

/** What an image stands on: as the user says it, else as it is detected. */
export async function findBase(
  image: Image,
  read: ReadImage,
  options: Pick<OpenTargetOptions, "catalogue" | "baseIs" | "finalStage">,
): Promise<Result<FoundBase>> {
  if (options.baseIs !== null) return findNamed(image, read, options.baseIs);
  const { rootfs, diffIds } = read;
  const { catalogue, finalStage = null } = options;
  // Files and folders need none of it.
  const { detectBase } = await import("./base/detect-base.ts");
  const { detection, known, failures } = await detectBase({
    image,
    rootfs,
    diffIds,
    catalogue,
    finalStage,
  });
  const { chosen } = detection;
  const said =
    chosen === null || chosen.id === null
      ? null
      : ({
          id: chosen.id,
          how: chosen.evidence[0]?.kind === "layers" ? "diffIds" : "evidence",
          confidence: chosen.confidence,
          evidence: chosen.evidence,
        } as const);
  return success({ base: known, said: { base: said, baseDetection: detection }, failures });
}

async function findNamed(
  image: Image,
  { diffIds }: ReadImage,
  baseIs: NonNullable<OpenTargetOptions["baseIs"]>,
): Promise<Result<FoundBase>> {
  const named = await baseIs(formatPlatform(image.platform));
  if (!named.ok) return named;
  const { config, info } = named.value;
  const own = config.diffIds;
  const isBelow = own.length > 0 && own.every((diffId, index) => diffIds[index] === diffId);
  const rootfs = mergeLayers(named.value.layers, named.value.elf);
  const base = { rootfs, layers: isBelow ? own.length : null };
  return success({ base, said: { base: { id: info.id, how: "base-is" } }, failures: [] });
}
