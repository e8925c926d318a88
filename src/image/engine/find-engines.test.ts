import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { describeFailure } from "../../report/failure-words.ts";
import type { Machine } from "../machine/machine.ts";
import { openMachine } from "../machine/open-machine.ts";
import { memoryMachine } from "../machine/testdata/memory-machine.ts";
import { findContainerdRoots, findEngines } from "./find-engines.ts";

/** Each as `text (why): where it leads, or why not`. */
function describeEngines(machine: Machine): readonly string[] {
  return findEngines(machine).map(({ text, why, address }) => {
    if (!address.ok) return `${text} (${why}): ${describeFailure(address.failure)}`;
    const { value } = address;
    const lead = value.kind === "socket" ? value.path : value.url;
    const tls = value.kind === "tcp" && value.tls !== null ? value.tls : null;
    const certified = tls === null ? "" : `, TLS${tls.verifies ? "" : " unverified"}`;
    return `${text} (${why}): ${lead}${certified}${tls?.client ? ", client" : ""}`;
  });
}

const context = (name: string): string =>
  `/home/u/.docker/contexts/meta/${createHash("sha256").update(name).digest("hex")}/meta.json`;
const certificates = (name: string): string =>
  context(name).replace("/meta/", "/tls/").replace("meta.json", "docker");
const meta = (name: string, docker: object): string =>
  JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker } });

const docker = { "/var/run/docker.sock": "" };
const podman = { "/run/podman/podman.sock": "" };
const colima = {
  [context("colima")]: meta("colima", { Host: "unix:///home/u/.colima/docker.sock" }),
};

type Row = readonly [
  name: string,
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
  expected: readonly string[],
];

