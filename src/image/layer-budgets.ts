/** What one layer may cost. A budget that is used up is an `over-limit` failure; what was read so far is kept. */
export interface LayerBudgets {
  /** Entries of the archive, or files and folders of a directory. This many come to 0.5 GB of memory. */
  readonly entries: number;
  /** Bytes of the uncompressed stream, with the holes of sparse files that were looked into. */
  readonly inflatedBytes: number;
  /** Uncompressed to compressed; judged only above `ratioFloorBytes` uncompressed bytes. Zeros under gzip come to 1030. */
  readonly ratio: number;
  readonly ratioFloorBytes: number;
  /** Size of one file that has to be put into a temporary file to be looked into. */
  readonly spoolBytes: number;
  /** Failures that are listed one by one. */
  readonly failures: number;
}

export const layerBudgets: LayerBudgets = {
  entries: 500_000,
  inflatedBytes: 64 * 1024 ** 3,
  ratio: 250,
  ratioFloorBytes: 1024 ** 3,
  spoolBytes: 4 * 1024 ** 3,
  failures: 1000,
};
