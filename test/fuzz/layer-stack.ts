/** Lengths before each, so that a changed stack still has layers. */
export function packLayers(layers: readonly Uint8Array[]): Buffer {
  const parts = layers.map((layer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(layer.byteLength);
    return Buffer.concat([length, layer]);
  });
  return Buffer.concat(parts);
}

/** At most `most` of them; a length that lies ends the last one early. */
export function unpackLayers(input: Uint8Array, most = 8): readonly Buffer[] {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  const layers: Buffer[] = [];
  for (let at = 0; at + 4 <= bytes.byteLength && layers.length < most;) {
    const end = at + 4 + bytes.readUInt32BE(at);
    layers.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return layers;
}
