import type { Failure } from "../model/failure.ts";

/**
 * An error of the system as a failure: ENOENT is `not-found`, EACCES and EPERM are `denied`, every other code is
 * `unreachable`. Anything without a code is a bug and is thrown on.
 */
export function systemFailure(error: unknown, what: string, where: string | null): Failure {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string")
    throw error;
  const reason = error.message;
  switch (error.code) {
    case "ENOENT":
      return { kind: "not-found", what, where, near: [] };
    case "EACCES":
    case "EPERM":
      return { kind: "denied", what, where, reason };
    default:
      return { kind: "unreachable", what, where, reason };
  }
}
