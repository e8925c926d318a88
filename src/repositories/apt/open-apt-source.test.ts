import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { memoryRootfs } from "../../../test/memory-rootfs.ts";
import {
  clearSign,
  detachedSign,
  makeKey,
  makeSuite,
  packagesText,
  type MadeRecord,
  type TestKey,
} from "../../../test/repositories/apt-repository.ts";
import { startFileServer, type FileServer } from "../../../test/repositories/file-server.ts";
import type { PackageSource, Wanted } from "../package-source.ts";
import { openRepositoryAccess, type OpenedAccess } from "../fetch/open-access.ts";
import { openAptSource } from "./open-apt-source.ts";

const made = new Date("2026-01-01T00:00:00Z");
const signed = new Date("2026-11-20T00:00:00Z");
let now = new Date("2026-11-25T12:00:00Z");
let known: TestKey;
let other: TestKey;
beforeAll(async () => {
  known = await makeKey("known", made);
  other = await makeKey("other", made);
});

let work = "";
let server: FileServer;
const opened: { close(): unknown }[] = [];
beforeEach(async () => {
  now = new Date("2026-11-25T12:00:00Z");
  work = mkdtempSync(join(tmpdir(), "fromage-apt-"));
  mkdirSync(join(work, "run"));
  server = await startFileServer(new Map());
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
  await server.close();
  rmSync(work, { recursive: true, force: true });
});

const records: readonly MadeRecord[] = [
  { Package: "libpq5", Depends: "libc6" },
  { Package: "libc6", Priority: "required" },
  { Package: "libpq-dev" },
  { Package: "libpq5-dbg" },
  { Package: "libblas3", Provides: "libblas.so.3" },
  { Package: "libopenblas0-pthread", Provides: "libblas.so.3" },
  { Package: "private-app" },
  { Package: "libpq5-cross" },
  { Package: "perl-base" },
  { Package: "mawk" },
  { Package: "libnew7t64" },
  { Package: "odd", Filename: "../../outside.deb" },
  { Package: "colon", Version: "1:2.0", Filename: "pool/c/colon_1%3a2.0_amd64.deb" },
];
const lib = "usr/lib/x86_64-linux-gnu";
const contents = [
  `usr/bin/mawk  interpreters/mawk`,
  `usr/bin/perl  perl/perl-base`,
  `${lib}/blas/libblas.so.3  libs/libblas3`,
  `${lib}/libpq.so.5  libs/libpq5,libdevel/libpq-dev,debug/libpq5-dbg,gone/package-that-vanished`,
  `${lib}/openblas-pthread/libblas.so.3  libs/libopenblas0-pthread`,
  `usr/lib/private/libpq.so.5  misc/private-app`,
  `usr/share/a file with blanks  misc/private-app`,
  `usr/aarch64-linux-gnu/lib/libpq.so.5  libs/libpq5-cross`,
].join("\n");

interface Made {
  readonly name?: string;
  readonly packages?: string;
  readonly contents?: string;
  readonly fields?: string;
  readonly by?: readonly TestKey[];
  readonly how?: "inline" | "apart" | "none";
}

/** Puts a suite on the server. */
async function serve(suite: Made = {}): Promise<void> {
  const { name = "stable", by = [known], how = "inline" } = suite;
  const path = `debian/dists/${name}`;
  const { files, release } = makeSuite({
    path,
    packages: { main: suite.packages ?? packagesText(records) },
    contents: { "main/Contents-amd64": suite.contents ?? contents },
    date: signed,
    ...(suite.fields === undefined ? {} : { fields: suite.fields }),
  });
  for (const [file, bytes] of files) server.files.set(file, bytes);
  if (how === "inline") {
    server.files.set(`/${path}/InRelease`, await clearSign(release, by, signed));
  } else server.files.set(`/${path}/Release`, release);
  if (how === "apart") {
    server.files.set(`/${path}/Release.gpg`, await detachedSign(release, by, signed));
  }
}

