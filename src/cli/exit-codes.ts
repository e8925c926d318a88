/** What the process ends with. `no` wins over `partial`. */
export const exitCodes = {
  /** A choice stands, nothing is wrong. */
  yes: 0,
  /** The answer is no. */
  no: 1,
  /** Bad usage. */
  usage: 2,
  /** Could not finish. */
  notFinished: 3,
  /** Finished, but a part was not read that could change the answer. */
  partial: 4,
  /** Ctrl-C. */
  interrupted: 130,
} as const;
