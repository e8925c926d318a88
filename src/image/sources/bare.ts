import { statSync } from "node:fs";
import type { Compression } from "../../formats/compression.ts";
import { everyPlatform } from "../../model/platform.ts";
import type { Image, Layer, SourceKind } from "../image.ts";
import { emptyConfig, hostPlatform } from "./image-config.ts";
import type { LayoutRequest } from "./oci-layout.ts";

/** What a medium without config and manifest is asked for. */
export type BareRequest = Pick<LayoutRequest, "reference" | "options">;

/** A root filesystem, folder or file, taken for every platform that is asked for: the medium itself says none. */
export function bareImages(
  { reference, options }: BareRequest,
  source: SourceKind,
  layers: readonly Layer[],
): readonly Image[] {
  const isOpen = options.platforms.length === 0 || options.platforms === everyPlatform;
  const platforms = isOpen ? [hostPlatform()] : options.platforms;
  return platforms.map((platform) => ({
    reference,
    source,
    platform,
    manifestDigest: null,
    config: emptyConfig(platform),
    layers,
  }));
}

/** A root filesystem as a tar stream, compressed or not; it is read as it is. Throws the system's errors. */
export function tarballLayer(file: string, compression: Compression): Layer {
  return {
    kind: "blob",
    file,
    offsetBytes: 0,
    lengthBytes: statSync(file).size,
    compression,
    digest: null,
    diffId: null,
    mediaType: null,
  };
}
