import type { Arbitrary } from "fast-check";

/** One group of parsers that read the same kind of input, and how inputs for it come about. */
export interface Family {
  readonly name: string;
  /** Inputs that know the structure; fed as they are, and changed. */
  readonly made: Arbitrary<Uint8Array>;
  /** The folder of real inputs, of `prepareSeeds`; the family's own name when absent. */
  readonly seedFolder?: string;
  /** Real inputs above this come once in 200, because each takes the time of many; all come alike when absent. */
  readonly usualBytes?: number;
  /** Sets right what would have every changed input refused at once: a checksum, a digest. */
  repair?(bytes: Buffer): Buffer;
  /**
   * Reads the input. The value is compared between two runs and its length as JSON is bounded. A FormatError is an answer
   * too; anything else that is thrown is a finding.
   */
  read(input: Uint8Array): unknown;
  /** How long the value may be as JSON; 64 KiB and 40 times the input when absent. */
  maxOutput?(inputBytes: number): number;
}
