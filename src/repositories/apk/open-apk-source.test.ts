import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeApkIndex, makeApkKey } from "../../../test/made-apk.ts";
import { scratchFolder } from "../../../test/made-packages.ts";
import { memoryRootfs, type MemoryFile } from "../../../test/memory-rootfs.ts";
import { RealApk, whyNoApk } from "../../../test/resolver/apk-program.ts";
import { indexFile } from "../../../test/resolver/apk-worlds.ts";
import { parsePlatform } from "../../model/platform.ts";
import { failed, success } from "../../model/failure.ts";
import { installedPackages } from "../../distros/installed-packages.ts";
import type { RepositoryAccess } from "../access.ts";
import { openApkSource } from "./open-apk-source.ts";

const folder = scratchFolder();
const key = makeApkKey("made@test.rsa.pub");
const platform = parsePlatform("linux/amd64") ?? { os: "linux", architecture: "amd64" };
const now = new Date("2026-11-25T12:00:00Z");
const main = "https://made.test/v1/main";
const record = "P:libz\nV:1.2-r0\nA:x86_64\no:zlib\nS:10\nI:20\nC:Q1jLqyvfJ8ILAVt7cOHWMKLF6F5Bw=\n";
const provides = "p:so:libz.so.1=1.2 cmd:zpipe=1.2-r0\n";

/** Serves bytes by address; what is not among them is not there. */
function accessTo(
  files: Readonly<Record<string, Uint8Array>>,
  confirmedAt = now,
): RepositoryAccess {
  let count = 0;
  return {
    fetch({ url }) {
      const bytes = files[url];
      if (bytes === undefined) {
        return Promise.resolve(failed({ kind: "not-found", what: url, where: null, near: [] }));
      }
      const file = join(folder, `served-${count++}`);
      writeFileSync(file, bytes);
      const sizeBytes = bytes.byteLength;
      return Promise.resolve(success({ file, sizeBytes, confirmedAt: confirmedAt.toISOString() }));
    },
    cacheFolder: null,
    temporaryFolder: folder,
    now: () => now,
  };
}

function base(files: Readonly<Record<string, MemoryFile>> = {}): ReturnType<typeof memoryRootfs> {
  return memoryRootfs({
    "/etc/os-release": 'ID=alpine\nVERSION_ID=1\nPRETTY_NAME="Alpine Linux v1"\n',
    "/etc/apk/arch": "x86_64\n",
    "/etc/apk/repositories": `${main}\n`,
    "/etc/apk/world": "musl\n",
    [`/etc/apk/keys/${key.name}`]: key.pem,
    "/lib/apk/db/installed": "P:musl\nV:1\n\n",
    ...files,
  });
}

const urlOf = (repository: string): string => `${repository}/x86_64/APKINDEX.tar.gz`;
const signed = (records: readonly string[]): Promise<Buffer> => makeApkIndex(records, key);

