import { success, type Result } from "../model/failure.ts";
import type { BlobLayer } from "./image.ts";
import type { LayerContext, LayerReading } from "./layer-context.ts";
import { LayerPass } from "./layer-pass.ts";
import { Sections } from "./sections.ts";
import { streamBlob } from "./stream-blob.ts";

/** One pass over a tar stream in a file. See `readLayer`. */
export async function readBlob(
  layer: BlobLayer,
  context: LayerContext,
): Promise<Result<LayerReading>> {
  const sections = new Sections(context);
  const pass = new LayerPass(sections, context.where, context.budgets);
  const streamed = await streamBlob(layer, pass, context);
  if (!streamed.ok) return streamed;
  const facts = {
    diffId: streamed.value.diffId,
    compressedBytes: layer.compression === "none" ? null : layer.lengthBytes,
    uncompressedBytes: streamed.value.uncompressedBytes,
    entries: pass.entries,
    ...sections.toFacts(),
    failures: pass.failures,
  };
  return success({ facts, elfLines: sections.elfLines.toBytes() });
}
