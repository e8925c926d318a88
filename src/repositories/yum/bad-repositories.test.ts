import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../test/made-packages.ts";
import { detachedSign, makeKey, type TestKey } from "../../../test/repositories/apt-repository.ts";
import { startFileServer, type FileServer } from "../../../test/repositories/file-server.ts";
import {
  makeUniverse,
  writeRepository,
  type MadePackage,
} from "../../../test/repositories/yum/made-universe.ts";
import { testAccess, yumRootfs } from "../../../test/repositories/yum/tools.ts";
import type { Failure, Result } from "../../model/failure.ts";
import type { PackageSource } from "../package-source.ts";
import { openYumSource } from "./open-yum-source.ts";

const folder = scratchFolder();
const platform = { os: "linux", architecture: "amd64" };
const today = new Date("2026-11-25T12:00:00Z");
const universe = makeUniverse(1);
const [first] = universe;
const known = first?.name ?? "";
let server: FileServer;
let keys: { readonly own: TestKey; readonly other: TestKey };
let runs = 0;

beforeAll(async () => {
  const day = new Date("2026-01-01T00:00:00Z");
  keys = { own: await makeKey("Own", day), other: await makeKey("Other", day) };
});
beforeEach(async () => {
  server = await startFileServer(new Map());
});
afterEach(() => server.close());

/** Puts a repository at /NAME/. */
function put(
  name: string,
  packages: readonly MadePackage[] = universe,
  compress: (text: string) => Uint8Array = (text) => gzipSync(text),
): void {
  const at = join(folder, `made-${runs++}`);
  mkdirSync(at);
  writeRepository(at, packages, { compress });
  for (const file of readdirSync(join(at, "repodata"))) {
    server.files.set(`/${name}/repodata/${file}`, readFileSync(join(at, "repodata", file)));
  }
}

const section = (name: string, more = ""): string =>
  `[${name}]\nbaseurl=${server.root}/${name}/\n${more}\n`;
const listOf = (name: string): string => `/${name}/repodata/repomd.xml`;

/** repomd.xml of a repository. */
function readList(name: string): string {
  const served = server.files.get(listOf(name));
  if (typeof served === "string") return served;
  if (served instanceof Uint8Array) return Buffer.from(served).toString();
  throw new Error(`There is no repository ${name}`);
}

function edit(name: string, change: (text: string) => string): void {
  server.files.set(listOf(name), change(readList(name)));
}

async function open(
  repo: string,
  files: Parameters<typeof yumRootfs>[1] = {},
  access = testAccess(join(folder, `run-${runs++}`), { now: () => today }),
): Promise<Result<PackageSource>> {
  return openYumSource(yumRootfs(repo, files), platform, access);
}

async function opened(...args: Parameters<typeof open>): Promise<PackageSource> {
  const source = await open(...args);
  if (!source.ok) throw new Error(JSON.stringify(source.failure));
  return source.value;
}

const has = (source: PackageSource): boolean =>
  source.findProviders({ kind: "package", name: known }).length > 0;

async function failureOf(...args: Parameters<typeof open>): Promise<Failure> {
  const source = await open(...args);
  if (source.ok) throw new Error("It was opened");
  return source.failure;
}

