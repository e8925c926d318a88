import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { failed, success, type Failure } from "../model/failure.ts";
import {
  doctorLines,
  hasProblem,
  renderDoctor,
  renderDoctorJson,
  type DoctorFacts,
} from "./doctor.ts";

const denied: Failure = {
  kind: "denied",
  what: "unix:///run/docker.sock",
  where: null,
  reason: "permission denied",
};

const nothing: DoctorFacts = {
  tool: "0.1.0",
  node: "24.1.0",
  system: "linux/x64",
  settingsFiles: [],
  cache: { folder: "/home/u/.cache/fromage", sizeBytes: null, problem: null },
  sandbox: { bubblewrap: null, userNamespaces: null },
  machine: {
    engines: [],
    stores: [],
    registries: { sources: [], mirrors: [], problems: [] },
    logins: [],
    proxies: { https: null, http: null, problems: [] },
  },
  image: null,
};

const everything: DoctorFacts = {
  ...nothing,
  settingsFiles: ["/home/u/app/fromage.yaml"],
  cache: { ...nothing.cache, sizeBytes: 1_500_000 },
  sandbox: { bubblewrap: "/usr/bin/bwrap", userNamespaces: true },
  machine: {
    engines: [
      {
        address: "unix:///run/podman.sock",
        why: "Podman's own socket",
        answer: success("Podman at unix:///run/podman.sock"),
      },
      { address: "tcp://h:2375", why: "DOCKER_HOST", answer: null },
    ],
    stores: [{ root: "/var/lib/containerd", names: success(3) }],
    registries: {
      sources: ["/etc/containers/registries.conf"],
      mirrors: [{ registry: "docker.io", mirror: "m.example", source: "fromage.yaml" }],
      problems: [],
    },
    logins: [
      {
        source: "~/.docker/config.json",
        isThere: true,
        keys: ["ghcr.io"],
        helpers: [{ program: "docker-credential-x", isInstalled: true, keys: null }],
        problems: [],
      },
    ],
    proxies: { https: "http://p.example:3128", http: null, problems: [] },
  },
  image: { reference: "alpine:3.20", origin: "docker.io", digest: `sha256:${"0".repeat(64)}` },
};

const broken: DoctorFacts = {
  ...nothing,
  cache: { ...nothing.cache, problem: { ...denied, what: "/c" } },
  sandbox: { bubblewrap: "/usr/bin/bwrap", userNamespaces: false },
  machine: {
    ...nothing.machine,
    engines: [{ address: "unix:///run/docker.sock", why: "it is there", answer: failed(denied) }],
    logins: [
      {
        source: "~/.docker/config.json",
        isThere: true,
        keys: [],
        helpers: [{ program: "docker-credential-x", isInstalled: false, keys: ["a", "b"] }],
        problems: [{ kind: "readable-by-others", what: "~/.docker/config.json", mode: 0o644 }],
      },
    ],
    proxies: { https: null, http: null, problems: [{ ...denied, what: "$HTTPS_PROXY" }] },
  },
  image: { reference: "x:1", failure: denied },
};

const validate = new Ajv2020({ strict: true, allErrors: true }).compile(
  JSON.parse(readFileSync(join(import.meta.dirname, "../../schema/doctor@1.json"), "utf8")),
);

describe("fromage doctor", () => {
  it.each([
    ["nothing there", nothing, false],
    ["everything there", everything, false],
    ["all of it broken", broken, true],
  ])("%s", (_, facts, isProblem) => {
    expect(hasProblem(doctorLines(facts))).toBe(isProblem);
    expect(renderDoctor(facts, { columns: 80, color: false })).toMatchSnapshot();
    expect(validate(JSON.parse(renderDoctorJson(facts)))).toBe(true);
  });

  it("keeps to the columns, and control characters out", () => {
    const folder = `/home/${"long ".repeat(40)}\u001b[31m`;
    const text = renderDoctor(
      { ...nothing, cache: { ...nothing.cache, folder } },
      { columns: 60, color: false },
    );
    expect(text.split("\n").every((line) => line.length <= 60)).toBe(true);
    expect(text).not.toContain("\u001b");
  });
});
