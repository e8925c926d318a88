/**
 * The only thing a parser throws on purpose: the bytes are not the format they should be.
 * The caller, who knows the path, turns it into a `malformed` failure.
 * `offsetBytes` counts from the start of the parsed bytes; null when it is about the whole.
 */
export class FormatError extends SyntaxError {
  override readonly name = "FormatError";
  readonly format: string;
  readonly offsetBytes: number | null;

  constructor(format: string, reason: string, offsetBytes: number | null = null) {
    super(reason);
    this.format = format;
    this.offsetBytes = offsetBytes;
  }
}
