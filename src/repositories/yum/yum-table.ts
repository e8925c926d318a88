import { isFailure } from "../../image/cache/layer-shapes.ts";
import type { Failure } from "../../model/failure.ts";
import type { Table } from "../table/table.ts";
import { keyOf, placeBytes, readPlace, type IndexKind } from "./index-keys.ts";
import { unpackPackage, type PackedPackage } from "./packed-package.ts";

/** The packages of one repository, looked up in its table. Places count from 0 in the order of primary.xml. */
export class YumTable {
  readonly packageCount: number;
  /** What was left out of it. */
  readonly problems: readonly Failure[];
  readonly #table: Table;

  private constructor(table: Table, packageCount: number, problems: readonly Failure[]) {
    [this.#table, this.packageCount, this.problems] = [table, packageCount, problems];
  }

  /** Null for a table of something else. Throws as `Table.get` does. */
  static open(table: Table): YumTable | null {
    const [about] = table.get(keyOf("about", ""));
    const value: unknown = about === undefined ? null : JSON.parse(Buffer.from(about).toString());
    if (typeof value !== "object" || value === null) return null;
    const fields = new Map<string, unknown>(Object.entries(value));
    const [packages, problems] = [fields.get("packages"), fields.get("problems")];
    if (typeof packages !== "number" || !Array.isArray(problems)) return null;
    return new YumTable(table, packages, problems.filter(isFailure));
  }

  /** Places of the packages that have this name, provide it …, ascending. */
  places(kind: Exclude<IndexKind, "package" | "about">, name: string): readonly number[] {
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