const rows: readonly Row[] = [
  ["a machine without any", {}, {}, []],
  [
    "every usual place, in order",
    {
      "/run/user/1000/docker.sock": "",
      "/run/user/1000/podman/podman.sock": "",
      "/home/u/.docker/desktop/docker.sock": "",
      "/home/u/.docker/run/docker.sock": "",
      ...podman,
      ...docker,
    },
    {},
    [
      "unix:///var/run/docker.sock (Docker's own socket): /var/run/docker.sock",
      "unix:///run/user/1000/docker.sock (rootless Docker's own socket): /run/user/1000/docker.sock",
      "unix:///home/u/.docker/desktop/docker.sock (Docker Desktop's own socket): /home/u/.docker/desktop/docker.sock",
      "unix:///home/u/.docker/run/docker.sock (Docker Desktop's own socket): /home/u/.docker/run/docker.sock",
      "unix:///run/user/1000/podman/podman.sock (Podman's own socket): /run/user/1000/podman/podman.sock",
      "unix:///run/podman/podman.sock (Podman's own socket): /run/podman/podman.sock",
    ],
  ],
  [
    "XDG_RUNTIME_DIR",
    { "/x/docker.sock": "" },
    { XDG_RUNTIME_DIR: "/x" },
    ["unix:///x/docker.sock (rootless Docker's own socket): /x/docker.sock"],
  ],
  [
    "DOCKER_HOST over a context and Docker's sockets, not Podman's",
    { ...docker, ...podman, ...colima },
    { DOCKER_HOST: "unix:///other.sock", DOCKER_CONTEXT: "colima" },
    [
      "unix:///other.sock (DOCKER_HOST): /other.sock",
      "unix:///run/podman/podman.sock (Podman's own socket): /run/podman/podman.sock",
    ],
  ],
  [
    "an empty DOCKER_HOST is none",
    docker,
    { DOCKER_HOST: "" },
    ["unix:///var/run/docker.sock (Docker's own socket): /var/run/docker.sock"],
  ],
  [
    "DOCKER_HOST at Podman's socket, once",
    podman,
    { DOCKER_HOST: "unix:///run/podman/podman.sock" },
    ["unix:///run/podman/podman.sock (DOCKER_HOST): /run/podman/podman.sock"],
  ],
  [
    "tcp with the port of plain HTTP",
    {},
    { DOCKER_HOST: "tcp://build.example" },
    ["tcp://build.example (DOCKER_HOST): http://build.example:2375"],
  ],
  [
    "tcp with port 80 and a path",
    {},
    { DOCKER_HOST: "tcp://build.example:80/engine/" },
    ["tcp://build.example:80/engine/ (DOCKER_HOST): http://build.example:80/engine"],
  ],
  [
    "an address of IPv6",
    {},
    { DOCKER_HOST: "tcp://[::1]:2375" },
    ["tcp://[::1]:2375 (DOCKER_HOST): http://[::1]:2375"],
  ],
  [
    "tcp with certificates",
    { "/c/ca.pem": "CA", "/c/cert.pem": "CERT", "/c/key.pem": "KEY" },
    { DOCKER_HOST: "tcp://build.example", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/c" },
    ["tcp://build.example (DOCKER_HOST): https://build.example:2376, TLS, client"],
  ],
  [
    "a certificate without its key",
    { "/c/ca.pem": "CA", "/c/cert.pem": "CERT" },
    { DOCKER_HOST: "tcp://build.example", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/c" },
    ["tcp://build.example (DOCKER_HOST): Cannot find /c/key.pem: there is none"],
  ],
  [
    "a folder of certificates without an authority",
    { "/c/cert.pem": "CERT", "/c/key.pem": "KEY" },
    { DOCKER_HOST: "tcp://build.example", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/c" },
    ["tcp://build.example (DOCKER_HOST): Cannot find /c/ca.pem: there is none"],
  ],
  [
    "DOCKER_TLS takes any certificate",
    {},
    { DOCKER_HOST: "tcp://build.example:9", DOCKER_TLS: "1" },
    ["tcp://build.example:9 (DOCKER_HOST): https://build.example:9, TLS unverified"],
  ],
  [
    "ssh, without the password",
    {},
    { DOCKER_HOST: "ssh://me:secret@build.example" },
    [
      "ssh://build.example (DOCKER_HOST): Cannot use ssh://build.example in DOCKER_HOST: ssh is not spoken here; bring its socket here with ssh -N -L /tmp/engine.sock:/var/run/docker.sock HOST and name unix:///tmp/engine.sock",
    ],
  ],
  [
    "a named pipe",
    {},
    { DOCKER_HOST: "npipe:////./pipe/docker_engine" },
    [
      "npipe:////./pipe/docker_engine (DOCKER_HOST): Cannot use npipe:////./pipe/docker_engine in DOCKER_HOST: named pipes are not read; let the engine listen on tcp, or save the image",
    ],
  ],
  [
    "a password in tcp",
    {},
    { DOCKER_HOST: "tcp://me:secret@build.example:1?token=secret" },
    [
      "tcp://build.example:1 (DOCKER_HOST): Cannot read tcp://build.example:1 in DOCKER_HOST as address of an engine: an engine takes no user name and password",
    ],
  ],
  [
    "no address at all",
    {},
    { DOCKER_HOST: "docker.sock" },
    [
      "docker.sock (DOCKER_HOST): Cannot read docker.sock in DOCKER_HOST as address of an engine: it is no address: unix://PATH or tcp://HOST:PORT",
    ],
  ],
  [
    "the current context of Docker's configuration, in place of Docker's sockets",
    { ...docker, ...colima, "/home/u/.docker/config.json": '{"currentContext":"colima"}' },
    {},
    ["unix:///home/u/.colima/docker.sock (context colima): /home/u/.colima/docker.sock"],
  ],
  [
    "DOCKER_CONTEXT over the current one",
    { ...docker, ...colima, "/home/u/.docker/config.json": '{"currentContext":"colima"}' },
    { DOCKER_CONTEXT: "default" },
    ["unix:///var/run/docker.sock (Docker's own socket): /var/run/docker.sock"],
  ],
  [
    "a context with certificates, in DOCKER_CONFIG",
    Object.fromEntries(
      [
        [context("far"), meta("far", { Host: "tcp://far.example:2376" })] as const,
        [`${certificates("far")}/ca.pem`, "CA"] as const,
      ].map(([path, text]) => [path.replace("/home/u/.docker", "/config"), text]),
    ),
    { DOCKER_CONFIG: "/config", DOCKER_CONTEXT: "far" },
    ["tcp://far.example:2376 (context far): https://far.example:2376, TLS"],
  ],
  [
    "a context that skips verification",
    { [context("far")]: meta("far", { Host: "tcp://far.example:1", SkipTLSVerify: true }) },
    { DOCKER_CONTEXT: "far" },
    ["tcp://far.example:1 (context far): https://far.example:1, TLS unverified"],
  ],
  [
    "a context that is not there",
    { ...docker, ...colima },
    { DOCKER_CONTEXT: "colma" },
    [
      "context colma (context colma): Cannot find context colma in /home/u/.docker: there is none, the nearest: colima",
    ],
  ],
  [
    "a context without an engine",
    { [context("kube")]: meta("kube", {}) },
    { DOCKER_CONTEXT: "kube" },
    [
      `context kube (context kube): Cannot read ${context("kube")} as configuration of Docker: it names no host of an engine`,
    ],
  ],
  [
    "a configuration that is no JSON is said, and Docker's sockets are asked",
    { ...docker, "/home/u/.docker/config.json": "{" },
    {},
    [
      "/home/u/.docker/config.json (currentContext): Cannot read /home/u/.docker/config.json as configuration of Docker: it is not JSON",
      "unix:///var/run/docker.sock (Docker's own socket): /var/run/docker.sock",
    ],
  ],
  [
    "CONTAINER_HOST in place of Podman's sockets",
    { ...docker, ...podman },
    { CONTAINER_HOST: "unix:///p.sock" },
    [
      "unix:///var/run/docker.sock (Docker's own socket): /var/run/docker.sock",
      "unix:///p.sock (CONTAINER_HOST): /p.sock",
    ],
  ],
];

describe("findEngines()", () => {
  it.each(rows)("%s", (_, files, env, expected) => {
    expect(describeEngines(memoryMachine(files, env))).toEqual(expected);
  });

  it("shows no secret of an address anywhere", () => {
    for (const host of [
      "ssh://me:secret@h",
      "tcp://me:secret@h:1",
      "tcp://h?a=secret",
      "x//u:secret@h",
    ]) {
      expect(JSON.stringify(findEngines(memoryMachine({}, { DOCKER_HOST: host })))).not.toContain(
        "secret",
      );
    }
  });
});

it("does not wait for a configuration that is a pipe", () => {
  const home = mkdtempSync(join(tmpdir(), "find-engines-"));
  onTestFinished(() => rmSync(home, { recursive: true }));
  mkdirSync(join(home, ".docker"));
  const file = join(home, ".docker/config.json");
  execFileSync("mkfifo", [file]);
  const machine = { ...openMachine({ env: {}, home, userId: null }), exists: () => false };
  expect(describeEngines(machine)).toEqual([
    `${file} (currentContext): Cannot read ${file} as settings: it is no regular file`,
  ]);
});

describe("findContainerdRoots()", () => {
  it("gives those that are there, root's first", () => {
    const machine = memoryMachine({
      "/home/u/.local/share/containerd/x": "",
      "/var/lib/containerd/x": "",
    });
    const expected = ["/var/lib/containerd", "/home/u/.local/share/containerd"];
    expect(findContainerdRoots(machine)).toEqual(expected);
  });
});
