import { describe, expect, it } from "vitest";
import { success } from "../../../model/failure.ts";
import type { CredentialSource } from "../credentials.ts";
import { keepFrom } from "./keep-from.ts";

const all: CredentialSource = {
  find: async (key) =>
    Promise.resolve(
      success({ credential: { kind: "bearer", token: "t" }, source: `for ${key}` } as const),
    ),
};

describe("credentials for registries that only a project's file makes insecure", () => {
  it.each([
    ["registry.example:5000", "registry.example:5000", false],
    ["registry.example:5000", "registry.example", true],
    ["GHCR.io", "ghcr.io", false],
    ["Registry.Example:5000", "registry.example:5000", false],
    ["registry-1.docker.io", "registry-1.docker.io", false],
    ["docker.io", "https://index.docker.io/v1/", false],
    ["127.0.0.1:5000", "127.0.0.1:5000", true],
    ["[::1]:5000", "[::1]:5000", true],
    ["localhost", "localhost", true],
    ["LocalHost:5000", "localhost:5000", true],
    ["127.0.0.1.example", "127.0.0.1.example", false],
  ])("%s: asked for %s", async (host, key, isGiven) => {
    const found = await keepFrom([host], all).find(key, "app");
    expect(found.ok && found.value !== null).toBe(isGiven);
  });
});
