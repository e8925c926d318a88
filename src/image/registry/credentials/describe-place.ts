import type { Environment } from "../../machine/machine.ts";
import type { CredentialProblem } from "./credential-problem.ts";
import { showKey } from "./parse-auth-file.ts";
import type { ReadPlace } from "./read-place.ts";
import { findProgram } from "./run-helper.ts";

/** One place credentials may be kept in, without them. */
export interface CredentialPlace {
  /** `~/.docker/config.json`, `$DOCKER_AUTH_CONFIG`, `registries.conf`. */
  readonly source: string;
  /** False: no such file. */
  readonly isThere: boolean;
  /** The keys it has credentials for itself, as written but for what could be a user in them; sorted. */
  readonly keys: readonly string[];
  /** In the order of their names. */
  readonly helpers: readonly DescribedHelper[];
  readonly problems: readonly CredentialProblem[];
}

export interface DescribedHelper {
  /** `docker-credential-pass`. */
  readonly program: string;
  /** Whether there is such a program on PATH. */
  readonly isInstalled: boolean;
  /** Sorted; null: it is asked for every host. */
  readonly keys: readonly string[] | null;
}

/** Tells of a place what may be told. */
export function describePlace(read: ReadPlace, env: Environment): CredentialPlace {
  const { place, file, isThere, problems } = read;
  const general = place.kind === "helper" ? place.name : file.store;
  const keysByName = new Map<string, string[]>();
  for (const [key, name] of file.helpers) {
    if (name !== "") keysByName.set(name, [...(keysByName.get(name) ?? []), showKey(key)]);
  }
  const helpers = [
    ...(general === null ? [] : [describeHelper(general, null, env)]),
    ...[...keysByName].map(([name, keys]) => describeHelper(name, keys.toSorted(), env)),
  ].toSorted((one, other) => (one.program < other.program ? -1 : 1));
  const keys = [...file.entries].flatMap(([key, { kind }]) =>
    kind === "broken" ? [] : [showKey(key)],
  );
  return { source: place.source, isThere, keys: keys.toSorted(), helpers, problems };
}

function describeHelper(
  name: string,
  keys: readonly string[] | null,
  env: Environment,
): DescribedHelper {
  const program = `docker-credential-${name}`;
  return { program, isInstalled: findProgram(program, env) !== null, keys };
}
