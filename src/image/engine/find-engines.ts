import { join } from "node:path";
import { failed, success, type Result } from "../../model/failure.ts";
import type { Machine } from "../machine/machine.ts";
import { readContext, readCurrentContext, readTls } from "./docker-context.ts";
import {
  parseEngineAddress,
  printableAddress,
  type EngineAddress,
  type EngineTls,
} from "./engine-address.ts";

/** A place where an engine listens, or should. */
export interface FoundEngine {
  /** As it is printed: `unix:///run/docker.sock`. Holds nothing secret. */
  readonly text: string;
  /** `DOCKER_HOST`, `context colima`, `Docker's own socket`. */
  readonly why: string;
  /** The user named it; the others are places that are looked at because a socket is there. */
  readonly isSaid: boolean;
  readonly address: Result<EngineAddress>;
}

/**
 * Where engines are, in the order in which they are asked: Docker's, then Podman's. What the user says takes the place of what
 * is usual for that engine: DOCKER_HOST, else DOCKER_CONTEXT, else `currentContext` of Docker's config.json, else the sockets
 * of Docker that are there; CONTAINER_HOST, else the sockets of Podman that are there. Each address comes once.
 * Sources: docker/cli cli/command/cli.go resolveContextName, docs.docker.com "Rootless mode", podman-system-service(1).
 */
export function findEngines(machine: Machine): readonly FoundEngine[] {
  const seen = new Set<string>();
  return [...findDocker(machine), ...findPodman(machine)].filter(({ text }) => {
    const isNew = !seen.has(text);
    seen.add(text);
    return isNew;
  });
}

/** An empty variable is none, as for Docker. */
function said({ env }: Machine, name: string): string | null {
  return env[name] || null;
}

function findDocker(machine: Machine): readonly FoundEngine[] {
  const folder = said(machine, "DOCKER_CONFIG") ?? join(machine.home, ".docker");
  const host = said(machine, "DOCKER_HOST");
  if (host !== null) {
    const tls = (): Result<EngineTls | null> => tlsOfEnvironment(machine, folder);
    return [saidEngine(host, "DOCKER_HOST", tls)];
  }
  const named = said(machine, "DOCKER_CONTEXT");
  const current =
    named === null
      ? readCurrentContext(folder, machine)
      : success(named === "default" ? null : named);
  if (!current.ok) {
    const text = join(folder, "config.json");
    return [
      { text, why: "currentContext", isSaid: true, address: current },
      ...dockerSockets(machine),
    ];
  }
  if (current.value === null) return dockerSockets(machine);
  const context = readContext(current.value, folder, machine);
  const why = `context ${current.value}`;
  if (!context.ok) return [{ text: why, why, isSaid: true, address: context }];
  const text = printableAddress(context.value.host);
  return [{ text, why, isSaid: true, address: context.value.address }];
}

/** Source: docker/cli docs "Environment variables": DOCKER_TLS_VERIFY, DOCKER_CERT_PATH; DOCKER_TLS takes any certificate. */
function tlsOfEnvironment(machine: Machine, folder: string): Result<EngineTls | null> {
  const verifies = said(machine, "DOCKER_TLS_VERIFY") !== null;
  if (!verifies && said(machine, "DOCKER_TLS") === null) return success(null);
  const path = said(machine, "DOCKER_CERT_PATH");
  const tls = readTls(path ?? folder, verifies, machine);
  if (tls.ok && path !== null && verifies && tls.value.authority === null) {
    return failed({ kind: "not-found", what: join(path, "ca.pem"), where: null, near: [] });
  }
  return tls;
}

function findPodman(machine: Machine): readonly FoundEngine[] {
  const host = said(machine, "CONTAINER_HOST");
  if (host !== null) return [saidEngine(host, "CONTAINER_HOST", () => success(null))];
  const paths = [join(runtimeFolder(machine), "podman/podman.sock"), "/run/podman/podman.sock"];
  return existing(machine, paths, "Podman's own socket");
}

function dockerSockets(machine: Machine): readonly FoundEngine[] {
  return [
    ...existing(machine, ["/var/run/docker.sock"], "Docker's own socket"),
    ...existing(
      machine,
      [join(runtimeFolder(machine), "docker.sock")],
      "rootless Docker's own socket",
    ),
    ...existing(
      machine,
      [
        join(machine.home, ".docker/desktop/docker.sock"),
        join(machine.home, ".docker/run/docker.sock"),
      ],
      "Docker Desktop's own socket",
    ),
  ];
}

/** Source: XDG Base Directory; systemd's pam_systemd makes it below /run/user. */
function runtimeFolder(machine: Machine): string {
  return said(machine, "XDG_RUNTIME_DIR") ?? `/run/user/${machine.userId ?? 0}`;
}

function existing(machine: Machine, paths: readonly string[], why: string): readonly FoundEngine[] {
  return paths
    .filter((path) => machine.exists(path))
    .map((path) => ({
      text: `unix://${path}`,
      why,
      isSaid: false,
      address: success({ kind: "socket", path }),
    }));
}

function saidEngine(host: string, why: string, tls: () => Result<EngineTls | null>): FoundEngine {
  const address = parseEngineAddress(host, { where: why, tls });
  return { text: printableAddress(host), why, isSaid: true, address };
}

/**
 * Roots of containerd's stores that are there, in the order in which they are looked into. Sources: containerd's default
 * configuration, nerdctl docs/rootless.md, docs.k3s.io "Advanced", moby's own containerd below its data-root.
 */
export function findContainerdRoots(machine: Machine): readonly string[] {
  const data = said(machine, "XDG_DATA_HOME") ?? join(machine.home, ".local/share");
  const roots = [
    "/var/lib/containerd",
    join(data, "containerd"),
    "/var/lib/docker/containerd/daemon",
    "/var/lib/rancher/k3s/agent/containerd",
  ];
  return roots.filter((root) => machine.exists(root));
}