function access(isOffline = false): OpenedAccess {
  const one = openRepositoryAccess({
    env: {},
    cacheFolder: join(work, "cache"),
    temporaryFolder: join(work, "run"),
    isOffline,
    userAgent: "fromage/test",
    authorities: [],
    now: () => now,
    clock: { now: () => now.getTime(), sleep: () => Promise.resolve(), random: () => 0 },
  });
  opened.push(one);
  return one;
}

const amd64 = { os: "linux", architecture: "amd64" };

async function open(
  options: { readonly list?: string; readonly isOffline?: boolean; readonly key?: TestKey } = {},
) {
  const { list = `deb ${server.root}/debian stable main`, key = known } = options;
  const rootfs = memoryRootfs({
    "/etc/os-release": 'ID=debian\nVERSION_ID="12"\n',
    "/etc/apt/sources.list": list,
    "/etc/apt/trusted.gpg.d/test.asc": key.armored,
    "/usr/share/keyrings/test.gpg": `base64:${Buffer.from(known.binary).toString("base64")}`,
  });
  return openAptSource(rootfs, amd64, access(options.isOffline));
}

async function openSound(options: Parameters<typeof open>[0] = {}): Promise<PackageSource> {
  const source = await open(options);
  if (!source.ok) throw new Error(JSON.stringify(source.failure));
  opened.push(source.value);
  return source.value;
}

const soname = (name: string, elfClass: 32 | 64 = 64): Wanted => ({
  kind: "soname",
  soname: name,
  elfClass,
  versions: [],
});
const find = (source: PackageSource, wanted: Wanted): readonly string[] =>
  source.findProviders(wanted).map((one) => `${one.package.name} ${one.path ?? "?"}`);

