import { cleanLines } from "../clean.ts";

/** How names of an image are written. */
export interface NameStyle {
  /** On a terminal, which would obey what is in a name; a pipe gets the name as it is. */
  readonly isTerminal: boolean;
}

/** A name, whole; on a terminal without anything that it would obey, line ends included. */
export function nameWords(name: string, { isTerminal }: NameStyle): string {
  return isTerminal ? cleanLines(name).replaceAll("\n", "\\n") : name;
}
