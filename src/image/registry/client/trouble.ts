import type { Failure } from "../../../model/failure.ts";

/** Why a request got no answer that counts, before it is known what was asked for. */
export interface Trouble {
  readonly kind: "unreachable" | "denied" | "malformed" | "unsupported" | "cancelled";
  /** Without the host's name. Empty for `cancelled`. */
  readonly reason: string;
  /** How often it is worth asking, the first time included. */
  readonly tries: number;
  /** What a server that speaks no TLS, or a port without one, looks like. */
  readonly isPlainHttpLikely: boolean;
  /** The host gave whole answers, none of which counts: that it is there and how it is asked is right. */
  readonly isAnswered: boolean;
}

/** What is asked for and where, for failures. */
export interface Subject {
  /** `alpine:3.20`, `ghcr.io/owner/app@sha256:…`. */
  readonly what: string;
  /** The host that is asked. */
  readonly where: string;
}

export function trouble(
  kind: Trouble["kind"],
  reason: string,
  { tries = 1, isPlainHttpLikely = false, isAnswered = false }: Partial<Trouble> = {},
): Trouble {
  return { kind, reason, tries, isPlainHttpLikely, isAnswered };
}

export const interrupted = trouble("cancelled", "");

export function failureOf({ kind, reason }: Trouble, { what, where }: Subject): Failure {
  switch (kind) {
    case "cancelled":
      return { kind, what, where };
    case "malformed":
      return { kind, what, where, format: "an answer of a registry", reason, offsetBytes: null };
    case "unreachable":
    case "denied":
    case "unsupported":
      return { kind, what, where, reason };
  }
}
