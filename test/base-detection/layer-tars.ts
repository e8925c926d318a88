import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Image } from "../../src/image/image.ts";

/** The tar streams of an image in files, bottom first. */
export function layerTars({ layers }: Image): readonly Buffer[] {
  return layers.map((layer) => {
    if (layer.kind !== "blob") throw new TypeError("the layer is in no file");
    const { file, offsetBytes, lengthBytes, compression } = layer;
    const bytes = readFileSync(file).subarray(offsetBytes, offsetBytes + lengthBytes);
    return compression === "gzip" ? gunzipSync(bytes) : bytes;
  });
}

/** One layer with the entries of all, as squashing leaves it: of a path that comes twice the later one counts. */
export function squash(tars: readonly Buffer[]): Buffer {
  const end = Buffer.alloc(1024);
  return Buffer.concat([...tars.map(withoutEnd), end]);
}

/** Without the blocks of zeros at the end. Source: POSIX pax, "ustar Interchange Format". */
function withoutEnd(tar: Buffer): Buffer {
  let end = tar.byteLength;
  while (end >= 512 && tar.subarray(end - 512, end).every((byte) => byte === 0)) end -= 512;
  return tar.subarray(0, end);
}
