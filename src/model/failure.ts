/**
 * The world went wrong: returned, never thrown, by everything that leaves the process.
 * `what` is the thing by its own name (a path inside an image, a reference, a file), `where` the
 * image, layer or archive it is in, or null. Words are made in `report/failure.ts`.
 */
export type Failure =
  /** Nothing is there under that name. `near` are existing names that resemble it, best first. */
  | {
      readonly kind: "not-found";
      readonly what: string;
      readonly where: string | null;
      readonly near: readonly string[];
    }
  /** The system or a registry said no. */
  | {
      readonly kind: "denied";
      readonly what: string;
      readonly where: string | null;
      readonly reason: string;
    }
  /** A host, socket or device did not answer, or a write found the disk full. */
  | {
      readonly kind: "unreachable";
      readonly what: string;
      readonly where: string | null;
      readonly reason: string;
    }
  /** The bytes are not what they claim to be. `offsetBytes` counts from the start of `what`; null when it is about the whole. */
  | {
      readonly kind: "malformed";
      readonly what: string;
      readonly where: string | null;
      readonly format: string;
      readonly reason: string;
      readonly offsetBytes: number | null;
    }
  /** Sound, but this program does not read it (yet). */
  | {
      readonly kind: "unsupported";
      readonly what: string;
      readonly where: string | null;
      readonly reason: string;
    }
  /** A budget was used up; what was read so far is kept. `limit` in `unit`. */
  | {
      readonly kind: "over-limit";
      readonly what: string;
      readonly where: string | null;
      readonly budget: string;
      readonly limit: number;
      readonly unit: "bytes" | "entries" | "ratio" | "levels" | "ms";
    }
  /** The user or the caller's signal stopped it. */
  | { readonly kind: "cancelled"; readonly what: string; readonly where: string | null };

/** Either the value or why there is none. Narrow with `if (!result.ok)`. */
export type Result<Value, Why = Failure> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly failure: Why };

export const success = <Value>(value: Value): { readonly ok: true; readonly value: Value } => ({
  ok: true,
  value,
});
export const failed = <Why>(failure: Why): { readonly ok: false; readonly failure: Why } => ({
  ok: false,
  failure,
});
