/** Bytes that can be read at any place without having all of them in memory. */
export interface RandomAccess {
  readonly sizeBytes: number;
  /**
   * The bytes at [offset, offset + length). Fewer come back only at the end of the file; none beyond it.
   * The result may share memory with the source: it is valid as long as the source is, and is not to be changed.
   * `scratch` is memory of at least that length which may be used for it: who goes through a big file piece by piece
   * gives the same again.
   */
  read(offsetBytes: number, lengthBytes: number, scratch?: Uint8Array): Uint8Array;
}

/** A view of bytes that are in memory already. */
export function fromBytes(bytes: Uint8Array): RandomAccess {
  return {
    sizeBytes: bytes.byteLength,
    read: (offset, length) =>
      bytes.subarray(
        Math.min(offset, bytes.byteLength),
        Math.min(offset + length, bytes.byteLength),
      ),
  };
}
