import type { HistoryLine, ImageHistory } from "../../explore/history/history.ts";
import { count, formatBytes } from "../amounts.ts";
import { shorten } from "../clean.ts";
import { alignRows } from "./align-rows.ts";
import { isoMinute } from "./iso-minute.ts";
import { shortDiffId } from "./layer-words.ts";
import { nameWords, type NameStyle } from "./name-words.ts";

export interface HistoryStyle extends NameStyle {
  /** Characters of a line; commands are cut to fit in. */
  readonly columns: number;
  /** Commands, digests and times are whole. */
  readonly isWhole: boolean;
  /** Id of the known base at the bottom; null when there is none. */
  readonly base: string | null;
}

const titles = ["CREATED", "STORED", "FILES", "LAYER", "COMMAND"];
const right: ReadonlySet<number> = new Set([1, 2]);

/** Newest first, as `docker history`; a line marks where a known base ends. Ends in a line end. */
export function renderHistory({ lines, state }: ImageHistory, style: HistoryStyle): string {
  const newest = lines.toReversed();
  const table = fitCommands(newest, style);
  const [title = "", ...rows] = table;
  const boundary = newest.findIndex(({ isBase }) => isBase);
  const mark = `--- base:${style.base ?? ""} from here down ---`;
  const marked = boundary < 0 ? rows : rows.toSpliced(boundary, 0, mark);
  return [title, ...marked, ...stateLines(lines, state)].map((line) => `${line}\n`).join("");
}

/** The command is the last cell: what the others leave of the line is its. */
function fitCommands(lines: readonly HistoryLine[], style: HistoryStyle): readonly string[] {
  const cells = lines.map((line) => cellsOf(line, style));
  const commands = lines.map(({ command, createdBy, comment }) => {
    const words = (style.isWhole ? createdBy : command) ?? "?";
    return nameWords(words === "" ? comment : words, style);
  });
  const whole = alignRows([titles, ...cells.map((row) => [...row, "x"])], right);
  const used = (whole[1]?.length ?? 1) - 1;
  const room = Math.max(minCommand, style.columns - used);
  const rows = cells.map((row, at) => {
    const command = commands[at] ?? "";
    return [...row, style.isWhole ? command : cutEnd(command, room)];
  });
  return alignRows([titles, ...rows], right);
}

/** A terminal that is too narrow has lines that are too long. */
const minCommand = 16;

/** A command tells most at its start. */
function cutEnd(text: string, room: number): string {
  const characters = Array.from(text);
  return characters.length <= room ? text : `${characters.slice(0, room - 1).join("")}…`;
}

function cellsOf({ created, layer, isEmptyLayer }: HistoryLine, style: HistoryStyle): string[] {
  const time = created === null ? "?" : style.isWhole ? created : isoMinute(created);
  if (layer === null) {
    const none = isEmptyLayer ? "-" : "?";
    return [nameWords(shorten(time, maxTime), style), none, none, none];
  }
  const { index, diffId, storedBytes, unpackedBytes } = layer;
  const id = style.isWhole ? (diffId ?? "-") : shortDiffId(diffId);
  return [
    nameWords(shorten(time, maxTime), style),
    formatBytes(storedBytes),
    formatBytes(unpackedBytes),
    `${index} ${id}`,
  ];
}

/** A time with nanoseconds and zone has 35 characters. */
const maxTime = 40;

function stateLines(lines: readonly HistoryLine[], state: ImageHistory["state"]): string[] {
  if (state === "matched") return [];
  if (state === "absent") return ["The image does not say how it was built."];
  const steps = lines.filter(({ layer, isEmptyLayer }) => layer === null && !isEmptyLayer).length;
  const layers = lines.filter(({ layer }) => layer !== null).length;
  return [
    `By ${count(steps, "step")} a layer was made, and there ${layers === 1 ? "is" : "are"} ${count(layers, "layer")}: which made which is not known.`,
  ];
}
