import type { AccountNames } from "../../explore/account-names.ts";
import type { LinkCounts } from "../../explore/link-counts.ts";
import type { ListedFile } from "../../explore/listing.ts";
import type { FileEntry, LayerFacts } from "../../image/layer-facts.ts";
import { layerWords } from "./layer-words.ts";
import {
  capabilityWords,
  linkWords,
  modeWords,
  ownerWords,
  sizeWords,
  timeWords,
} from "./file-words.ts";
import { paintName } from "./name-colors.ts";
import { nameWords } from "./name-words.ts";

export interface LongOptions {
  readonly isTerminal: boolean;
  /** Names by what they name, on a terminal only. */
  readonly isColored: boolean;
  /** `12K` in place of bytes. */
  readonly isHuman: boolean;
  /** Null: numbers. */
  readonly accounts: AccountNames | null;
  readonly links: LinkCounts;
  /** To say where each file came from; null: not said. */
  readonly layers: readonly Pick<LayerFacts, "diffId">[] | null;
}

const rightAligned: ReadonlySet<number> = new Set([1, 4]);

/**
 * One line per file as `ls -l` has it, columns aligned: mode, links, owner, group, size, time, name. A capability stands
 * behind the name, a layer before the mode.
 */
export function longLines(files: readonly ListedFile[], options: LongOptions): readonly string[] {
  const words = {
    mode: memoised(modeWords, ({ type, mode }) => `${type} ${mode}`),
    time: memoised(timeWords, ({ modifiedSeconds }) => modifiedSeconds),
  };
  const rows = files.map((file) => cellsOf(file, options, words));
  const widths = [0, 1, 2, 3, 4, 5].map((at) => widest(rows, at));
  const layers = files.map(({ node }) =>
    options.layers === null ? "" : `${layerWords(node.layerIndex, options.layers)} `,
  );
  const layerWidth = layers.reduce((most, { length }) => Math.max(most, length), 0);
  return rows.map((row, index) => {
    const cells = widths.map((width, at) =>
      rightAligned.has(at) ? (row[at] ?? "").padStart(width) : (row[at] ?? "").padEnd(width),
    );
    const file = files[index];
    const name = file === undefined ? "" : nameAndTarget(file, options);
    return `${(layers[index] ?? "").padEnd(layerWidth)}${cells.join(" ")} ${name}`;
  });
}

function widest(rows: readonly (readonly string[])[], at: number): number {
  return rows.reduce((most, row) => Math.max(most, row[at]?.length ?? 0), 0);
}

interface Words {
  readonly mode: (entry: FileEntry) => string;
  readonly time: (entry: FileEntry) => string;
}

/** Many files of an image share a mode and a time: each is put into words once. */
function memoised(
  words: (entry: FileEntry) => string,
  keyOf: (entry: FileEntry) => unknown,
): (entry: FileEntry) => string {
  const known = new Map<unknown, string>();
  return (entry) => {
    const key = keyOf(entry);
    const before = known.get(key);
    if (before !== undefined) return before;
    const text = words(entry);
    known.set(key, text);
    return text;
  };
}

function cellsOf(
  { node, path }: ListedFile,
  options: LongOptions,
  words: Words,
): readonly string[] {
  const { entry } = node;
  const [user, group] = ownerWords(entry, options.accounts);
  return [
    words.mode(entry),
    String(options.links.of(node, path)),
    nameWords(user, options),
    nameWords(group, options),
    sizeWords(node, options.isHuman),
    words.time(entry),
  ];
}

function nameAndTarget({ name, node }: ListedFile, options: LongOptions): string {
  const capability = capabilityWords(node.entry);
  const mark = capability === "" ? "" : ` [${capability}]`;
  const plain = nameWords(name, options);
  const shown = options.isColored ? paintName(plain, node.entry) : plain;
  return `${shown}${nameWords(linkWords(node.entry), options)}${mark}`;
}
