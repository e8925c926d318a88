/** A parsed JSON object: nothing about its fields is known. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text as a JSON object; null when it is no JSON, or another value. */
export function parseJsonText(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : null;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

/** A JSON object and the bytes that it was parsed from: those have its digest. */
export interface JsonDocument {
  readonly json: JsonObject;
  readonly bytes: Uint8Array;
}

/** The field as an object; empty when it is none. */
export function objectAt(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isJsonObject(value) ? value : {};
}

/** The field as a list; null when it is none. Go writes `null` for an empty one. */
export function listAt(object: JsonObject, name: string): readonly unknown[] | null {
  const value = object[name];
  if (value === null || value === undefined) return null;
  return Array.isArray(value) ? value : null;
}

/** The field as text; empty when it is none. */
export function textAt(object: JsonObject, name: string): string {
  const value = object[name];
  return typeof value === "string" ? value : "";
}

/** The texts of a list; null when it is no list or something else is in it. */
export function textsAt(object: JsonObject, name: string): readonly string[] | null {
  const list = listAt(object, name);
  if (list === null || !list.every((item) => typeof item === "string")) return null;
  return list;
}

/** Texts by name; what is no text is left out. */
export function textsByName(object: JsonObject, name: string): Readonly<Record<string, string>> {
  const pairs = Object.entries(objectAt(object, name));
  return Object.fromEntries(
    pairs.filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
}
