import { appendFileSync, existsSync, readFileSync } from "node:fs";
import type { Outcome } from "./outcome.ts";
import { workFolder } from "./work-folder.ts";

/** One line of the observations: what happened when this subject was started in this root. */
export interface Observation {
  /** Subject's fingerprint, root and launcher: the same key, the same outcome. */
  readonly key: string;
  readonly subject: string;
  readonly root: string;
  readonly outcome: Outcome;
}

const file = (): string => workFolder("observations.jsonl");

/** Everything observed so far, by key; the last line of a key counts. A cut last line is passed over. */
export function readObservations(): ReadonlyMap<string, Observation> {
  const found = new Map<string, Observation>();
  if (!existsSync(file())) return found;
  for (const line of readFileSync(file(), "utf8").split("\n")) {
    const value = parseLine(line);
    if (value !== null) found.set(value.key, value);
  }
  return found;
}

/** Adds one line. */
export function recordObservation(observation: Observation): void {
  appendFileSync(file(), `${JSON.stringify(observation)}\n`);
}

function parseLine(line: string): Observation | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObservation(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isObservation(value: unknown): value is Observation {
  return (
    typeof value === "object" &&
    value !== null &&
    "key" in value &&
    typeof value.key === "string" &&
    "outcome" in value &&
    typeof value.outcome === "object"
  );
}
