import { isFailure } from "../../image/cache/layer-shapes.ts";
import type { Failure } from "../../model/failure.ts";
import type { Table } from "../table/table.ts";
import { keyOf, placeBytes, readPlace, type IndexKind } from "./index-keys.ts";
import { unpackPackage, type PackedPackage } from "./packed-package.ts";

/** What is kept of places by a name. */
export type PlaceKind = Extract<IndexKind, "name" | "provides" | "obsoletes" | "file">;

/** The packages of one repository, looked up in its table. Places count from 0 in the order of primary.xml. */
export class YumTable {
  readonly packageCount: number;
  /** What was left out of it. */
  readonly problems: readonly Failure[];
  /** Streams that count where nobody chose others, `module:stream`; null where it has no modules. */
  readonly defaultStreams: readonly string[] | null;
  readonly #table: Table;

  private constructor(
    table: Table,
    about: Pick<YumTable, "packageCount" | "problems" | "defaultStreams">,
  ) {
    this.#table = table;
    this.packageCount = about.packageCount;
    this.problems = about.problems;
    this.defaultStreams = about.defaultStreams;
  }

  /** Null for a table of something else. Throws as `Table.get` does. */
  static open(table: Table): YumTable | null {
    const [about] = table.get(keyOf("about", ""));
    const value: unknown = about === undefined ? null : JSON.parse(Buffer.from(about).toString());
    if (typeof value !== "object" || value === null) return null;
    const fields = new Map<string, unknown>(Object.entries(value));
    const [packages, problems] = [fields.get("packages"), fields.get("problems")];
    if (typeof packages !== "number" || !Array.isArray(problems)) return null;
    const defaults = fields.get("defaults");
    return new YumTable(table, {
      packageCount: packages,
      problems: problems.filter(isFailure),
      defaultStreams: Array.isArray(defaults) ? defaults.map((pair) => toStream(pair)) : null,
    });
  }

  /** `module:stream` of the package at this place, null for one of no module. */
  streamAt(place: number): string | null {
    const [bytes] = this.#table.get(keyOf("stream", placeBytes(place)));
    return bytes === undefined ? null : Buffer.from(bytes).toString();
  }

  /** The streams that have packages of this name. */
  streamsOf(name: string): readonly string[] {
    return this.#table
      .get(keyOf("stream-name", name))
      .map((bytes) => Buffer.from(bytes).toString());
  }

  /** Places of the packages that have this name, provide it …, ascending. */
  places(kind: PlaceKind, name: string): readonly number[] {
    const places = this.#table.get(keyOf(kind, name)).map(readPlace);
    return places.filter((place) => place !== null).sort((a, b) => a - b);
  }

  /** Null where the table has none at this place. */
  at(place: number): PackedPackage | null {
    const [bytes] = this.#table.get(keyOf("package", placeBytes(place)));
    return bytes === undefined ? null : unpackPackage(bytes);
  }

  close(): void {
    this.#table.close();
  }
}

function toStream(pair: unknown): string {
  return Array.isArray(pair) ? pair.map(String).join(":") : "";
}
