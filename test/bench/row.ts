/** One budget and what it came to. */
export interface Row {
  readonly what: string;
  readonly figure: string;
  readonly budget: string;
  readonly isKept: boolean;
}
