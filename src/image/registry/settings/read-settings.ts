import type { Failure } from "../../../model/failure.ts";
import { readCertificates, type HostCertificates } from "./certificates.ts";
import { configFolder, showPath, type Machine } from "../../machine/machine.ts";
import { toFailure, type Parsed } from "./text-problem.ts";
import { parseDaemonJson } from "./parse-daemon-json.ts";
import { parseRegistriesConf } from "./parse-registries-conf.ts";
import { mergeRegistriesConf, noRegistriesConf, type RegistriesConf } from "./registries-conf.ts";
import {
  noOverrides,
  type DockerSettings,
  type RegistryOverrides,
  type RegistrySettings,
} from "./settings.ts";

/** Reads the settings of Podman and its kin and of Docker. What is wrong is in `problems`; nothing is thrown. */
export async function readRegistrySettings(
  machine: Machine,
  overrides: RegistryOverrides = noOverrides,
): Promise<RegistrySettings> {
  const reader = new SettingsReader(machine);
  const conf = await readRegistriesConf(reader);
  const docker = readDaemonJsons(reader);
  const known = new Map<string, HostCertificates>();
  const certificatesOf = (host: string): HostCertificates => {
    const found = known.get(host) ?? readCertificates(host, machine);
    known.set(host, found);
    return found;
  };
  const { sources, problems } = reader;
  return { overrides, conf, docker, certificatesOf, sources, problems };
}

/** Files one after another, with what was there and what was wrong. */
class SettingsReader {
  readonly machine: Machine;
  readonly sources: string[] = [];
  readonly problems: Failure[] = [];

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Null when nothing is there, or nothing that can be read. */
  read(path: string): { readonly text: string; readonly source: string } | null {
    const file = this.machine.readText(path);
    const source = showPath(path, this.machine);
    if (!file.ok) this.problems.push(file.failure);
    if (!file.ok || file.value === null) return null;
    this.sources.push(source);
    return { text: file.value.text, source };
  }

  list(folder: string): readonly string[] {
    const names = this.machine.list(folder);
    if (!names.ok) this.problems.push(names.failure);
    return names.ok ? (names.value ?? []) : [];
  }

  keep<Value>({ value, problems }: Parsed<Value>, source: string): Value {
    this.problems.push(...problems.map((one) => toFailure(one, source)));
    return value;
  }
}

/**
 * The user's registries.conf stands instead of the system's and its drop-ins; the user's drop-ins come last in any case.
 * `$CONTAINERS_REGISTRIES_CONF` stands instead of the main file alone. Source: containers-registries.conf(5) and .conf.d(5);
 * containers/image 5.36, newConfigWrapper; podman(1), ENVIRONMENT.
 */
async function readRegistriesConf(reader: SettingsReader): Promise<RegistriesConf> {
  const { machine } = reader;
  const system = "/etc/containers";
  const user = `${machine.home}/.config/containers`;
  const named = machine.env["CONTAINERS_REGISTRIES_CONF"] ?? "";
  const own = named === "" ? reader.read(`${user}/registries.conf`) : null;
  const main = own ?? reader.read(named === "" ? `${system}/registries.conf` : named);
  if (main === null && named !== "") reader.problems.push(missing(named));
  const folders = own === null ? [system, user] : [user];
  const dropIns = folders
    .map((folder) => `${folder}/registries.conf.d`)
    .flatMap((folder) => reader.list(folder).map((name) => `${folder}/${name}`))
    .filter((path) => path.endsWith(".conf"))
    .flatMap((path) => reader.read(path) ?? []);
  let merged = noRegistriesConf;
  for (const file of [main, ...dropIns]) {
    if (file === null) continue;
    const parsed = await parseRegistriesConf({ ...file, isDropIn: file !== main });
    merged = mergeRegistriesConf(merged, reader.keep(parsed, file.source));
  }
  return merged;
}

function missing(what: string): Failure {
  return { kind: "not-found", what, where: "$CONTAINERS_REGISTRIES_CONF", near: [] };
}

/**
 * The system's daemon and the user's rootless one. Source: dockerd, "Daemon configuration file"; Docker Desktop keeps it
 * in `~/.docker`.
 */
function readDaemonJsons(reader: SettingsReader): readonly DockerSettings[] {
  const { machine } = reader;
  const paths = [
    "/etc/docker/daemon.json",
    `${configFolder(machine)}/docker/daemon.json`,
    `${machine.home}/.docker/daemon.json`,
  ];
  return paths.flatMap((path) => {
    const file = reader.read(path);
    if (file === null) return [];
    return [{ ...reader.keep(parseDaemonJson(file.text), file.source), source: file.source }];
  });
}
