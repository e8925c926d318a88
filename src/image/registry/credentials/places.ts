import { configFolder, showPath, type Machine } from "../../machine/machine.ts";

/** One place where credentials may be kept. */
export type Place =
  /** `isDockers`: its `credsStore` counts; Podman does not know that. */
  | {
      readonly kind: "file";
      readonly path: string;
      readonly source: string;
      readonly isDockers: boolean;
    }
  /** The text of a file in the environment, of which only `auths` counts. */
  | { readonly kind: "variable"; readonly text: string; readonly source: string }
  /** Asked for every host. */
  | { readonly kind: "helper"; readonly name: string; readonly source: string };

/** What stands in registries.conf for all the files. Source: containers-registries.conf(5), credential-helpers. */
const allFiles = "containers-auth.json";

/**
 * Where credentials are looked for, in order. Podman's files come first and Docker's last: that is Podman's own order, and Podman
 * is the one that reads both. `$REGISTRY_AUTH_FILE` stands instead of Podman's files; Podman then reads nothing else, but Docker's
 * are what a user of Docker is known by, and this program stands for both. `helpers` are `credential-helpers` of
 * registries.conf; null: only the files.
 *
 * Source: containers-auth.json(5); containers/image 5.36, getAuthFilePaths and getPathToAuth; docker/cli v29, config.Dir and
 * DOCKER_AUTH_CONFIG in configfile (before the file, and `auths` alone).
 */
export function credentialPlaces(
  machine: Machine,
  helpers: readonly string[] | null,
): readonly Place[] {
  const names = helpers === null || helpers.length === 0 ? [allFiles] : helpers;
  const dockers = dockerPlaces(machine);
  const places = names.flatMap((name): readonly Place[] =>
    name === allFiles
      ? [...podmanPlaces(machine), ...dockers]
      : [{ kind: "helper", name, source: "registries.conf" }],
  );
  return names.includes(allFiles) ? places : [...places, ...dockers];
}

function podmanPlaces(machine: Machine): readonly Place[] {
  const { env, userId } = machine;
  const named = env["REGISTRY_AUTH_FILE"] ?? "";
  if (named !== "") return [file(machine, named, false)];
  const runtime = env["XDG_RUNTIME_DIR"] ?? "";
  const folders = [
    ...(runtime === "" ? [] : [`${runtime}/containers`]),
    ...(runtime === "" && userId !== null ? [`/run/containers/${userId}`] : []),
    `${configFolder(machine)}/containers`,
  ];
  return folders.map((folder) => file(machine, `${folder}/auth.json`, false));
}

function dockerPlaces(machine: Machine): readonly Place[] {
  const { env, home } = machine;
  const text = env["DOCKER_AUTH_CONFIG"] ?? "";
  const source = "$DOCKER_AUTH_CONFIG";
  const folder = env["DOCKER_CONFIG"] ?? "";
  const path = `${folder === "" ? `${home}/.docker` : folder.replace(/\/+$/, "")}/config.json`;
  const config = file(machine, path, true);
  return text === "" ? [config] : [{ kind: "variable", text, source }, config];
}

function file(machine: Machine, path: string, isDockers: boolean): Place {
  return { kind: "file", path, source: showPath(path, machine), isDockers };
}
