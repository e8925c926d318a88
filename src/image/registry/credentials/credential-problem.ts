import type { Failure } from "../../../model/failure.ts";

/** Something about the places credentials are kept in that the user should know; says nothing of the credentials. */
export type CredentialProblem =
  | Failure
  /** A file that holds a password or token and that others on this machine may read. `mode` are its lower nine bits. */
  | { readonly kind: "readable-by-others"; readonly what: string; readonly mode: number };
