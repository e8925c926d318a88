import { FormatError } from "../format-error.ts";
import type { ProblemLog, RecordProblem } from "../record-problem.ts";
import { XmlReader, type XmlHandler } from "./xml-reader.ts";

/** Gathers the records of one document while it comes. */
export interface RecordHandler<Item> extends XmlHandler {
  /** Whole since it was last asked for. */
  take(): readonly Item[];
  /** What a record lacks that was left out. */
  readonly problems: ProblemLog;
}

/**
 * The records of a document that comes piece by piece, each as soon as it is whole. `onProblems` is told at the end which
 * ones were left out. Throws FormatError where the document itself is broken; the records before it stand.
 */
export async function* readRecords<Item>(
  format: string,
  chunks: AsyncIterable<Uint8Array>,
  handling: {
    readonly handler: RecordHandler<Item>;
    readonly onProblems: (problems: readonly RecordProblem[]) => void;
  },
): AsyncGenerator<Item, void, void> {
  const { handler, onProblems } = handling;
  const reader = new XmlReader(format, handler);
  for await (const chunk of chunks) {
    const broken = tryPush(reader, chunk);
    yield* handler.take();
    if (broken !== null) throw broken;
  }
  reader.end();
  yield* handler.take();
  onProblems(handler.problems.toArray());
}

function tryPush(reader: XmlReader, chunk: Uint8Array): FormatError | null {
  try {
    reader.push(chunk);
    return null;
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
}

/** A number of an index, in digits; null where it is none. */
export function parseCount(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** Characters of one text of an index that are kept: a path, a name, a checksum. */
const maxTextChars = 8192;

/** Gathers the pieces of one text. */
export class TextGatherer {
  readonly #format: string;
  #text: string | null = null;

  constructor(format: string) {
    this.#format = format;
  }

  start(): void {
    this.#text = "";
  }

  add(piece: string): void {
    if (this.#text === null) return;
    if (this.#text.length + piece.length > maxTextChars) {
      throw new FormatError(this.#format, `A text of more than ${maxTextChars} characters`);
    }
    this.#text += piece;
  }

  /** What came since `start`, null when that was not called. */
  take(): string | null {
    const text = this.#text;
    this.#text = null;
    return text;
  }
}
