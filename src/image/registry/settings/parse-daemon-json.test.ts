import { describe, expect, it } from "vitest";
import { isInNetworks, parseDaemonJson } from "./parse-daemon-json.ts";

describe("parseDaemonJson()", () => {
  it.each(["", " \n", "{}", '{"registry-mirrors": null, "log-level": "info"}'])(
    "reads nothing out of %j",
    (text) => {
      const value = { mirrors: [], insecureHosts: [], insecureNetworks: [] };
      expect(parseDaemonJson(text)).toEqual({ value, problems: [] });
    },
  );

  /** Moby v2.0.0-beta.24 (registry.NewService) refuses the same, but takes a path and an address without a host. */
  it.each([
    ["registry-mirrors", "a.b", /^registry-mirrors 1 must be https:\/\/HOST/],
    ["registry-mirrors", "ftp://a.b", /must be https:/],
    ["registry-mirrors", "https://", /must be https:/],
    ["registry-mirrors", "https://a.b/c", /has a path, which is not supported/],
    ["registry-mirrors", "https://a.b?c", /must not hold \? or #/],
    ["registry-mirrors", "https://marker@a.b", /must not hold a user or password/],
    ["insecure-registries", "a b", /"a b" is no HOST\[:PORT\] or network/],
    ["insecure-registries", "10.0.0.0/33", /is no HOST/],
    ["insecure-registries", "10.0.0/8", /is no HOST/],
    ["insecure-registries", "a.b/c", /is no HOST/],
  ])("refuses %s %s", (name, text, reason) => {
    const { value, problems } = parseDaemonJson(JSON.stringify({ [name]: [text] }));
    expect(value).toEqual({ mirrors: [], insecureHosts: [], insecureNetworks: [] });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.reason).toMatch(reason);
    expect(problems[0]?.reason).not.toContain("marker");
  });

  it.each(["[]", "1", "{", '{"registry-mirrors": "a"}', '{"insecure-registries": [1]}'])(
    "tells %s",
    (text) => expect(parseDaemonJson(text).problems).toHaveLength(1),
  );
});

describe("isInNetworks()", () => {
  it.each([
    ["127.255.0.1", "127.0.0.0/8", true],
    ["128.0.0.1", "127.0.0.0/8", false],
    ["::1", "::1/128", true],
    ["fd12::1", "fd00::/8", true],
    ["::ffff:127.0.0.1", "127.0.0.0/8", true],
    ["1.2.3.4", "0.0.0.0/0", true],
    ["::1", "0.0.0.0/0", false],
    ["1.2.3.4", "::/0", false],
    ["example.com", "0.0.0.0/0", false],
  ])("of %s in %s is %s", (address, network, expected) => {
    expect(isInNetworks(address, [network])).toBe(expected);
  });
});
