import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseImageName, wholeName } from "./parse-image-name.ts";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const longer = `sha512:${"0123456789abcdef".repeat(8)}`;
const long = "a".repeat(128);

/**
 * Held against distribution/reference v0.6.0 (ParseNormalizedNamed, TagNameOnly, FamiliarString) on 278,000 names drawn
 * from pieces of these; the differences are the last two of `refused`.
 */
const read: readonly (readonly [text: string, whole: string, familiar: string])[] = [
  ["alpine", "docker.io/library/alpine:latest", "alpine:latest"],
  ["alpine:3.20", "docker.io/library/alpine:3.20", "alpine:3.20"],
  ["library/alpine", "docker.io/library/alpine:latest", "alpine:latest"],
  ["docker.io/alpine", "docker.io/library/alpine:latest", "alpine:latest"],
  ["index.docker.io/alpine", "docker.io/library/alpine:latest", "alpine:latest"],
  ["index.docker.io", "docker.io/library/index.docker.io:latest", "index.docker.io:latest"],
  ["docker.io/library/a/b", "docker.io/library/a/b:latest", "library/a/b:latest"],
  ["owner/app:2", "docker.io/owner/app:2", "owner/app:2"],
  ["a/b/c/d", "docker.io/a/b/c/d:latest", "a/b/c/d:latest"],
  ["ghcr.io/owner/app", "ghcr.io/owner/app:latest", "ghcr.io/owner/app:latest"],
  ["ghcr.io/app", "ghcr.io/app:latest", "ghcr.io/app:latest"],
  ["localhost/app", "localhost/app:latest", "localhost/app:latest"],
  ["localhost:5000/app:1", "localhost:5000/app:1", "localhost:5000/app:1"],
  ["localhost:5000", "docker.io/library/localhost:5000", "localhost:5000"],
  ["localhosts/app", "docker.io/localhosts/app:latest", "localhosts/app:latest"],
  ["registry:5000/a/b:c", "registry:5000/a/b:c", "registry:5000/a/b:c"],
  ["[::1]/app", "[::1]/app:latest", "[::1]/app:latest"],
  ["[fe80::1]:5000/app:1", "[fe80::1]:5000/app:1", "[fe80::1]:5000/app:1"],
  ["10.0.0.1:80/app", "10.0.0.1:80/app:latest", "10.0.0.1:80/app:latest"],
  ["Example.COM/app", "Example.COM/app:latest", "Example.COM/app:latest"],
  ["Foo/app", "Foo/app:latest", "Foo/app:latest"],
  ["xn--7o8h.com/app", "xn--7o8h.com/app:latest", "xn--7o8h.com/app:latest"],
  ["a__b/c--d/e.f_g", "docker.io/a__b/c--d/e.f_g:latest", "a__b/c--d/e.f_g:latest"],
  [`alpine@${digest}`, `docker.io/library/alpine@${digest}`, `alpine@${digest}`],
  [`alpine:3@${digest}`, `docker.io/library/alpine:3@${digest}`, `alpine:3@${digest}`],
  [`q.io/a@${longer}`, `q.io/a@${longer}`, `q.io/a@${longer}`],
  [`a:${long}`, `docker.io/library/a:${long}`, `a:${long}`],
  ["a:_.-Z", "docker.io/library/a:_.-Z", "a:_.-Z"],
  [`${"a/".repeat(123)}b`, `docker.io/${"a/".repeat(123)}b:latest`, `${"a/".repeat(123)}b:latest`],
  ["f".repeat(63), `docker.io/library/${"f".repeat(63)}:latest`, `${"f".repeat(63)}:latest`],
];

const refused: readonly (readonly [text: string, reason: RegExp])[] = [
  ["", /empty, expected a name such as/],
  ["Alpine", /"library\/Alpine" must be lower case/],
  ["ghcr.io/Owner/app", /"Owner\/app" must be lower case/],
  ["f".repeat(64), /64 hexadecimal digits are the id of an image/],
  ["a:", /"" is no tag/],
  ["a:.b", /"\.b" is no tag/],
  ["a:b:c", /"b:c" is no tag/],
  [`a:${long}a`, /is no tag, expected up to 128/],
  ["a@", /"" is no digest/],
  ["a@sha256:00", /"sha256:00" is no digest, expected sha256: and 64/],
  [`a@${digest.toUpperCase()}`, /is no digest/],
  [`a@${digest}@${digest}`, /is no digest/],
  [`@${digest}`, /"" is no part of a name/],
  [`a@md5:${"0".repeat(32)}`, /is no digest/],
  ["a//b", /"" is no part of a name/],
  ["/a", /"" is no part of a name/],
  ["a/", /"" is no part of a name/],
  ["-a", /"-a" is no part of a name/],
  ["a-", /"a-" is no part of a name/],
  ["a___b", /"a___b" is no part of a name/],
  ["a..b", /"a..b" is no part of a name/],
  ["a b", /"a b" is no part of a name/],
  ["a\nb", /"a\\nb" is no part of a name/],
  ["alpine\n", /is no part of a name/],
  ["é", /is no part of a name/],
  ["https://ghcr.io/a", /"https:" is no registry/],
  ["[::1/a", /is no registry, expected HOST/],
  ["[::1%25eth0]/a", /is no registry/],
  ["::1/a", /is no registry/],
  ["-a.com/b", /is no registry/],
  ["a.com:x/b", /is no registry/],
  ["ghcr.io/", /"" is no part of a name/],
  ["a".repeat(256), /longer than 255/],
  ["a".repeat(5000), /longer than 4096/],
  // Docker takes these for a repository without a registry, which no registry can then be asked for.
  ["my_host.com/a", /"my_host.com" is no registry/],
];

describe("parseImageName()", () => {
  it.each(read)("reads %s as %s, %s", (text, whole, familiar) => {
    const name = parseImageName(text);
    if (!name.ok) throw new Error(JSON.stringify(name.failure));
    expect(wholeName(name.value)).toBe(whole);
    expect(name.value.familiar).toBe(familiar);
    expect(parseImageName(whole)).toEqual(name);
  });

  it.each(refused)("refuses %j: %s", (text, reason) => {
    const name = parseImageName(text);
    expect(name).toMatchObject({ ok: false, failure: { kind: "malformed", format: "image name" } });
    expect(JSON.stringify(name).length).toBeLessThan(1000);
    if (!name.ok && name.failure.kind === "malformed") expect(name.failure.reason).toMatch(reason);
  });

  it("does not verify every digest there is", () => {
    const name = parseImageName(`a@sha384:${"0".repeat(96)}`);
    expect(name).toMatchObject({ ok: false, failure: { kind: "unsupported" } });
  });

  it("reads what it wrote", () => {
    const piece = fc.constantFrom("a", "B", "0", "-", "_", ".", ":", "/", "@", "[::1]", digest);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const first = parseImageName(pieces.join(""));
        if (!first.ok) return;
        expect(parseImageName(wholeName(first.value))).toEqual(first);
        expect(parseImageName(first.value.familiar)).toEqual(first);
      }),
    );
  });
});
