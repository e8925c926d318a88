import { failed, success, type Failure, type Result } from "../../../model/failure.ts";
import type { Credential, CredentialSource, FoundCredential } from "../credentials.ts";
import type { Machine } from "../../machine/machine.ts";
import { findEntry, findHelper, type Wanted } from "./auth-keys.ts";
import { describePlace, type CredentialPlace } from "./describe-place.ts";
import { credentialPlaces } from "./places.ts";
import { readPlace, type ReadPlace } from "./read-place.ts";
import { runHelper } from "./run-helper.ts";

/** The credentials of this machine's user. */
export interface Credentials extends CredentialSource {
  /** Which files and helpers there are and for which hosts, in the order they are asked; no helper is run. For `fromage doctor`. */
  describe(): readonly CredentialPlace[];
}

export interface CredentialOptions {
  readonly machine: Machine;
  /** `credential-helpers` of registries.conf; null where it names none. */
  readonly helpers: readonly string[] | null;
  /** How long a helper may take before it is killed; 30 s by default. */
  readonly timeLimitMs?: number | undefined;
  /** Ends helpers that run. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Nothing is read before it is asked for; then each file is read once, and each helper asked once for a server. A place that
 * fails does not keep later ones from being asked; where none of them knows more, the first failure is the answer.
 */
export function openCredentials(options: CredentialOptions): Credentials {
  return new MachineCredentials(options);
}

class MachineCredentials implements Credentials {
  readonly #options: CredentialOptions;
  readonly #answers = new Map<string, Promise<Result<Credential | null>>>();
  #places: readonly ReadPlace[] | null = null;

  constructor(options: CredentialOptions) {
    this.#options = options;
  }

  async find(credentialKey: string, repository: string): Promise<Result<FoundCredential | null>> {
    let firstFailure: Failure | null = null;
    for (const place of this.#read()) {
      const found = await this.#ask(place, { credentialKey, repository });
      if (!found.ok) firstFailure ??= found.failure;
      else if (found.value !== null) return found;
    }
    return firstFailure === null ? success(null) : failed(firstFailure);
  }

  describe(): readonly CredentialPlace[] {
    return this.#read().map((place) => describePlace(place, this.#options.machine.env));
  }

  #read(): readonly ReadPlace[] {
    const { machine, helpers } = this.#options;
    this.#places ??= credentialPlaces(machine, helpers).map((place) => readPlace(place, machine));
    return this.#places;
  }

  async #ask(read: ReadPlace, wanted: Wanted): Promise<Result<FoundCredential | null>> {
    const { place, file, failure } = read;
    if (failure !== null) return failed(failure);
    if (place.kind === "helper") return await this.#helper(place.name, serverOf(wanted));
    const helper = findHelper(file, wanted);
    // An empty name takes a host out of the store. Source: docker/cli v29, getConfiguredCredentialStore.
    if (helper !== null && helper.name !== "")
      return await this.#helper(helper.name, helper.server);
    // What a store does not know is not in the file either, whatever stands there. Source: docker/cli v29, nativeStore.Get.
    if (helper === null && file.store !== null) {
      return await this.#helper(file.store, wanted.credentialKey);
    }
    return entryOf(read, wanted);
  }

  async #helper(name: string, server: string): Promise<Result<FoundCredential | null>> {
    const { machine, timeLimitMs = 30_000, signal } = this.#options;
    const key = `${name}\n${server}`;
    const request = { name, server, env: machine.env, timeLimitMs, signal };
    const answer = this.#answers.get(key) ?? runHelper(request);
    this.#answers.set(key, answer);
    const result = await answer;
    if (!result.ok || result.value === null) return result.ok ? success(null) : result;
    return success({ credential: result.value, source: `docker-credential-${name}` });
  }
}

function entryOf({ place, file }: ReadPlace, wanted: Wanted): Result<FoundCredential | null> {
  const entry = findEntry(file, wanted);
  if (entry === null) return success(null);
  if (entry.kind !== "broken") return success({ credential: entry, source: place.source });
  const { reason } = entry;
  const format = "credentials";
  const what = place.source;
  return failed({ kind: "malformed", what, where: null, format, reason, offsetBytes: null });
}

/** Podman asks its helpers by the name of the registry. Source: containers/image 5.36, getCredentialsWithHomeDir. */
function serverOf({ credentialKey }: Wanted): string {
  return /^https?:/.test(credentialKey) ? "docker.io" : credentialKey;
}
