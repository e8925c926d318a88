/** The header of one package as a database holds it; shares memory with what it was read from. */
export interface HeaderBlob {
  readonly blob: Uint8Array;
  /** Where its entry begins in the file. */
  readonly offsetBytes: number;
}
