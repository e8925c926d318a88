/** Where a need or finding was seen. `file` is a path in the app or image; `offsetBytes` counts from the file's start. */
export interface Evidence {
  readonly file: string;
  readonly offsetBytes?: number;
  /** 1-based. */
  readonly line?: number;
  /** What stands there, short: a soname, a shebang line, a symbol. */
  readonly seen: string;
}
