import { zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { FormatError } from "../../formats/format-error.ts";
import { fromBytes } from "../../formats/random-access.ts";
import type { FileEntry, PackageFact } from "../layer-facts.ts";
import { packageReader } from "./packages.ts";

function entryAt(path: string): FileEntry {
  return { path, type: "file", mode: 0o644, uid: 0, gid: 0, sizeBytes: 0 };
}
function read(path: string, text: string): PackageFact | null {
  return packageReader.read({ entry: entryAt(path), content: fromBytes(Buffer.from(text)) });
}

describe("packageReader wants", () => {
  const rows: readonly [string, boolean][] = [
    ["/var/lib/dpkg/status", true],
    ["/var/lib/dpkg/status-old", false],
    ["/var/lib/dpkg/available", false],
    ["/var/lib/dpkg/diversions", true],
    ["/var/lib/dpkg/status.d/libc6", true],
    ["/var/lib/dpkg/status.d/libc6.md5sums", true],
    ["/var/lib/dpkg/status.d/libdb5.3t64", true],
    ["/var/lib/dpkg/status.d/libssl1.1", true],
    ["/var/lib/dpkg/status.d/libc6.preinst", false],
    ["/var/lib/dpkg/status.d/libc6.conffiles", false],
    ["/var/lib/dpkg/status.d/a/b", false],
    ["/var/lib/dpkg/info/libc6:amd64.list", true],
    ["/var/lib/dpkg/info/libc6:amd64.md5sums", false],
    ["/var/lib/dpkg/info/format", false],
    ["/lib/apk/db/installed", true],
    ["/usr/lib/apk/db/installed", true],
    ["/lib/apk/db/scripts.tar", false],
    ["/var/lib/rpm/rpmdb.sqlite", true],
    ["/var/lib/rpm/rpmdb.sqlite-wal", true],
    ["/var/lib/rpm/rpmdb.sqlite-journal", true],
    ["/var/lib/rpm/rpmdb.sqlite-shm", false],
    ["/var/lib/rpmmanifest/container-manifest-2", true],
    ["/var/lib/rpm/Packages", true],
    ["/usr/lib/sysimage/rpm/Packages.db", true],
    ["/usr/lib/sysimage/rpm/rpmdb.sqlite", true],
    ["/var/lib/chisel/manifest.wall", true],
    ["/var/lib/dpkg/alternatives/awk", true],
    ["/var/lib/dpkg/alternatives/awk.dpkg-tmp", false],
    ["/var/lib/dpkg/alternatives/a/b", false],
    ["/app/var/lib/dpkg/status", false],
  ];
  it.each(rows)("%s: %s", (path, wanted) => {
    expect(packageReader.wants(entryAt(path), new Uint8Array())).toBe(wanted);
  });
});

describe("packageReader reads", () => {
  const rows: readonly [string, string, object][] = [
    [
      "/var/lib/dpkg/status",
      "Package: a\nVersion: 1\nSource: b (2)\n",
      {
        manager: "dpkg",
        packages: [
          {
            name: "a",
            version: "1",
            architecture: null,
            source: "b",
            sourceVersion: "2",
            files: [],
          },
        ],
        problems: [],
      },
    ],
    [
      "/var/lib/dpkg/info/a:amd64.list",
      "/.\n/x\n",
      { manager: "dpkg-files", package: "a:amd64", files: ["/.", "/x"], problems: [] },
    ],
    [
      "/lib/apk/db/installed",
      "P:a\nV:1\no:b\nF:d\nR:f\n",
      {
        manager: "apk",
        packages: [{ name: "a", version: "1", architecture: null, source: "b", files: ["/d/f"] }],
        problems: [],
      },
    ],
    [
      "/var/lib/rpm/Packages.db",
      `RpmP${"\0".repeat(28)}`,
      { manager: "rpm", packages: [], problems: [] },
    ],
    [
      "/var/lib/dpkg/alternatives/awk",
      "auto\n/usr/bin/awk\n\n/usr/bin/mawk\n5\n\n",
      { manager: "dpkg-alternatives", group: { name: "awk", isAutomatic: true }, problems: [] },
    ],
  ];
  it.each(rows)("%s", (path, text, expected) => {
    expect(read(path, text)).toMatchObject(expected);
  });

  it("a chisel manifest: packages with slices and paths", () => {
    const lines =
      '{"jsonwall":"1.0"}\n{"kind":"content","slice":"a_x","path":"/p"}\n' +
      '{"kind":"package","name":"a","version":"1","arch":"amd64"}\n{"kind":"slice","name":"a_x"}\n';
    const content = fromBytes(zstdCompressSync(lines));
    const packages = [
      {
        ...{ name: "a", version: "1", architecture: "amd64", source: null },
        ...{ slices: ["x"], files: ["/p"] },
      },
    ];
    const entry = entryAt("/var/lib/chisel/manifest.wall");
    expect(packageReader.read({ entry, content })).toEqual({
      manager: "dpkg",
      packages,
      problems: [],
    });
  });

  it("nothing from another file", () => expect(read("/etc/passwd", "")).toBeNull());

  it("a text that is too big: not, and says so", () => {
    const sizeBytes = 64 * 1024 * 1024 + 1;
    const content = { sizeBytes, read: () => Buffer.from("P:a\nV:1\n") };
    expect(packageReader.read({ entry: entryAt("/lib/apk/db/installed"), content })).toMatchObject({
      packages: [],
      problems: [{ kind: "over-limit" }],
    });
  });

  it("throws FormatError for a database that is none", () => {
    expect(() => read("/var/lib/rpm/rpmdb.sqlite", "x")).toThrow(FormatError);
  });
});
