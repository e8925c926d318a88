import type { Failure, Result } from "../../../model/failure.ts";
import type { Transport } from "../endpoint.ts";
import { isRegistryHost } from "../names/parse-image-name.ts";
import { configFolder, showPath, type Machine } from "../../machine/machine.ts";
import { problem, toFailure } from "./text-problem.ts";

/** What a certs.d folder holds for one host. */
export interface HostCertificates extends Pick<Transport, "authorities" | "client"> {
  /** The folder, as people write it; null when there is none. */
  readonly source: string | null;
  readonly problems: readonly Failure[];
}

const pemCertificate = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/;
const pemKey = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/;

/**
 * The certificates for a host out of the first folder that is there: `*.crt` are authorities, `NAME.cert` with `NAME.key` are
 * a client's; of several the first by name.
 *
 *     /etc/containers/certs.d/my-registry.example:5000/ca.crt, client.cert, client.key
 *
 * Source: containers-certs.d(5); order of folders: containers/image 5.36, dockerCertDir; `~/.config/docker` is rootless
 * Docker's (moby v29, CertsDir). Only one folder counts, as there.
 */
export function readCertificates(host: string, machine: Machine): HostCertificates {
  const none = { source: null, authorities: [], client: null, problems: [] };
  // The host becomes a part of a path.
  if (!isRegistryHost(host)) return none;
  const problems: Failure[] = [];
  for (const folder of certificateFolders(host, machine)) {
    const names = machine.list(folder);
    if (!names.ok) {
      // Podman passes over folders that it may not look into; it is told here.
      problems.push(names.failure);
    } else if (names.value !== null) {
      const read = readFolder(folder, names.value, machine);
      return { ...read, problems: [...problems, ...read.problems] };
    }
  }
  return { ...none, problems };
}

function certificateFolders(host: string, machine: Machine): readonly string[] {
  // Docker Hub has two names. Source: containers/image 5.36, newDockerClient.
  const names = host === "registry-1.docker.io" ? ["docker.io", host] : [host];
  const folders = [
    `${machine.home}/.config/containers/certs.d`,
    "/etc/containers/certs.d",
    "/etc/docker/certs.d",
    `${configFolder(machine)}/docker/certs.d`,
  ];
  return folders.flatMap((folder) => names.map((name) => `${folder}/${name}`));
}

function readFolder(folder: string, names: readonly string[], machine: Machine): HostCertificates {
  const problems: Failure[] = [];
  const read = (name: string, pattern: RegExp): string | null => {
    const path = `${folder}/${name}`;
    const file = machine.readText(path);
    const text = textOf(file, problems);
    if (text === null || pattern.test(text)) return text;
    problems.push(toFailure(problem("no PEM block of its kind is in it"), showPath(path, machine)));
    return null;
  };
  const authorities = names
    .filter((name) => name.endsWith(".crt"))
    .flatMap((name) => read(name, pemCertificate) ?? []);
  for (const name of names) {
    const other = partner(name);
    if (other === null || names.includes(other)) continue;
    const what = showPath(`${folder}/${name}`, machine);
    problems.push(toFailure(problem(`${other} is not beside it`), what));
  }
  const clients = names.flatMap((name) => {
    const key = name.endsWith(".cert") ? partner(name) : null;
    if (key === null || !names.includes(key)) return [];
    const pair = [read(name, pemCertificate), read(key, pemKey)] as const;
    return pair[0] === null || pair[1] === null ? [] : [{ certificate: pair[0], key: pair[1] }];
  });
  return { source: showPath(folder, machine), authorities, client: clients[0] ?? null, problems };
}

/** The file that must stand beside a client's certificate or key. */
function partner(name: string): string | null {
  if (name.endsWith(".cert")) return name.replace(/cert$/, "key");
  return name.endsWith(".key") ? name.replace(/key$/, "cert") : null;
}

function textOf(
  file: Result<{ readonly text: string } | null>,
  problems: Failure[],
): string | null {
  if (file.ok) return file.value?.text ?? null;
  problems.push(file.failure);
  return null;
}
