import { nearest } from "../model/nearest.ts";
import type { Shape } from "./shape.ts";

/** A value that is not as its shape says. */
export interface ShapeProblem {
  /** Names and numbers from the top. `isName`: it is about the name itself, not about what stands behind it. */
  readonly path: readonly (string | number)[];
  readonly isName: boolean;
  readonly reason: string;
}

/** All that is wrong with a value, in the order of the value. */
export function checkShape(
  value: unknown,
  shape: Shape,
  path: readonly (string | number)[] = [],
): readonly ShapeProblem[] {
  const wrong = (reason: string): readonly ShapeProblem[] => [{ path, isName: false, reason }];
  switch (shape.kind) {
    case "switch":
      return typeof value === "boolean"
        ? []
        : wrong(`${show(value)} stands where true or false must`);
    case "text":
      return checkText(value, shape) ? [] : wrong(expected(value, shape));
    case "list":
      if (!Array.isArray(value)) return wrong(`${show(value)} stands where a list must`);
      return value.flatMap((item, index) => checkShape(item, shape.of, [...path, index]));
    case "fields":
    case "named":
      if (!isMap(value)) return wrong(`${show(value)} stands where names with values must`);
      return Object.entries(value).flatMap(([name, inside]) =>
        shape.kind === "named"
          ? checkNamed([name, inside], shape, path)
          : checkField([name, inside], shape, path),
      );
  }
}

type Pair = readonly [name: string, value: unknown];

function checkField(
  [name, value]: Pair,
  { fields }: Shape & { readonly kind: "fields" },
  path: readonly (string | number)[],
): readonly ShapeProblem[] {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (field !== undefined) return checkShape(value, field, [...path, name]);
  const known = Object.keys(fields);
  const [near] = nearest(name, known);
  const hint = near === undefined ? `expected one of ${known.join(", ")}` : `did you mean ${near}?`;
  const reason = `${show(name)} is no setting here, ${hint}`;
  return [{ path: [...path, name], isName: true, reason }];
}

function checkNamed(
  [name, value]: Pair,
  { key, of }: Shape & { readonly kind: "named" },
  path: readonly (string | number)[],
): readonly ShapeProblem[] {
  const inside = [...path, name];
  const names = checkShape(name, key, inside).map((one) => ({ ...one, isName: true }));
  return [...names, ...checkShape(value, of, inside)];
}

function checkText(value: unknown, shape: Shape & { readonly kind: "text" }): boolean {
  // `blobs: 0` is a number for YAML.
  const words = typeof value === "number" ? String(value) : value;
  return typeof words === "string" && words.length <= 4096 && shape.pattern.test(words);
}

function expected(value: unknown, { about, example }: Shape & { readonly kind: "text" }): string {
  return `${show(value)} stands where ${about} must, for example ${example}`;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value in an error: short, on one line. */
function show(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a group of names";
  const words = JSON.stringify(value);
  return words.length > 60 ? `${words.slice(0, 57)}…"` : words;
}
