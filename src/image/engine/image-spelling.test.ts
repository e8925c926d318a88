import { describe, expect, it } from "vitest";
import { familiarName, isEngineName, nearNames, wholeName } from "./image-spelling.ts";

const hex = "0123456789abcdef".repeat(4);

describe("isEngineName()", () => {
  it.each([
    "alpine",
    "alpine:3.20",
    "library/alpine",
    "registry.example:5000/team/app_one--two:V1",
    "[::1]:5000/app",
    `app@sha256:${hex}`,
    `app:1@sha256:${hex}`,
    `sha256:${hex}`,
    hex,
    "0123456789ab",
  ])("takes %s", (name) => expect(isEngineName(name)).toBe(true));

  it.each([
    "",
    "Alpine",
    "app:",
    "app:.1",
    "../app",
    "app/../other",
    "app//other",
    "app?all=1",
    "app#x",
    "app%2fx",
    "app\n",
    "app@sha256:12",
    "a".repeat(5000),
  ])("refuses %j", (name) => expect(isEngineName(name)).toBe(false));

  it("ends with hostile names", () => {
    expect(isEngineName(`${"a-".repeat(200)}!`)).toBe(false);
    expect(isEngineName(`${"a".repeat(500)}!`)).toBe(false);
  });
});

describe("wholeName()", () => {
  it.each([
    ["alpine", "docker.io/library/alpine:latest"],
    ["alpine:3.20", "docker.io/library/alpine:3.20"],
    ["team/app", "docker.io/team/app:latest"],
    ["docker.io/library/alpine:3.20", "docker.io/library/alpine:3.20"],
    ["docker.io/alpine", "docker.io/library/alpine:latest"],
    ["localhost/app", "localhost/app:latest"],
    ["registry.example:5000/app", "registry.example:5000/app:latest"],
    [`alpine@sha256:${hex}`, `docker.io/library/alpine@sha256:${hex}`],
    [`alpine:3.20@sha256:${hex}`, `docker.io/library/alpine@sha256:${hex}`],
  ])("%s", (name, whole) => expect(wholeName(name)).toBe(whole));
});

describe("familiarName()", () => {
  it.each([
    ["docker.io/library/alpine:3.20", "alpine:3.20"],
    ["docker.io/team/app:1", "team/app:1"],
    ["ghcr.io/team/app:1", "ghcr.io/team/app:1"],
  ])("%s", (name, familiar) => expect(familiarName(name)).toBe(familiar));
});

describe("nearNames()", () => {
  const known = ["docker.io/library/python:3.9-slim", "python:3.9-slim", "pyton:3.13", "redis:8"];
  it("gives those that are written alike, then other tags, each once", () => {
    expect(nearNames("python:3.12", known)).toEqual(["pyton:3.13", "python:3.9-slim"]);
  });
  it("gives none for what is like none", () => expect(nearNames("golang:1", known)).toEqual([]));
});
