import { describe, expect, it } from "vitest";
import { memoryRootfs } from "../../../test/memory-rootfs.ts";
import { testFamily } from "../contract.ts";
import { indexOwnership } from "../ownership.ts";
import { installedPackages } from "../installed-packages.ts";
import { apk } from "./apk.ts";

const one = "P:one\nV:1-r0\nF:bin\nR:one\n\n";
const two = "P:two\nV:2-r0\nF:usr/bin\nR:two\n\n";

testFamily({
  family: apk,
  database: { "/lib/apk/db/installed": one + two },
  broken: { "/lib/apk/db/installed": one.replace("V:1-r0\n", "") + two },
  unreadable: {
    "/lib/apk/db/installed": { link: "/data/installed" },
    "/data/installed": one + two,
  },
});

describe("apk.findPackages()", () => {
  it("reads the place of apk 3, and one database once where /lib is /usr/lib", () => {
    const files = { "/lib": { link: "usr/lib" }, "/usr/lib/apk/db/installed": one };
    const found = apk.findPackages(memoryRootfs(files));
    expect(found).toMatchObject({ packages: [{ name: "one" }], problems: [] });
  });

  it("counts the newer place of two, and says so", () => {
    const files = { "/lib/apk/db/installed": one, "/usr/lib/apk/db/installed": two };
    const found = apk.findPackages(memoryRootfs(files));
    expect(found).toMatchObject({
      packages: [{ name: "two" }],
      problems: [{ kind: "unsupported", what: "/lib/apk/db/installed" }],
    });
  });

  it("gives links to BusyBox to its package, but not those of the app", () => {
    const rootfs = memoryRootfs({
      "/lib/apk/db/installed": one,
      "/bin/one": "",
      "/usr/bin/applet": { link: "/bin/one" },
      "/usr/local/bin/mine": { link: "/bin/one" },
      "/app/mine": { link: "/bin/one" },
    });
    const ownership = indexOwnership(rootfs, installedPackages(rootfs));
    expect(ownership.ownerOf("/usr/bin/applet")?.name).toBe("one");
    expect(ownership.ownerOf("/usr/local/bin/mine")).toBeNull();
    expect(ownership.ownerOf("/app/mine")).toBeNull();
  });
});
