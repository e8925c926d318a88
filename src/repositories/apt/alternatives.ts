import { readFileSync } from "node:fs";
import { isJsonObject, listAt, objectAt, parseJsonText, textAt } from "../../image/sources/json.ts";

/** A package that makes a command by update-alternatives. */
export interface Alternative {
  readonly package: string;
  /** The program behind the command, absolute; null where its folder has a version in its name. */
  readonly program: string | null;
}

const file = new URL("../../../data/alternatives.json", import.meta.url);
let known: ReadonlyMap<string, readonly Alternative[]> | null = null;

/**
 * Packages of Debian and its like that bring a command as a link of update-alternatives, best first; empty where none is known. No
 * index of a repository lists those links: their scripts make them. Source and day stand in data/alternatives.json.
 */
export function alternativesFor(command: string): readonly Alternative[] {
  known ??= readTable();
  return known.get(command) ?? [];
}

/** Throws TypeError for a file that is not the one that ships with this program. */
function readTable(): ReadonlyMap<string, readonly Alternative[]> {
  const json = parseJsonText(readFileSync(file, "utf8"));
  if (json === null) throw new TypeError("Cannot read alternatives.json: it is no JSON object");
  const commands = objectAt(json, "commands");
  return new Map(
    Object.keys(commands).map((command) => [command, readRows(listAt(commands, command) ?? [])]),
  );
}

function readRows(rows: readonly unknown[]): readonly Alternative[] {
  return rows.filter(isJsonObject).map((row) => ({
    package: textAt(row, "package"),
    program: textAt(row, "program") || null,
  }));
}
