import type { Word, WordPart } from "./tree.ts";

/** The value of a variable; null when it is not known, undefined when it is not set. */
export type Lookup = (name: string) => string | null | undefined;

/** The word as one text, as in an assignment or a `case`; null when a part of it is not known. */
export function expandWhole(word: Word, lookup: Lookup): string | null {
  let whole = "";
  for (const part of word.parts) {
    const value = expandPart(part, lookup);
    if (value === null) return null;
    whole += value;
  }
  return whole;
}

/**
 * The words that a command gets of it: what is not quoted is split at blanks, nothing at all is no word. Null when a part of it
 * is not known; a pattern for file names is not known either.
 */
export function expandFields(word: Word, lookup: Lookup): readonly string[] | null {
  const fields: string[] = [];
  let open: string | null = null;
  for (const part of word.parts) {
    const value = expandPart(part, lookup);
    if (value === null) return null;
    if (part.isQuoted) {
      open = (open ?? "") + value;
      continue;
    }
    // A bracket alone is the name of a command.
    if (/[*?]|\[.*\]/s.test(value)) return null;
    if (part.kind === "text") {
      open = (open ?? "") + value;
      continue;
    }
    const [first = "", ...others] = value.split(/\s+/);
    if (first !== "" || others.length === 0) open = first === "" ? open : (open ?? "") + first;
    for (const other of others) {
      if (open !== null) fields.push(open);
      open = other === "" ? null : other;
    }
  }
  if (open !== null) fields.push(open);
  return fields;
}

function expandPart(part: WordPart, lookup: Lookup): string | null {
  switch (part.kind) {
    case "text":
      return part.value;
    case "substitution":
      return null;
    case "variable":
      return expandVariable(part.name, part.operation, lookup);
  }
}

/** `${name:-word}` and `${name-word}` with a plain word; every other operation is not known. */
function expandVariable(name: string, operation: string | null, lookup: Lookup): string | null {
  const value = lookup(name);
  if (operation === null) return value === undefined ? "" : value;
  const [, colon, otherwise] = /^(:?)-([\w./-]*)$/.exec(operation) ?? [];
  if (colon === undefined || otherwise === undefined || value === null) return null;
  return value === undefined || (colon === ":" && value === "") ? otherwise : value;
}