describe("providers", () => {
  it.each<readonly [string, Wanted, readonly string[]]>([
    [
      "a library: the loader's folder first, what is for compilers last, no debug, no cross",
      soname("libpq.so.5"),
      [
        `libpq5 /${lib}/libpq.so.5`,
        "private-app /usr/lib/private/libpq.so.5",
        `libpq-dev /${lib}/libpq.so.5`,
      ],
    ],
    [
      "an alternative: the package that is named after it first",
      soname("libblas.so.3"),
      [
        `libblas3 /${lib}/blas/libblas.so.3`,
        `libopenblas0-pthread /${lib}/openblas-pthread/libblas.so.3`,
      ],
    ],
    [
      "a library that no list has: by the name of its package",
      soname("libnew.so.7"),
      ["libnew7t64 ?"],
    ],
    ["a library that nothing brings", soname("libnone.so.1"), []],
    ["a library of the other word size", soname("libpq.so.5", 32), []],
    ["a command", { kind: "command", name: "perl" }, ["perl-base /usr/bin/perl"]],
    ["a link of update-alternatives", { kind: "command", name: "awk" }, ["mawk /usr/bin/mawk"]],
    ["a command that nothing brings", { kind: "command", name: "none" }, []],
    [
      "a file",
      { kind: "file", path: "/usr/share/a file with blanks" },
      ["private-app /usr/share/a file with blanks"],
    ],
    ["a file by its other name", { kind: "file", path: "/bin/perl" }, ["perl-base /usr/bin/perl"]],
    ["a package", { kind: "package", name: "libpq5" }, ["libpq5 ?"]],
    [
      "a virtual package",
      { kind: "package", name: "libblas.so.3" },
      ["libblas3 ?", "libopenblas0-pthread ?"],
    ],
    [
      "a package whose file would be outside of the repository",
      { kind: "package", name: "odd" },
      [],
    ],
    ["a name with odd characters", soname("\0../%s\n"), []],
  ])("of %s are found", async (_name, wanted, expected) => {
    await serve();
    expect(find(await openSound(), wanted)).toEqual(expected);
  });

  it("are of the newest version of all suites, once, with address, size and sum", async () => {
    await serve();
    const newer = { Package: "libpq5", Version: "1.0-1+deb12u1", Size: "7", Depends: "libc6" };
    const same = { Package: "libc6", Priority: "required" };
    const text = packagesText([newer, newer, same]);
    await serve({ name: "stable-security", packages: text, contents: "" });
    const list = ["stable", "stable-security"].map(
      (one) => `deb ${server.root}/debian ${one} main`,
    );
    const source = await openSound({ list: list.join("\n") });
    expect(source.problems).toEqual([]);
    const [found] = source.findProviders(soname("libpq.so.5"));
    expect(found?.package).toMatchObject({
      version: "1.0-1+deb12u1",
      url: `${server.root}/debian/pool/main/libpq5_1.0-1_amd64.deb`,
      downloadBytes: 7,
      installedBytes: 10_240,
      repository: "stable-security/main",
      checksum: { kind: "file", digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
    });
    const [colon] = source.findProviders({ kind: "package", name: "colon" });
    expect(colon?.package.url).toBe(`${server.root}/debian/pool/c/colon_1%253a2.0_amd64.deb`);
    const { added, problems } = source.resolve(["libpq5"], []);
    expect(problems).toEqual([]);
    expect(added.map(({ name, repository }) => `${name} ${repository}`)).toEqual([
      "libc6 stable/main",
      "libpq5 stable-security/main",
    ]);
    expect([source.name, source.data]).toEqual([
      "Test 12 (stable), amd64",
      list.map((_one, at) => ({
        name: `${server.root}/debian ${at === 0 ? "stable" : "stable-security"}`,
        date: "2026-11-20T00:00:00.000Z",
      })),
    ]);
  });
});

describe("a signature", () => {
  const list = (options: string): string => `deb [${options}] ${server.root}/debian stable main`;
  it.each<readonly [string, Made, string, RegExp | null]>([
    ["inside", {}, "", null],
    ["apart", { how: "apart" }, "", null],
    ["of nobody", { how: "none" }, "", /it is not signed/],
    ["by an unknown key", { by: [] }, "", /a key that the base does not know \([0-9A-F]{16}\)/],
    ["by an unknown key, apart", { by: [], how: "apart" }, "", /does not know/],
    ["of nobody, where that is taken", { how: "none" }, "trusted=yes", null],
    ["by an unknown key, where that is taken", { by: [] }, "trusted=yes", null],
    ["where none is taken", {}, "trusted=no", /not to be trusted/],
    ["by the named keyring", {}, "signed-by=/usr/share/keyrings/test.gpg", null],
    [
      "by a keyring that is not there",
      {},
      "signed-by=/usr/share/keyrings/none.gpg",
      /does not know/,
    ],
    ["by another key of the trusted ones", {}, `signed-by=${"A".repeat(40)}`, /does not know/],
  ])("%s decides whether the suite is used", async (_name, suite, options, refusal) => {
    await serve({ ...suite, ...(suite.by === undefined ? {} : { by: [other] }) });
    const source = await open({ list: list(options) });
    if (source.ok) opened.push(source.value);
    if (refusal === null) expect(source.ok && source.value.problems).toEqual([]);
    else {
      const failure = { kind: "denied", reason: expect.stringMatching(refusal) };
      expect(source).toMatchObject({ ok: false, failure });
    }
  });

  it("by the fingerprint that is named is taken", async () => {
    await serve();
    expect((await openSound({ list: list(`signed-by=${known.fingerprint}`) })).problems).toEqual(
      [],
    );
  });

  it("over other bytes than were signed does not hold", async () => {
    await serve();
    const path = "/debian/dists/stable/InRelease";
    const text = server.files.get(path);
    if (typeof text !== "string") throw new TypeError("no text is served");
    server.files.set(path, text.replace("Origin: Test", "Origin: Evil"));
    const failure = { kind: "denied", reason: expect.stringMatching(/does not hold/) };
    expect(await open()).toMatchObject({ ok: false, failure });
  });
});

describe("bad input", () => {
  it("stale: it is said, and used", async () => {
    await serve({ fields: "Valid-Until: Sat, 21 Nov 2026 00:00:00 UTC" });
    const source = await openSound();
    expect(source.problems).toMatchObject([
      { reason: "it is stale: it was valid until 2026-11-21" },
    ]);
    expect(find(source, soname("libpq.so.5"))[0]).toMatch(/^libpq5/);
  });

  it("another suite of the same archive: it is said", async () => {
    await serve({ name: "stable-updates" });
    const at = "/debian/dists/stable";
    for (const file of ["InRelease", "main/binary-amd64/Packages.gz", "main/Contents-amd64.gz"]) {
      const bytes = server.files.get(`${at}-updates/${file}`);
      if (bytes !== undefined) server.files.set(`${at}/${file}`, bytes);
    }
    const source = await openSound();
    expect(source.problems).toMatchObject([
      { reason: expect.stringMatching(/of "?stable-updates/) },
    ]);
  });

  it("mirror down: all is unproven, and the address says what", async () => {
    await server.close();
    const what = `${server.root}/debian/dists/stable/InRelease`;
    expect(await open()).toMatchObject({ ok: false, failure: { kind: "unreachable", what } });
  });

  it("mirror down after a day: what was kept is used, and since when is said", async () => {
    await serve();
    (await openSound()).close();
    opened.length = 0;
    await server.close();
    now = new Date("2026-11-27T12:00:00Z");
    for (const isOffline of [false, true]) {
      const source = await open({ isOffline });
      expect(source.ok && source.value.problems).toMatchObject([
        {
          kind: "unreachable",
          reason: expect.stringMatching(/what it said on 2026-11-25 is used/),
        },
      ]);
      if (source.ok) {
        expect(find(source.value, soname("libpq.so.5"))[0]).toMatch(/^libpq5/);
        source.value.close();
      }
    }
  });

  it("offline with nothing kept: unreachable, no socket is opened", async () => {
    await serve();
    expect(await open({ isOffline: true })).toMatchObject({
      ok: false,
      failure: { kind: "unreachable" },
    });
    expect(server.log).toEqual([]);
  });

  it("404 for one suite: it is named, the others are used", async () => {
    await serve();
    const list = ["stable", "none"].map((one) => `deb ${server.root}/debian ${one} main`);
    const source = await openSound({ list: list.join("\n") });
    const what = `${server.root}/debian/dists/none/InRelease`;
    expect(source.problems).toMatchObject([{ kind: "not-found", what }]);
    expect(find(source, { kind: "command", name: "perl" })).toHaveLength(1);
  });

  it("a component that the suite does not have: it is named", async () => {
    await serve();
    const source = await openSound({ list: `deb ${server.root}/debian stable main extra` });
    const what = `${server.root}/debian/dists/stable/extra/binary-amd64/Packages`;
    expect(source.problems).toMatchObject([{ kind: "not-found", what }]);
  });

  it("packages whose bytes are not those of Release: not used", async () => {
    await serve();
    const path = "/debian/dists/stable/main/binary-amd64/Packages.gz";
    const evil = gzipSync(packagesText([{ Package: "evil" }]));
    server.files.set(path, evil);
    expect(await open()).toMatchObject({
      ok: false,
      failure: { kind: expect.stringMatching(/malformed|over-limit/) },
    });
  });

  it("contents whose bytes are not those of Release: a hint, and said", async () => {
    await serve();
    const path = "/debian/dists/stable/main/Contents-amd64.gz";
    server.files.set(path, gzipSync("usr/bin/perl  perl/perl-base\n"));
    const source = await openSound();
    expect(source.problems).toMatchObject([{ kind: "malformed", what: server.root + path }]);
    expect(find(source, { kind: "command", name: "perl" })).toEqual(["perl-base /usr/bin/perl"]);
  });

  it("contents that are not there: said, packages are found by name", async () => {
    await serve();
    server.files.delete("/debian/dists/stable/main/Contents-amd64.gz");
    const source = await openSound();
    expect(source.problems).toMatchObject([{ kind: "not-found" }]);
    expect(find(source, soname("libpq.so.5"))).toEqual(["libpq5 ?"]);
  });

  it("broken records and lines: each loses only itself, and that is said each time", async () => {
    const packages = `nonsense\n\nPackage: !\nVersion: 1\n\n${packagesText(records)}`;
    await serve({ packages, contents: `${contents}\nnonsense\n` });
    for (let times = 0; times < 2; times++) {
      const source = await openSound();
      expect(source.problems.length).toBeGreaterThan(1);
      expect(source.problems.every(({ kind }) => kind === "malformed")).toBe(true);
      expect(find(source, soname("libpq.so.5"))[0]).toMatch(/^libpq5/);
    }
  });

  it("a Release that lists nothing: malformed", async () => {
    const text = await clearSign("Suite: stable\nSHA256:\n", [known], signed);
    server.files.set("/debian/dists/stable/InRelease", text);
    expect(await open()).toMatchObject({
      ok: false,
      failure: { kind: "malformed", format: "Release" },
    });
  });

  it("a package that vanished from the pool: not found, by its address", async () => {
    await serve();
    const [found] = (await openSound()).findProviders({ kind: "package", name: "libpq5" });
    const { url = "", checksum } = found?.package ?? {};
    const digest = checksum?.kind === "file" ? checksum.digest : null;
    const fetched = await access().fetch({ url, kind: "fixed", digest, maxBytes: 1000 });
    expect(fetched).toMatchObject({ ok: false, failure: { kind: "not-found", what: url } });
  });

  it.each([
    ["nothing", "", "not-found"],
    ["a comment", "# deb http://a b c\n", "not-found"],
    ["a list of mirrors", "deb mirror://a/b stable main\n", "unsupported"],
    ["a folder of the image", "deb file:/srv/repository stable main\n", "unsupported"],
    ["nonsense", "deb\n", "malformed"],
  ])("sources.list of %s: no repository, and why", async (_name, list, kind) => {
    expect(await open({ list })).toMatchObject({ ok: false, failure: { kind } });
  });

  it("a platform that Debian does not have: unsupported", async () => {
    const windows = { os: "windows", architecture: "amd64" };
    const source = await openAptSource(memoryRootfs({}), windows, access());
    expect(source).toMatchObject({ ok: false, failure: { kind: "unsupported" } });
  });
});

describe("what was compiled", () => {
  it("is used again, and made anew only for an index that changed", async () => {
    await serve();
    await openSound();
    const before = server.log.length;
    await openSound();
    expect(server.log).toHaveLength(before);
    now = new Date("2026-11-25T14:00:00Z");
    await serve({ packages: packagesText([...records, { Package: "more" }]) });
    const source = await openSound();
    expect(server.log.slice(before)).toEqual([
      "GET /debian/dists/stable/InRelease 200",
      "GET /debian/dists/stable/main/binary-amd64/Packages.gz 200",
    ]);
    expect(find(source, { kind: "package", name: "more" })).toEqual(["more ?"]);
  });

  it("and was damaged on the disk is made anew, and that is said", async () => {
    await serve();
    (await openSound()).close();
    const files = join(work, "cache/files-1");
    const tables = readdirSync(files).filter((name) => isTable(join(files, name)));
    expect(tables).toHaveLength(2);
    for (const name of tables)
      writeFileSync(join(files, name), "x".repeat(statSync(join(files, name)).size));
    const source = await openSound();
    expect(source.problems).toMatchObject([{ format: "table" }, { format: "table" }]);
    expect(find(source, soname("libpq.so.5"))[0]).toMatch(/^libpq5/);
    expect((await openSound()).problems).toEqual([]);
  });
});

function isTable(file: string): boolean {
  return statSync(file).isFile() && readFileSync(file, "latin1").startsWith("fromage-table 1\n");
}