describe("openApkSource()", () => {
  it("answers from the repositories of the base", async () => {
    const access = accessTo({ [urlOf(main)]: await signed([record + provides]) });
    const opened = await openApkSource(base(), platform, access);
    if (!opened.ok) throw new Error(JSON.stringify(opened.failure));
    const source = opened.value;
    expect(source).toMatchObject({ family: "apk", name: "Alpine Linux v1, x86_64", problems: [] });
    expect(source.data).toEqual([
      { name: `${urlOf(main)} made`, date: "2026-01-01T00:00:00.000Z" },
    ]);
    const libz = {
      name: "libz",
      version: "1.2-r0",
      architecture: "x86_64",
      source: "zlib",
      downloadBytes: 10,
      installedBytes: 20,
      url: `${main}/x86_64/libz-1.2-r0.apk`,
      checksum: { kind: "apk-control", sha1: "8cbab2bdf27c20b015b7b70e1d630a2c5e85e41c" },
      repository: "v1/main",
    };
    const provider = [{ package: libz, path: null, versions: "unknown" }];
    const soname = { kind: "soname", soname: "libz.so.1", elfClass: 64, versions: ["X"] } as const;
    expect(source.findProviders(soname)).toEqual(provider);
    expect(source.findProviders({ kind: "command", name: "zpipe" })).toEqual(provider);
    expect(source.findProviders({ kind: "package", name: "libz" })).toEqual(provider);
    expect(source.findProviders({ kind: "file", path: "/usr/bin/zpipe" })).toEqual(provider);
    expect(source.findProviders({ kind: "file", path: "/usr/lib/libz.so.1" })).toEqual(provider);
    expect(source.findProviders({ kind: "file", path: "/usr/share/zpipe" })).toEqual([]);
    const { packages } = installedPackages(base());
    expect(source.resolve(["libz"], packages)).toEqual({
      added: [{ ...libz, because: { kind: "asked" } }],
      changed: [],
      removed: [],
      problems: [],
    });
    source.close();
  });

  it("puts the best provider first: not tagged, newest, preferred", async () => {
    const edge = "https://made.test/edge";
    const one = (name: string, version: string, provided: string): string =>
      `P:${name}\nV:${version}\np:so:x.so=${provided}\n`;
    const access = accessTo({
      [urlOf(main)]: await signed([
        one("old", "1", "1"),
        one("new", "1", "2"),
        one("new", "2", "2"),
        `${one("best", "1", "2")}k:5\n`,
      ]),
      [urlOf(edge)]: await signed([one("edge", "9", "9")]),
    });
    const rootfs = base({ "/etc/apk/repositories": `${main}\n@edge ${edge}\n` });
    const opened = await openApkSource(rootfs, platform, access);
    const wanted = { kind: "soname", soname: "x.so", elfClass: 64, versions: [] } as const;
    const found = opened.ok ? opened.value.findProviders(wanted) : [];
    const names = found.map(({ package: { name, version } }) => `${name}-${version}`);
    expect(names).toEqual(["best-1", "new-2", "old-1", "edge-9"]);
  });

  it("uses what can be had, and names the rest", async () => {
    const lines = [
      main,
      "https://gone.test/x",
      "/srv/apk",
      "file:///srv/apk",
      "ftp://x/y",
      "v3 https://made.test/v3",
      "nonsense",
    ];
    const rootfs = base({ "/etc/apk/repositories": lines.join("\n") });
    const yesterday = new Date("2026-11-20T00:00:00Z");
    const bytes = await signed([record, "P:broken\n"]);
    const opened = await openApkSource(
      rootfs,
      platform,
      accessTo({ [urlOf(main)]: bytes }, yesterday),
    );
    const problems = opened.ok ? opened.value.problems : [];
    expect(problems.map((one) => [one.kind, "reason" in one ? one.reason : one.what])).toEqual([
      ["malformed", 'A line names no address: "nonsense"'],
      ["unsupported", "it names a folder of the image as a repository"],
      ["unsupported", "it names a folder of the image as a repository"],
      ["unsupported", "it names ftp addresses"],
      ["unsupported", "indexes of apk 3 (Packages.adb) are not read yet"],
      ["not-found", urlOf("https://gone.test/x")],
      ["malformed", '"broken" has no version'],
      ["unreachable", "it could not be asked again, what it said on 2026-11-20 is used"],
    ]);
  });

  it("takes folders of this machine when the user names them", async () => {
    mkdirSync(join(folder, "own/x86_64"), { recursive: true });
    const url = pathToFileURL(join(folder, "own/x86_64/APKINDEX.tar.gz")).href;
    const access = accessTo({ [url]: await signed([record]) });
    const options = { repositories: `${join(folder, "own")}\n` };
    const opened = await openApkSource(base(), platform, access, options);
    expect(
      opened.ok && opened.value.findProviders({ kind: "package", name: "libz" }),
    ).toMatchObject([{ package: { url: url.replace("APKINDEX.tar.gz", "libz-1.2-r0.apk") } }]);
  });

  const other = makeApkKey("other@test.rsa.pub");
  const refusals: readonly [string, () => Promise<Uint8Array>, object][] = [
    [
      "not signed",
      () => makeApkIndex([record], null),
      { kind: "denied", reason: "it is not signed" },
    ],
    [
      "signed by a key that the base does not have",
      () => makeApkIndex([record], other),
      {
        kind: "denied",
        reason: "it is signed by a key that the base does not have (other@test.rsa.pub)",
      },
    ],
    [
      "signed by another key of that name",
      () => makeApkIndex([record], { ...other, name: key.name }),
      { kind: "denied", reason: `its signature by ${key.name} does not hold` },
    ],
    ["no archive", () => Promise.resolve(Buffer.from("x")), { kind: "malformed" }],
    ["apk 3's", () => Promise.resolve(Buffer.from("ADB.")), { kind: "unsupported" }],
  ];
  it.each(refusals)("refuses an index that is %s", async (_, make, failure) => {
    const opened = await openApkSource(base(), platform, accessTo({ [urlOf(main)]: await make() }));
    expect(opened).toMatchObject({ ok: false, failure });
  });

  it("says where nothing can be asked", async () => {
    const none = await openApkSource(
      base({ "/etc/apk/repositories": "#\n" }),
      platform,
      accessTo({}),
    );
    expect(none).toMatchObject({ ok: false, failure: { kind: "not-found" } });
    const odd = { os: "linux", architecture: "vax" };
    const rootfs = base({ "/etc/apk/arch": "\n" });
    const unknown = await openApkSource(rootfs, odd, accessTo({}));
    expect(unknown).toMatchObject({ ok: false, failure: { kind: "unsupported" } });
  });

  it("hides the password of an address", async () => {
    const secret = "https://user:geheim@made.test/x";
    const rootfs = base({ "/etc/apk/repositories": secret });
    const access = accessTo({ [urlOf(secret)]: await signed([record, "P:x\n"]) });
    const opened = await openApkSource(rootfs, platform, access);
    const { data, problems } = opened.ok ? opened.value : { data: [], problems: [] };
    expect(problems.length).toBe(1);
    expect(JSON.stringify([data, problems])).not.toContain("geheim");
  });
});

const without = whyNoApk();
describe.skipIf(without !== "")(`openApkSource() with Alpine's own files${without}`, () => {
  let apk: RealApk;
  beforeAll(() => (apk = new RealApk()));
  afterAll(() => {
    apk.close();
  });

  it("trusts its index by the keys of its root filesystem", async () => {
    const keys = join(apk.rootOf("alpine-3.18-x86_64"), "etc/apk/keys");
    expect(existsSync(keys)).toBe(true);
    const files = readdirSync(keys).map((name): readonly [string, string] => [
      `/etc/apk/keys/${name}`,
      readFileSync(join(keys, name), "utf8"),
    ]);
    const access = accessTo({ [urlOf(main)]: readFileSync(indexFile("3.16")) });
    const opened = await openApkSource(base(Object.fromEntries<string>(files)), platform, access);
    if (!opened.ok) throw new Error(JSON.stringify(opened.failure));
    const source = opened.value;
    expect(source.data).toMatchObject([
      { name: /v3\.16\.3-13/.exec(source.data[0]?.name ?? "")?.input },
    ]);
    const wanted = { kind: "soname", soname: "libpq.so.5", elfClass: 64, versions: [] } as const;
    expect(source.findProviders(wanted)).toMatchObject([{ package: { name: "libpq" } }]);
  });
});
