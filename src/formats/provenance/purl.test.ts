import { describe, expect, it } from "vitest";
import { parseImageUrl } from "./purl.ts";

const hex = "a".repeat(64);

const rows = [
  ["pkg:docker/alpine@3.20?platform=linux%2Famd64", "alpine:3.20", null],
  ["pkg:docker/library/alpine@3.20", "library/alpine:3.20", null],
  [`pkg:docker/ghcr.io/owner/app@1?digest=sha256:${hex}`, "ghcr.io/owner/app:1", `sha256:${hex}`],
  [`pkg:docker/alpine@sha256:${hex}`, "alpine", `sha256:${hex}`],
  [`pkg:docker/alpine@sha256%3A${hex}?tag=3.20`, "alpine:3.20", `sha256:${hex}`],
  ["pkg:docker/localhost%3A5000/app@1", "localhost:5000/app:1", null],
  ["pkg:oci/app?repository_url=ghcr.io%2Fowner%2Fapp&tag=1", "ghcr.io/owner/app:1", null],
  ["pkg:docker/alpine", "alpine", null],
] as const;

describe("parseImageUrl()", () => {
  it.each(rows)("%s", (url, name, digest) => {
    expect(parseImageUrl(url)).toEqual({ name, digest });
  });

  it.each([
    "",
    "pkg:deb/debian/curl@1",
    "https://github.com/a/b",
    "pkg:docker/%E0%A4%A@1",
    "pkg:docker/",
  ])("%j names no image", (url) => {
    expect(parseImageUrl(url)).toBeNull();
  });

  it("a URL of a megabyte names no image", () => {
    expect(parseImageUrl(`pkg:docker/${"a".repeat(1e6)}`)).toBeNull();
  });
});
