import { copyFileSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../test/made-packages.ts";
import { startFileServer, type FileServer } from "../../../test/repositories/file-server.ts";
import {
  buildPackages,
  indexPackages,
  testAccess,
  withoutCreaterepo,
  yumRootfs,
} from "../../../test/repositories/yum/tools.ts";
import { buildRpmDatabase, withoutRpm } from "../../../test/rpm-tool.ts";
import { rpm } from "../../distros/rpm/rpm.ts";
import type { Rootfs } from "../../image/rootfs.ts";
import type { Result } from "../../model/failure.ts";
import { fetchPackage } from "../contents/fetch-package.ts";
import type { PackageSource, Wanted } from "../package-source.ts";
import { openYumSource } from "./open-yum-source.ts";

const folder = scratchFolder();
const without = withoutRpm || withoutCreaterepo;
const platform = { os: "linux", architecture: "amd64" };
const repository = join(folder, "repository");
const today = new Date("2026-11-25T12:00:00Z");
let server: FileServer | null = null;

beforeAll(() => {
  if (without !== "") return;
  mkdirSync(repository);
  for (const file of buildPackages(join(folder, "built"))) {
    copyFileSync(file, join(repository, basename(file)));
  }
  indexPackages(repository);
}, 60_000);
afterEach(async () => {
  await server?.close();
  server = null;
});

const open = (
  rootfs: Rootfs,
  access = testAccess(folder, { now: () => today }),
): Promise<Result<PackageSource>> => openYumSource(rootfs, platform, access);

async function opened(
  rootfs: Rootfs,
  access?: ReturnType<typeof testAccess>,
): Promise<PackageSource> {
  const source = await open(rootfs, access);
  if (!source.ok) throw new Error(JSON.stringify(source.failure));
  return source.value;
}

/** Its files under /r on a server of this machine. */
async function serve(from = repository): Promise<FileServer> {
  const names = readdirSync(from, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => /\.\w+$/.test(name) && name !== "repodata");
  server = await startFileServer(
    new Map(files.map((name) => [`/r/${name}`, readFileSync(join(from, name))])),
  );
  return server;
}

const fromFile = (): string => `[test]\nbaseurl=${pathToFileURL(repository).href}\n`;
const names = (source: PackageSource, wanted: Wanted): readonly string[] =>
  source.findProviders(wanted).map((one) => one.package.name);

describe.skipIf(without !== "")(`openYumSource() of a repository of createrepo_c${without}`, () => {
  it("finds who brings what", async () => {
    const source = await opened(yumRootfs(fromFile()));
    expect(source).toMatchObject({ family: "rpm", name: "Fedora Linux 41, amd64", problems: [] });
    const soname = (
      name: string,
      ...versions: string[]
    ): Extract<Wanted, { readonly kind: "soname" }> => ({
      kind: "soname",
      soname: name,
      elfClass: 64,
      versions,
    });
    expect(source.findProviders(soname("libone.so.1", "ONE_1", "ONE_2"))).toMatchObject([
      {
        path: "/usr/lib64/libone.so.1",
        versions: "all",
        package: {
          name: "base-libs",
          version: "1.0-1",
          architecture: "x86_64",
          source: "base",
          repository: "test",
          checksum: { kind: "file" },
        },
      },
    ]);
    expect(source.findProviders(soname("libone.so.1", "ONE_9"))).toMatchObject([
      { versions: "not-all" },
    ]);
    expect(names(source, soname("libother.so.2"))).toEqual(["base-other", "base-other-again"]);
    expect(names(source, { ...soname("libone.so.1"), elfClass: 32 })).toEqual([]);
    expect(names(source, soname("libnone.so.1"))).toEqual([]);
    expect(source.findProviders({ kind: "command", name: "tool" })).toMatchObject([
      { path: "/usr/bin/tool", package: { name: "base-data", architecture: "noarch" } },
    ]);
    expect(names(source, { kind: "file", path: "/usr/share/data/übel" })).toEqual(["base-data"]);
    expect(names(source, { kind: "package", name: "editor" })).toEqual([
      "base-editor-b",
      "base-editor-a",
    ]);
    expect(names(source, { kind: "package", name: "nobody" })).toEqual([]);
    source.close();
  });

  it("resolves, and says why each package comes and why one cannot", async () => {
    const source = await opened(yumRootfs(fromFile()));
    const { added, problems } = source.resolve(["base-app"], []);
    expect(problems).toEqual([]);
    expect(added.map(({ name, because }) => [name, because])).toEqual([
      ["base-app", { kind: "asked" }],
      ["base-libs", { kind: "needed", by: "base-app", relation: "libone.so.1()(64bit)" }],
      ["base-other", { kind: "needed", by: "base-app", relation: "libother.so.2()(64bit)" }],
      ["base-system", { kind: "needed", by: "base-app", relation: "rtld(GNU_HASH)" }],
    ]);
    expect(source.resolve(["base-needs-newer"], []).problems).toEqual([
      { kind: "unsatisfied", package: "base-needs-newer", relation: "data(api) >= 3" },
    ]);
    expect(source.resolve(["base-other", "base-other-again"], []).problems).toMatchObject([
      { kind: "conflict", package: "base-other-again", with: "base-other" },
    ]);
    expect(source.resolve(["nobody", "base-app"], []).problems).toEqual([
      { kind: "no-such-package", name: "nobody" },
    ]);
    expect(source.resolve(["base-cycle-a"], []).added.map(({ name }) => name)).toEqual([
      "base-cycle-a",
      "base-cycle-b",
    ]);
    source.close();
  });

  it("obsoletes what is installed, and says what goes", async () => {
    const spec = `Name: base-gone\nVersion: 1\nRelease: 1\nSummary: x\nLicense: x\nBuildArch: noarch\n%description\nx\n%files\n`;
    const database = buildRpmDatabase(join(folder, "gone"), spec);
    const bytes = (name: string): Buffer => readFileSync(join(database, name));
    const rootfs = yumRootfs(fromFile(), {
      "/var/lib/rpm/rpmdb.sqlite": bytes("rpmdb.sqlite"),
      "/var/lib/rpm/rpmdb.sqlite-wal": bytes("rpmdb.sqlite-wal"),
    });
    const source = await opened(rootfs);
    const installed = rpm.findPackages(rootfs)?.packages ?? [];
    expect(installed).toMatchObject([{ name: "base-gone" }]);
    expect(source.resolve(["base-cycle-b"], installed)).toMatchObject({
      added: [{ name: "base-cycle-a" }, { name: "base-cycle-b" }],
      removed: ["base-gone"],
    });
    source.close();
  });

  it("brings a package over http, whose facts are those of its files", async () => {
    const { root, log } = await serve();
    const access = testAccess(join(folder, "http"), {
      cacheFolder: join(folder, "http/cache"),
      now: () => today,
    });
    const source = await opened(yumRootfs(`[test]\nbaseurl=${root}/r\n`), access);
    const [one] = source.resolve(["base-libs"], []).added;
    if (one === undefined) throw new Error("Nothing is added");
    expect(one.url).toBe(`${root}/r/base-libs-1.0-1.x86_64.rpm`);
    const contents = await fetchPackage(one, "rpm", access);
    if (!contents.ok) throw new Error(JSON.stringify(contents.failure));
    expect(contents.value.layer.elf.byPath).toHaveProperty("/usr/lib64/libone.so.1.0");
    source.close();
    const before = log.length;
    const again = await opened(
      yumRootfs(`[test]\nbaseurl=${root}/r\n`),
      testAccess(join(folder, "http"), {
        cacheFolder: join(folder, "http/cache"),
        isOffline: true,
        now: () => today,
      }),
    );
    expect(again.resolve(["base-app"], []).added).toHaveLength(4);
    expect(log).toHaveLength(before);
    again.close();
  });

  it("reads indexes compressed by xz", async () => {
    const own = join(folder, "xz");
    mkdirSync(own);
    const file = readdirSync(repository).find((one) => one.startsWith("base-libs")) ?? "";
    copyFileSync(join(repository, file), join(own, file));
    indexPackages(own, ["--general-compress-type=xz"]);
    expect(readdirSync(join(own, "repodata")).some((name) => name.endsWith(".xml.xz"))).toBe(true);
    const source = await opened(yumRootfs(`[test]\nbaseurl=${pathToFileURL(own).href}\n`));
    expect(names(source, { kind: "package", name: "base-libs" })).toEqual(["base-libs"]);
    source.close();
  });
});
