import { describe, expect, it } from "vitest";
import { elfFacts } from "../../test/elf-facts.ts";
import { type MemoryFile, memoryRootfs } from "../../test/memory-rootfs.ts";
import type { ElfFacts } from "../formats/elf/facts.ts";
import { describeRootfs } from "./describe-rootfs.ts";

const program = { content: "", mode: 0o755 };

describe("describeRootfs() finds the shell", () => {
  const rows: readonly [string, Readonly<Record<string, MemoryFile>>, string | null][] = [
    ["a file", { "/bin/sh": program }, "/bin/sh"],
    ["a link", { "/bin/sh": { link: "/bin/busybox" }, "/bin/busybox": program }, "/bin/busybox"],
    [
      "through a linked /bin",
      { "/bin": { link: "usr/bin" }, "/usr/bin/sh": program },
      "/usr/bin/sh",
    ],
    ["none", {}, null],
    ["a link to nothing", { "/bin/sh": { link: "dash" } }, null],
    ["a directory", { "/bin/sh": { directory: true } }, null],
    ["not executable", { "/bin/sh": "" }, null],
  ];
  it.each(rows)("%s", (_, files, realPath) => {
    const { shell } = describeRootfs(memoryRootfs(files));
    expect(shell).toEqual(realPath === null ? null : { path: "/bin/sh", realPath });
  });
});

describe("describeRootfs() finds the package manager", () => {
  const rows: readonly [string, Readonly<Record<string, MemoryFile>>, string | null][] = [
    ["apk", { "/sbin/apk": program }, "apk"],
    ["apt-get", { "/usr/bin/apt-get": program }, "apt-get"],
    ["microdnf alone", { "/usr/bin/microdnf": program }, "microdnf"],
    ["dnf before microdnf", { "/usr/bin/microdnf": program, "/usr/bin/dnf": program }, "dnf"],
    ["a database without a command", { "/var/lib/dpkg/status": "" }, null],
    ["a file that is not executable", { "/usr/bin/apt-get": "" }, null],
    [
      "that of the distribution first",
      { "/sbin/apk": program, "/usr/bin/apt-get": program, "/etc/os-release": "ID=ubuntu" },
      "apt-get",
    ],
  ];
  it.each(rows)("%s", (_, files, command) => {
    expect(describeRootfs(memoryRootfs(files)).packageManager).toBe(command);
  });
});

/** A shared file with nothing in it. */
const empty = elfFacts();

describe("describeRootfs() finds the C library", () => {
  const loader = "/lib64/ld-linux-x86-64.so.2";
  const library = "/lib/x86_64-linux-gnu/libc.so.6";
  const musl = "/lib/ld-musl-x86_64.so.1";
  const glibc: ElfFacts = { ...empty, libc: { kind: "glibc", version: "2.36" } };
  const debian = {
    [loader]: { link: "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" },
    "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2": program,
    [library]: "",
  };

  it("glibc by the libc.so.6 beside its loader", () => {
    const { libc } = describeRootfs(memoryRootfs(debian, { [library]: glibc }));
    expect(libc).toEqual({ kind: "glibc", version: "2.36", loader });
  });

  it("musl by its loader", () => {
    const facts: ElfFacts = {
      ...empty,
      loader: { kind: "musl", version: "1.2.5", systemDirs: [], muslArchitecture: "x86_64" },
    };
    const { libc } = describeRootfs(memoryRootfs({ [musl]: program }, { [musl]: facts }));
    expect(libc).toEqual({ kind: "musl", version: "1.2.5", loader: musl });
  });

  it("of two the one that starts the shell", () => {
    const files = { ...debian, [musl]: program, "/bin/sh": program };
    const sh = { "/bin/sh": { ...empty, interpreter: musl } };
    const found = describeRootfs(memoryRootfs(files, sh));
    expect(found.libc?.kind).toBe("musl");
    expect(found.libcs.map(({ kind }) => kind)).toEqual(["musl", "glibc"]);
  });

  const rows: readonly [string, Readonly<Record<string, MemoryFile>>, string | null][] = [
    ["none at all", {}, null],
    ["a loader that is a link to nothing", { [loader]: { link: "gone" } }, null],
    ["by name alone, where facts are missing", debian, "glibc"],
    ["uClibc", { "/lib/ld64-uClibc.so.1": program }, "uclibc"],
    ["a library that is no loader", { "/lib/libc.so": program, "/lib/ld-x.so": program }, null],
  ];
  it.each(rows)("%s", (_, files, kind) => {
    expect(describeRootfs(memoryRootfs(files)).libc?.kind ?? null).toBe(kind);
  });
});

describe("describeRootfs() lists the users", () => {
  it("of /etc/passwd", () => {
    const text = "root:x:0:0:root:/root:/bin/sh\nbroken\nnonroot:x:65532:65532::/home/nonroot:\n";
    expect(describeRootfs(memoryRootfs({ "/etc/passwd": text })).users).toEqual([
      { name: "root", uid: 0, gid: 0, home: "/root", shell: "/bin/sh" },
      { name: "nonroot", uid: 65532, gid: 65532, home: "/home/nonroot", shell: "" },
    ]);
  });
  it("null without the file", () => {
    expect(describeRootfs(memoryRootfs({})).users).toBeNull();
  });
});
