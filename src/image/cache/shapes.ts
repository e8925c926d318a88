/** Whether a value that was JSON is of a kind. Pure; takes no more stack than it is written deep. */
export type Shape = (value: unknown) => boolean;

/** The same of a type that is written in TypeScript. */
export type Guard<Value> = (value: unknown) => value is Value;

export const text: Shape = (value) => typeof value === "string";

export const flag: Shape = (value) => typeof value === "boolean";

/** A whole number that is exact. */
export const whole: Shape = (value) => Number.isSafeInteger(value);

export const number: Shape = (value) => typeof value === "number";

export function oneOf(...known: readonly unknown[]): Shape {
  const all = new Set(known);
  return (value) => all.has(value);
}

export function matching(pattern: RegExp): Shape {
  return (value) => typeof value === "string" && pattern.test(value);
}

export function nullOr(shape: Shape): Shape {
  return (value) => value === null || shape(value);
}

export function listOf(shape: Shape): Shape {
  return (value) => Array.isArray(value) && value.every(shape);
}

export function tupleOf(...shapes: readonly Shape[]): Shape {
  return (value) =>
    Array.isArray(value) &&
    value.length === shapes.length &&
    shapes.every((shape, at) => shape(value[at]));
}

/** Values by any name. */
export function mapOf(shape: Shape): Shape {
  return (value) => isRecord(value) && Object.values(value).every(shape);
}

type NeverAbsent<Value> = {
  [Name in keyof Value]-?: object extends Pick<Value, Name> ? never : Name;
}[keyof Value];

/**
 * The fields of a type and no other: one that the type gets later has to be named here, or it does not compile. Those that may be absent
 * are the second argument.
 */
export function record<Value extends object>(
  always: Readonly<Record<NeverAbsent<Value>, Shape>>,
  ...[maybe]: NeverAbsent<Value> extends keyof Value
    ? keyof Value extends NeverAbsent<Value>
      ? readonly []
      : readonly [Readonly<Record<Exclude<keyof Value, NeverAbsent<Value>>, Shape>>]
    : never
): Guard<Value> {
  const needed = Object.keys(always);
  const shapes = new Map<string, Shape>(Object.entries({ ...always, ...maybe }));
  return (value): value is Value =>
    isRecord(value) &&
    needed.every((name) => Object.hasOwn(value, name)) &&
    Object.keys(value).every((name) => shapes.get(name)?.(value[name]) === true);
}

export function anyOf(...shapes: readonly Shape[]): Shape {
  return (value) => shapes.some((shape) => shape(value));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
