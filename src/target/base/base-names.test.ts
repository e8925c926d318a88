import { describe, expect, it } from "vitest";
import { distroOfName, isOfficial, plainName, relateNames } from "./base-names.ts";

describe("relateNames()", () => {
  it.each([
    ["alpine:3.20", "alpine:3.20.3", "same"],
    ["docker.io/library/alpine:3.20.3", "alpine:3.20.3", "same"],
    ["alpine", "alpine:3.20.3", "same"],
    ["alpine:3.2", "alpine:3.20.3", "sibling"],
    ["alpine:3.18", "alpine:3.20.3", "sibling"],
    ["debian:12-slim", "debian:bookworm-slim", "same"],
    ["debian:bookworm-20241111-slim", "debian:bookworm-slim", "same"],
    ["debian:12", "debian:bookworm-slim", "sibling"],
    ["debian:latest", "debian:bookworm-slim", "sibling"],
    ["gcr.io/distroless/cc-debian12", "gcr.io/distroless/cc-debian12:latest", "same"],
    ["gcr.io/distroless/cc-debian12:nonroot", "gcr.io/distroless/cc-debian12", "sibling"],
    ["gcr.io/distroless/cc-debian12", "gcr.io/distroless/cc-debian13", "other"],
    ["localhost/alpine:3.20", "alpine:3.20", "other"],
    ["owner/alpine:3.20", "alpine:3.20", "other"],
    ["scratch", "scratch", "same"],
    ["scratch", "library/scratch", "other"],
    ["Not a name", "alpine", "other"],
    ["alpine:constructor", "alpine:3", "sibling"],
  ] as const)("%s and %s: %s", (a, b, expected) => {
    expect([relateNames(a, b), relateNames(b, a)]).toEqual([expected, expected]);
  });
});

describe("distroOfName()", () => {
  it.each([
    ["alpine:3.20", "alpine 3.20"],
    ["node:20-alpine3.20", "alpine 3.20"],
    ["node:20-alpine", "alpine null"],
    ["python:3.12-slim-bookworm", "debian 12"],
    ["ubuntu:jammy", "ubuntu 22.04"],
    ["gcr.io/distroless/python3-debian12", "debian 12"],
    ["quay.io/centos/fedora:41", "fedora 41"],
    ["debian:bookworm-20241111-slim", "debian 12"],
    ["debian", "debian null"],
    ["node:20", null],
    ["one.example/base:constructor", null],
    ["scratch", null],
  ])("%s", (name, expected) => {
    const found = distroOfName(name);
    expect(found === null ? null : `${found.id} ${found.version}`).toBe(expected);
  });
});

describe("isOfficial()", () => {
  it.each([
    ["alpine", true],
    ["docker.io/library/debian:12", true],
    ["gcr.io/distroless/static-debian12", true],
    ["owner/alpine", false],
    ["gcr.io/other/static", false],
    ["one.example/library/alpine", false],
    ["scratch", true],
    [null, false],
  ])("%s: %s", (name, expected) => {
    expect(isOfficial(name)).toBe(expected);
  });
});

describe("plainName()", () => {
  it.each([
    ["docker.io/library/alpine:3", "alpine:3"],
    [`alpine@sha256:${"a".repeat(64)}`, "alpine"],
    ["alpine", "alpine:latest"],
    ["\u001b[2J", null],
    ["", null],
  ])("%j", (name, expected) => {
    expect(plainName(name)).toBe(expected);
  });
});
