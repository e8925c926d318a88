import { isJsonObject, type JsonObject } from "../../sources/json.ts";
import type { Parsed, TextProblem } from "./text-problem.ts";

/**
 * JSON whose top is an object; null when it is none. The text is never repeated in a problem: it may hold passwords, and the
 * engine's own messages quote it.
 */
export function parseJsonObject(text: string): Parsed<JsonObject | null> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { value: null, problems: [{ reason: "it is not JSON", ...placeOf(text) }] };
  }
  if (isJsonObject(value)) return { value, problems: [] };
  return { value: null, problems: [{ reason: "no object stands there", line: 1, column: 1 }] };
}

/** Where the text stops being JSON. */
function placeOf(text: string): Pick<TextProblem, "line" | "column"> {
  const before = text.slice(0, validLength(text)).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

const token =
  /[ \t\r\n]*(?:([[\]{}:,])|("(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])))/y;

/** What may stand next: a value, a name, `:` behind a name, or `,` and the end behind a value. */
type Expected = "value" | "value-or-end" | "name" | "name-or-end" | "colon" | "separator";

/** How many characters are the start of some JSON, a grammar without recursion: RFC 8259. */
function validLength(text: string): number {
  const open: string[] = [];
  let expected: Expected = "value";
  for (let at = 0; ;) {
    token.lastIndex = at;
    const match = token.exec(text);
    const [whole = "", mark, string, word] = match ?? [];
    const isValue = string !== undefined || word !== undefined;
    const next: Expected | null =
      match === null
        ? null
        : step(expected, { mark, isValue, isString: string !== undefined }, open);
    if (next === null) return at + (/^[ \t\r\n]*/.exec(text.slice(at))?.[0].length ?? 0);
    expected = next;
    at += whole.length;
    if (open.length === 0 && expected === "separator") {
      return at + (/^[ \t\r\n]*/.exec(text.slice(at))?.[0].length ?? 0);
    }
  }
}

interface Token {
  readonly mark: string | undefined;
  readonly isValue: boolean;
  readonly isString: boolean;
}

/** What is expected behind the token; null when it may not stand there. `open` holds the brackets that are open. */
function step(
  expected: Expected,
  { mark, isValue, isString }: Token,
  open: string[],
): Expected | null {
  const mayOpen = expected === "value" || expected === "value-or-end";
  if (mark === "{" || mark === "[") {
    if (!mayOpen) return null;
    open.push(mark);
    return mark === "{" ? "name-or-end" : "value-or-end";
  }
  if (mark === "}" || mark === "]") {
    const isEmpty = expected === (mark === "}" ? "name-or-end" : "value-or-end");
    const isOpen = open.at(-1) === (mark === "}" ? "{" : "[");
    if (!isOpen || !(isEmpty || expected === "separator")) return null;
    open.pop();
    return "separator";
  }
  if (mark === ":") return expected === "colon" ? "value" : null;
  if (mark === ",") {
    if (expected !== "separator") return null;
    return open.at(-1) === "{" ? "name" : "value";
  }
  if (expected === "name" || expected === "name-or-end") return isString ? "colon" : null;
  return isValue && mayOpen ? "separator" : null;
}