describe("openYumSource() of what is broken", () => {
  it("says what cannot be had, and uses the rest", async () => {
    put("good");
    const source = await opened(section("good") + section("gone"));
    expect(has(source)).toBe(true);
    expect(source.problems).toMatchObject([{ kind: "not-found" }]);
    expect(source.data).toMatchObject([{ name: expect.stringContaining("good") }]);
    source.close();
  });

  const breaks: readonly [string, (name: string) => void, Partial<Failure>][] = [
    ["a repository that is not there", () => undefined, { kind: "not-found" }],
    [
      "a web page in place of the list",
      (name) => server.files.set(listOf(name), "<!DOCTYPE html><p>Welcome"),
      { kind: "malformed" },
    ],
    [
      "an index of other bytes than the list promises",
      (name) => {
        put(name);
        const path = [...server.files.keys()].find((one) => one.includes("-primary")) ?? "";
        server.files.set(path, gzipSync("<metadata/>"));
      },
      { kind: "malformed" },
    ],
    [
      "an index that is missing",
      (name) => {
        put(name);
        edit(name, (text) => text.replace('type="primary"', 'type="other"'));
      },
      { kind: "malformed", reason: "It names no primary index" },
    ],
    [
      "a sum that proves nothing",
      (name) => {
        put(name);
        edit(name, (text) => text.replaceAll('type="sha256"', 'type="sha1"'));
      },
      { kind: "unsupported" },
    ],
    [
      "an index that lies elsewhere on the machine",
      (name) => {
        put(name);
        edit(name, (text) => text.replace(/href="[^"]*"/, 'href="file:///etc/passwd"'));
      },
      { kind: "unsupported", reason: "its place is not in the repository" },
    ],
    [
      "an index that is compressed by bzip2",
      (name) => put(name, universe, () => Buffer.from("BZh91AY&SY")),
      { kind: "unsupported" },
    ],
    [
      "an index that is cut short",
      (name) => put(name, universe, (text) => gzipSync(text).subarray(0, 500)),
      { kind: "malformed" },
    ],
    [
      "an index that is no XML",
      (name) => put(name, universe, () => gzipSync("hello")),
      { kind: "malformed" },
    ],
  ];
  it.each(breaks)("%s", async (_, prepare, expected) => {
    prepare("r");
    expect(await failureOf(section("r"))).toMatchObject(expected);
  });

  it("a server that does not answer", async () => {
    put("r");
    const repo = section("r");
    await server.close();
    expect(await failureOf(repo)).toMatchObject({ kind: "unreachable" });
  });

  it.each([
    ["no repository at all", ""],
    ["one that is not enabled", "[a]\nbaseurl=http://127.0.0.1:1/\nenabled=0\n"],
  ])("%s", async (_, repo) => {
    expect(await failureOf(repo)).toMatchObject({ kind: "not-found" });
  });

  it.each([
    ["no address", "[a]\nname=A\n"],
    ["an address of another kind", "[a]\nbaseurl=ftp://example.com/\n"],
  ])("%s", async (_, repo) => {
    expect(await failureOf(repo)).toMatchObject({ kind: "unsupported", what: "a" });
  });

  it("another system's platform", async () => {
    const rootfs = yumRootfs(section("r"));
    const access = testAccess(folder);
    const source = await openYumSource(rootfs, { os: "linux", architecture: "mips" }, access);
    expect(source).toMatchObject({ ok: false, failure: { kind: "unsupported" } });
  });
});

describe("openYumSource() and signatures", () => {
  const path = "/etc/pki/rpm-gpg/KEY";
  const settings = `repo_gpgcheck=1\ngpgkey=file://${path}`;
  const sign = async (name: string, by: TestKey): Promise<void> => {
    server.files.set(`${listOf(name)}.asc`, await detachedSign(readList(name), [by], today));
  };

  it("takes a list that a key of the base has signed", async () => {
    put("r");
    await sign("r", keys.own);
    const source = await opened(section("r", settings), { [path]: keys.own.armored });
    expect(has(source)).toBe(true);
    expect(source.problems).toEqual([]);
    source.close();
  });

  it("takes an unsigned one only where the base does not ask for it", async () => {
    put("r");
    const files = { [path]: keys.own.armored };
    expect(await failureOf(section("r", settings), files)).toMatchObject({ kind: "not-found" });
    const source = await opened(section("r"), files);
    expect(has(source)).toBe(true);
    source.close();
  });

  it.each([
    ["another key", () => sign("r", keys.other), "keys that the base does not have"],
    [
      "the right key for other bytes",
      async () => {
        await sign("r", keys.own);
        edit("r", (text) => `${text} `);
      },
      "its signature is not good",
    ],
    [
      "no signature at all",
      () => {
        server.files.set(`${listOf("r")}.asc`, "hello");
        return Promise.resolve();
      },
      "its signature is not good",
    ],
  ])("refuses %s", async (_, prepare, reason) => {
    put("r");
    await prepare();
    const failure = await failureOf(section("r", settings), { [path]: keys.own.armored });
    expect(failure).toMatchObject({ kind: "denied", reason: expect.stringContaining(reason) });
  });

  it("takes no key from where the packages come from", async () => {
    put("r");
    await sign("r", keys.own);
    server.files.set("/KEY", keys.own.armored);
    const failure = await failureOf(section("r", `repo_gpgcheck=1\ngpgkey=${server.root}/KEY`));
    expect(failure).toMatchObject({ kind: "denied" });
    expect(server.log).not.toContain("GET /KEY 200");
  });
});

describe("openYumSource() and addresses", () => {
  it("replaces variables by the base's own files, then by what it is", async () => {
    put("41/x86_64/blue");
    const repo = `[a]\nbaseurl=${server.root}/$releasever/\${basearch}/$color/\n`;
    const source = await opened(repo, { "/etc/dnf/vars/color": "blue\n" });
    expect(has(source)).toBe(true);
    source.close();
  });

  it("goes on to the next mirror of a list, or of a metalink", async () => {
    put("good");
    const root = server.root;
    server.files.set("/list", `# mirrors\n${root}/gone/\nfile:///etc/\n${root}/good\n`);
    const url = (preference: number, name: string): string =>
      `<url preference="${preference}">${root}/${name}/repodata/repomd.xml</url>`;
    server.files.set("/metalink", `<metalink>${url(1, "good")}${url(9, "gone")}</metalink>`);
    for (const repo of [`[a]\nmirrorlist=${root}/list\n`, `[a]\nmetalink=${root}/metalink\n`]) {
      const source = await opened(repo);
      expect(has(source)).toBe(true);
      source.close();
    }
    expect(server.log.filter((line) => line.includes("/gone/"))).toHaveLength(2);
  });

  it("does not see what is excluded, and of several repositories only the best", async () => {
    put("far", [{ ...made("x"), version: "9" }, made("y"), made("kernel-core")]);
    put("near", [made("x")]);
    const repo = section("far", "priority=90\nexclude=kernel*") + section("near", "priority=10");
    const source = await opened(repo);
    expect(source.resolve(["x"], []).added).toMatchObject([{ version: "1-1", repository: "near" }]);
    expect(source.resolve(["y"], []).added).toMatchObject([{ repository: "far" }]);
    expect(source.resolve(["kernel-core"], []).problems).toMatchObject([{ name: "kernel-core" }]);
    source.close();
  });

  it("passes over a package whose relations cannot be read, and says why", async () => {
    put("r", [
      { ...made("x"), requires: ["(y or"] },
      { ...made("z"), requires: ["x"] },
    ]);
    const source = await opened(section("r"));
    const { problems } = source.resolve(["z"], []);
    expect(problems).toMatchObject([{ kind: "not-read", package: "x" }]);
    source.close();
  });
});

const made = (name: string): MadePackage => ({
  name,
  ...{ epoch: 0, version: "1", release: "1", architecture: "noarch" },
  ...{ provides: [], requires: [], conflicts: [], obsoletes: [] },
  ...{ recommends: [], suggests: [], supplements: [], files: [] },
});

describe("openYumSource() and what is kept", () => {
  const cacheFolder = join(folder, "cache");
  let now = today;
  const openKept = (isOffline = false): Promise<PackageSource> => {
    const at = join(folder, `run-${runs++}`);
    return opened(section("r"), {}, testAccess(at, { cacheFolder, isOffline, now: () => now }));
  };
  /** The files of tables, by what they begin with. */
  const tables = (): readonly string[] => {
    const all = readdirSync(cacheFolder, { recursive: true, withFileTypes: true });
    const files = all.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
    return files.filter((file) =>
      readFileSync(file).toString("latin1").startsWith("fromage-table"),
    );
  };

  it("compiles the same indexes once, and a damaged table anew", async () => {
    put("r", universe, (text) => zstdCompressSync(text));
    (await openKept()).close();
    const [table = ""] = tables();
    const before = statSync(table);
    (await openKept(true)).close();
    expect(tables()).toEqual([table]);
    expect(statSync(table).ino).toBe(before.ino);
    writeFileSync(table, Buffer.concat([readFileSync(table).subarray(0, -10), Buffer.alloc(10)]));
    const source = await openKept(true);
    expect(source.problems).toMatchObject([{ kind: "malformed", format: "table" }]);
    expect(has(source)).toBe(true);
    source.close();
    const again = await openKept(true);
    expect(again.problems).toEqual([]);
    again.close();
  });

  it("says how old a list is that could not be confirmed", async () => {
    put("r");
    (await openKept()).close();
    now = new Date("2026-12-01T00:00:00Z");
    const source = await openKept(true);
    expect(source.problems).toMatchObject([{ kind: "unreachable" }]);
    expect(has(source)).toBe(true);
    source.close();
  });
});
