import type { Failure } from "../../../model/failure.ts";
import type { Machine } from "../../machine/machine.ts";
import { toFailure } from "../settings/text-problem.ts";
import type { CredentialProblem } from "./credential-problem.ts";
import { emptyAuthFile, parseAuthFile, type AuthFile } from "./parse-auth-file.ts";
import type { Place } from "./places.ts";

/** A place with what stands in it. */
export interface ReadPlace {
  readonly place: Place;
  readonly isThere: boolean;
  /** Empty where the place is no file or could not be read. */
  readonly file: AuthFile;
  /** Why nothing of it could be read. */
  readonly failure: Failure | null;
  /** All there is to tell, `failure` too. */
  readonly problems: readonly CredentialProblem[];
}

/** Reads and parses a place; helpers are not run. */
export function readPlace(place: Place, machine: Machine): ReadPlace {
  const nothing = { place, isThere: true, file: emptyAuthFile, failure: null, problems: [] };
  if (place.kind === "helper") return nothing;
  if (place.kind === "variable") {
    const { file, ...rest } = parsed(place, place.text);
    return { ...nothing, ...rest, file: { ...emptyAuthFile, entries: file.entries } };
  }
  const read = machine.readText(place.path);
  if (!read.ok) return { ...nothing, failure: read.failure, problems: [read.failure] };
  if (read.value === null) return { ...nothing, isThere: false };
  const { text, mode } = read.value;
  const { file, failure, problems } = parsed(place, text);
  const store = place.isDockers ? file.store : null;
  const isOpen = mode !== null && (mode & 0o066) !== 0 && file.entries.size > 0;
  const open: readonly CredentialProblem[] = isOpen
    ? [{ kind: "readable-by-others", what: place.source, mode }]
    : [];
  return { ...nothing, file: { ...file, store }, failure, problems: [...problems, ...open] };
}

function parsed(
  { source }: Place,
  text: string,
): Pick<ReadPlace, "file" | "failure"> & { readonly problems: readonly Failure[] } {
  const { value, problems } = parseAuthFile(text);
  const failures = problems.map((one) => toFailure(one, source, "credentials"));
  return {
    file: value ?? emptyAuthFile,
    failure: value === null ? (failures[0] ?? null) : null,
    problems: failures,
  };
}
