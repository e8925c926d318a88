import { describe, expect, it } from "vitest";
import { failed } from "../../model/failure.ts";
import type { RepositoryAccess } from "../access.ts";
import { withMirrors } from "./mirror-access.ts";

async function askedFor(url: string, mirrors: Readonly<Record<string, string>>): Promise<string> {
  let asked = "";
  const access: RepositoryAccess = {
    fetch(request) {
      asked = request.url;
      const failure = { kind: "not-found", what: asked, where: null, near: [] } as const;
      return Promise.resolve(failed(failure));
    },
    cacheFolder: null,
    temporaryFolder: "/nowhere",
    now: () => new Date(0),
  };
  await withMirrors(access, mirrors).fetch({ url, kind: "fixed", digest: null, maxBytes: 1 });
  return asked;
}

describe("withMirrors()", () => {
  const debian = "http://deb.debian.org/debian";
  const security = "http://deb.debian.org/debian-security";
  const mirrors = {
    [debian]: "file:///srv/debian/",
    "http://deb.debian.org": "https://mirror.example",
    [`${debian}/dists/trixie`]: "file:///srv/trixie",
  };
  it.each([
    [
      "what is below it",
      `${debian}/dists/bookworm/InRelease`,
      "file:///srv/debian/dists/bookworm/InRelease",
    ],
    ["the longest of several", `${debian}/dists/trixie/InRelease`, "file:///srv/trixie/InRelease"],
    ["a name that only starts alike", `${security}/x`, "https://mirror.example/debian-security/x"],
    ["the address itself", debian, "file:///srv/debian"],
    [
      "another host",
      "http://deb.debian.org.example/debian/x",
      "http://deb.debian.org.example/debian/x",
    ],
    ["an address with a login", "http://me:secret@deb.debian.org/debian/x", "file:///srv/debian/x"],
  ])("%s", async (_, url, expected) => {
    expect(await askedFor(url, mirrors)).toBe(expected);
  });

  it("changes nothing without mirrors", async () => {
    expect(await askedFor(`${debian}/x`, {})).toBe(`${debian}/x`);
  });
});
