import { isMap, isScalar, LineCounter, parseDocument, visit, type Document } from "yaml";
import { checkShape, type ShapeProblem } from "./check-shape.ts";
import { settingsShape } from "./settings-shape.ts";
import type { Settings, SettingsProblem } from "./settings.ts";

const maxTextLength = 1024 * 1024;

/** Either what the file says, or all that is wrong with it: nothing of a wrong file counts. */
export type ParsedSettings =
  | { readonly settings: Settings; readonly problems: readonly [] }
  | { readonly settings: null; readonly problems: readonly SettingsProblem[] };

/**
 * Reads a `fromage.yaml`:
 *
 *     platforms: [linux/amd64, linux/arm64]
 *     registries:
 *       mirrors:
 *         docker.io: [mirror.example:5000]
 *
 * YAML 1.2; an empty file says nothing. Problems come in the order of the file. Never throws.
 */
export function parseSettings(text: string): ParsedSettings {
  if (text.length > maxTextLength) {
    const reason = `it is longer than ${maxTextLength} characters`;
    return { settings: null, problems: [{ line: 1, column: 1, reason }] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): Pick<SettingsProblem, "line" | "column"> => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ pos, message }) => ({
      ...at(pos[0]),
      reason: `it is not YAML: ${firstLine(message)}`,
    }));
    return { settings: null, problems };
  }
  const oddName = findOddName(document);
  if (oddName !== null) {
    const reason = "a name is no plain text";
    return { settings: null, problems: [{ ...at(oddName), reason }] };
  }
  let value: unknown;
  try {
    const whole: unknown = document.toJS({ maxAliasCount: 100 });
    value = whole ?? {};
  } catch (error) {
    // An alias bomb, or an alias to nothing.
    if (!(error instanceof ReferenceError || error instanceof RangeError)) throw error;
    return { settings: null, problems: [{ line: 1, column: 1, reason: firstLine(error.message) }] };
  }
  const texts = withTexts(value);
  const found = checkShape(texts, settingsShape);
  if (isSettings(texts, found)) return { settings: texts, problems: [] };
  const problems = found.map((one) => ({ ...at(offsetOf(document, one)), reason: one.reason }));
  return { settings: null, problems };
}

/** Where a list, a map or an alias stands as a name; the library would write it out as text again, with a warning or an error. */
function findOddName(document: Document): number | null {
  let found: number | null = null;
  visit(document, {
    Pair(_, { key }) {
      if (key === null || isScalar(key)) return undefined;
      found = startOf(key) ?? 0;
      return visit.BREAK;
    },
  });
  return found;
}

/** A type guard over a check that was made: no problem means that every value is what its type says. */
function isSettings(_value: unknown, problems: readonly ShapeProblem[]): _value is Settings {
  return problems.length === 0;
}

/** `blobs: 0` is a number for YAML; it is taken as the text it was written as. */
function withTexts(value: unknown): unknown {
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return value.map(withTexts);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withTexts(one)]));
}

/** Where the name or value stands in the text; its nearest surroundings where it is written elsewhere (an alias). */
function offsetOf(document: Document, { path, isName }: ShapeProblem): number {
  for (let length = path.length; length > 0; length--) {
    const upper = path.slice(0, length - 1);
    const parent = upper.length === 0 ? document.contents : document.getIn(upper, true);
    if (isMap(parent)) {
      const last = path[length - 1];
      const pair = parent.items.find(({ key }) => isScalar(key) && key.value === last);
      const place = isName && length === path.length ? pair?.key : (pair?.value ?? pair?.key);
      const start = startOf(place);
      if (start !== null) return start;
    }
    const start = startOf(document.getIn(path.slice(0, length), true));
    if (start !== null) return start;
  }
  return startOf(document.contents) ?? 0;
}

function startOf(node: unknown): number | null {
  if (typeof node !== "object" || node === null || !("range" in node)) return null;
  const { range } = node;
  return Array.isArray(range) && typeof range[0] === "number" ? range[0] : null;
}

function firstLine(message: string): string {
  const [line = ""] = message.split("\n");
  return line.charAt(0).toLowerCase() + line.slice(1).replace(/[.:]$/, "");
}
