import { describe, expect, it } from "vitest";
import { findBuilder } from "./builder-table.ts";

describe("findBuilder()", () => {
  const micro = "registry.access.redhat.com/ubi9/ubi-micro";
  it.each<readonly [string | null, string | null, string | null, string | null]>([
    [micro, "almalinux", "9.3", "registry.access.redhat.com/ubi9/ubi"],
    [null, "rhel", "9.4", "registry.access.redhat.com/ubi9/ubi"],
    [null, "rhel", "8", "registry.access.redhat.com/ubi8/ubi"],
    [null, "rhel", "90", null],
    [null, "almalinux", "9.3", "almalinux:9"],
    [null, "wolfi", "20230201", "cgr.dev/chainguard/wolfi-base"],
    [null, "debian", "12", null],
    [null, null, null, null],
  ])("%s, %s %s: %s", (reference, id, version, expected) => {
    expect(findBuilder({ reference, distro: id === null ? null : { id, version } })).toBe(expected);
  });
});
