import type { DebPackage } from "../../formats/dpkg/packages-index.ts";
import { packageNames } from "../../formats/dpkg/contents.ts";
import type { DebLookup } from "../../distros/dpkg/resolve/deb-lookup.ts";
import type { Table } from "../table/table.ts";
import type { IndexFile } from "./index-files.ts";
import { fileKey, libraryPrefix, mentionKey, nameKey, provideKey } from "./table-keys.ts";

/** One index of the system and what was compiled from it. */
export interface OpenedIndex {
  readonly file: IndexFile;
  readonly table: Table;
}

/** A file of some packages, as a Contents file lists it. */
export interface ListedFile {
  /** Absolute. */
  readonly path: string;
  readonly packages: readonly string[];
}

/** Numbers of one index are below this; those of the next one begin here. */
const perIndex = 2 ** 32;

/** All indexes of a system, in the order in which apt reads them. */
export class AptIndex implements DebLookup {
  readonly #architecture: string;
  readonly #packages: readonly OpenedIndex[];
  readonly #contents: readonly OpenedIndex[];
  readonly #named = new Map<string, readonly DebPackage[]>();

  constructor(
    architecture: string,
    packages: readonly OpenedIndex[],
    contents: readonly OpenedIndex[],
  ) {
    [this.#architecture, this.#packages, this.#contents] = [architecture, packages, contents];
  }

  /** One of each version: that of the index that apt reads first. */
  named(name: string): readonly DebPackage[] {
    const known = this.#named.get(name);
    if (known !== undefined) return known;
    const found = new Map<string, DebPackage>();
    for (const [at, { table, file }] of this.#packages.entries()) {
      for (const value of table.get(nameKey(name))) {
        const record = toRecord(value);
        if (!this.#isWanted(record) || found.has(record.version)) continue;
        found.set(record.version, {
          ...record,
          pin: pinOf(file),
          place: at * perIndex + record.place,
          mention: this.#mention(name, { at, own: record.mention }),
        });
      }
    }
    const all = [...found.values()];
    this.#named.set(name, all);
    return all;
  }

  providing(name: string): readonly DebPackage[] {
    const names = new Set<string>();
    for (const { table } of this.#packages) {
      for (const value of table.get(provideKey(name))) names.add(toText(value));
    }
    const isProvider = ({ relations }: DebPackage): boolean =>
      relations.provides?.split(",").some((one) => nameOf(one) === name) === true;
    return [...names].flatMap((one) => this.named(one).filter(isProvider));
  }

  /** The index that a record is from. */
  indexOf({ place }: DebPackage): IndexFile | null {
    return this.#packages[Math.floor(place / perIndex)]?.file ?? null;
  }

  /** Files of that name, wherever they lie, whose name is one of a library. */
  libraries(fileName: string): readonly ListedFile[] {
    const prefix = libraryPrefix(fileName);
    return this.#contents.flatMap(({ table }) =>
      [...table.startingWith(prefix)].map(({ key, value }) => ({
        path: `/${toText(key.subarray(prefix.length))}`,
        packages: packageNames(toText(value)),
      })),
    );
  }

  /** Packages that have a file at this absolute path, by any of them. */
  owners(path: string): readonly string[] {
    const key = fileKey(path.slice(1));
    const lines = this.#contents.flatMap(({ table }) => table.get(key));
    return [...new Set(lines.flatMap((line) => packageNames(toText(line))))];
  }

  close(): void {
    for (const { table } of [...this.#packages, ...this.#contents]) table.close();
  }

  #isWanted({ architecture }: DebPackage): boolean {
    return architecture === "all" || architecture === this.#architecture;
  }

  /** As one `MentionOrder` for all indexes would number it: where it is first met, and as which one there. */
  #mention(name: string, { at, own }: { readonly at: number; readonly own: number }): number {
    for (const [before, { table }] of this.#packages.slice(0, at).entries()) {
      const [value] = table.get(mentionKey(name));
      if (value !== undefined) return before * perIndex + Number(toText(value));
    }
    return at * perIndex + own;
  }
}

/** Source: apt_preferences(5), "APT's Default Priority Assignments". */
function pinOf({ suite }: IndexFile): number {
  const { isNotAutomatic, hasAutomaticUpgrades } = suite.release;
  if (!isNotAutomatic) return 500;
  return hasAutomaticUpgrades ? 100 : 1;
}

function nameOf(provided: string): string {
  return /^\s*([^\s:(]+)/.exec(provided)?.[1] ?? "";
}

function toText(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("utf8");
}

function toRecord(value: Uint8Array): DebPackage {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- it was written by `openPackages`, its sum was right
  return JSON.parse(toText(value)) as DebPackage;
}
