import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../../test/fuzz/random.ts";
import { makeCpio, type MadeMember } from "../../../test/make-cpio.ts";
import { scratchFolder } from "../../../test/made-packages.ts";
import { buildPackages, withoutCreaterepo } from "../../../test/repositories/yum/tools.ts";
import { awkwardSpec } from "../../../test/rpm-spec.ts";
import { makeRpms, withoutRpm } from "../../../test/rpm-tool.ts";
import type { RpmFileEntry } from "../../formats/rpm/file-entries.ts";
import { FormatError } from "../../formats/format-error.ts";
import type { TarEntry } from "../../formats/tar/member.ts";
import type { PackageReading } from "./package-contents.ts";
import { readPackageFile } from "./read-package-file.ts";
import { rpmReader } from "./read-rpm.ts";
import { RpmPayload } from "./rpm-payload.ts";

const folder = scratchFolder();
const without = withoutRpm || withoutCreaterepo;

async function read(file: string): Promise<PackageReading> {
  const found = await rpmReader.read({ file, name: "package", digest: null }, {});
  if (!found.ok) throw new Error(JSON.stringify(found.failure));
  return found.value;
}

const ghost = 64;
const types: Readonly<Record<string, string>> = {
  "04": "directory",
  "10": "file",
  "12": "symlink",
};

/** What rpm says of the files that it would put there, sorted. */
function askFiles(file: string): readonly string[] {
  const format =
    "[%{FILEFLAGS}\\t%{FILEMODES:octal}\\t%{LONGFILESIZES}\\t%{FILEMTIMES}\\t%{FILELINKTOS}\\t%{FILENAMES}\\n]";
  const ended = spawnSync("rpm", ["-qp", "--qf", format, file], { encoding: "utf8" });
  if (ended.status !== 0) throw new Error(ended.stderr);
  const lines = ended.stdout.split("\n").filter((line) => line !== "" && !/^\(none\)/.test(line));
  return lines
    .flatMap((line) => {
      const [flags = "", octal = "", size = "", time = "", target = "", path = ""] =
        line.split("\t");
      if ((Number(flags) & ghost) !== 0) return [];
      const type = types[octal.padStart(6, "0").slice(0, 2)] ?? octal;
      const mode = octal.slice(-4);
      return [`${type} ${mode} ${type === "file" ? size : 0} ${time} ${target} ${path}`];
    })
    .toSorted();
}

/** The same of the facts; of a hard link what its file has. */
function describeFiles({ facts }: PackageReading): readonly string[] {
  const byPath = new Map(facts.entries.map((entry) => [entry.path, entry]));
  return facts.entries
    .map((entry) => {
      const file = entry.type === "hardlink" ? byPath.get(entry.linkTarget ?? "") : entry;
      const { type, sizeBytes } = file ?? entry;
      const mode = entry.mode.toString(8).padStart(4, "0");
      const target = entry.type === "symlink" ? entry.linkTarget : "";
      return `${type} ${mode} ${sizeBytes} ${entry.modifiedSeconds} ${target} ${entry.path}`;
    })
    .toSorted();
}

describe.skipIf(without !== "")(`rpmReader beside rpm${without}`, () => {
  const compressions: readonly [string, string][] = [
    ["gzip", "w6.gzdio"],
    ["xz", "w2.xzdio"],
    ["zstd", "w3.zstdio"],
    ["none", "w.ufdio"],
  ];
  it.each(compressions)("files compressed by %s", async (name, payload) => {
    const files = buildPackages(join(folder, name), [`_binary_payload ${payload}`]);
    expect(files.length).toBeGreaterThan(10);
    for (const file of files) {
      const reading = await read(file);
      expect(reading.facts.failures).toEqual([]);
      expect(describeFiles(reading)).toEqual(askFiles(file));
      expect(reading.facts.diffId).toMatch(/^sha256:/);
    }
  });

  it("packages with what is awkward", async () => {
    for (const file of makeRpms(join(folder, "awkward"), awkwardSpec)) {
      const reading = await read(file);
      expect(reading.facts.failures).toEqual([]);
      expect(describeFiles(reading)).toEqual(askFiles(file));
    }
  });

  it("bzip2 is unsupported, not empty", async () => {
    const [file = ""] = buildPackages(join(folder, "bzip2"), ["_binary_payload w9.bzdio"]);
    const found = await rpmReader.read({ file, name: "package", digest: null }, {});
    expect(found).toMatchObject({ ok: false, failure: { kind: "unsupported" } });
  });
});

describe.skipIf(without !== "")(`rpmReader${without}`, () => {
  let files: readonly string[] = [];
  const find = (name: string): string => files.find((file) => file.includes(`/${name}-1`)) ?? "";
  beforeAll(() => {
    files = buildPackages(join(folder, "built"));
  });

  it("looks into programs and libraries as they are after unpacking", async () => {
    const file = find("base-libs");
    const { facts } = await read(file);
    const path = "/usr/lib64/libone.so.1.0";
    const unpacked = spawnSync(
      "sh",
      ["-c", `rpm2cpio "$1" | cpio --quiet -i --to-stdout ".${path}"`, "-", file],
      {
        maxBuffer: 2 ** 24,
      },
    );
    expect(unpacked.stdout.length).toBeGreaterThan(1000);
    expect(facts.elf.byPath[path]).toMatchObject({
      soname: "libone.so.1",
      sha256: createHash("sha256").update(unpacked.stdout).digest("hex"),
    });
  });

  it("says what the package says of itself, and what its files alone do not have", async () => {
    const { header, facts } = await read(find("base-data"));
    expect(header.package).toMatchObject({
      name: "base-data",
      version: "1.0-1",
      architecture: "noarch",
      source: "base",
      relations: { provides: expect.stringContaining("data(api) = 2.5") },
    });
    expect(header.package.files).toContain("/var/log/data.log");
    expect(facts.entries.map(({ path }) => path)).not.toContain("/var/log/data.log");
    expect(facts.entries.map(({ path }) => path)).toContain("/usr/share/data/übel");
    expect(header.scripts).toMatchObject([
      { name: "%post", effects: { unknown: [] } },
      { name: "%files", effects: { unknown: ["chown root:daemon /usr/bin/tool"] } },
    ]);
    const links = facts.entries.filter(({ type }) => type === "hardlink");
    expect(links).toHaveLength(1);
  });

  it("comes out of the cache the second time", async () => {
    const file = { file: find("base-libs"), name: "base-libs 1.0-1", digest: null };
    const options = { cacheFolder: join(folder, "cache") };
    const first = await readPackageFile(file, rpmReader, options);
    const unasked = { ...rpmReader, read: () => Promise.reject(new Error("It was read again")) };
    const second = await readPackageFile(file, unasked, options);
    if (!first.ok || !second.ok) throw new Error("It could not be read");
    expect(second.value.contents.layer.entries).toEqual(first.value.contents.layer.entries);
    expect(second.value.contents.package).toEqual(first.value.contents.package);
  });

  it("answers or refuses whatever bytes are changed or cut off", async () => {
    const bytes = readFileSync(find("base-app"));
    const random = new Random(7);
    const file = join(folder, "changed.rpm");
    let whole = 0;
    for (let count = 0; count < 300; count++) {
      const changed = Buffer.from(bytes);
      for (let at = 0; at <= random.below(4); at++) {
        changed[random.below(Math.min(bytes.length, 6000))] = random.below(256);
      }
      writeFileSync(
        file,
        count % 10 === 0 ? changed.subarray(0, random.below(bytes.length)) : changed,
      );
      const found = await rpmReader.read({ file, name: "package", digest: null }, {});
      if (found.ok && found.value.facts.diffId !== null) whole++;
      if (found.ok && found.value.facts.diffId === null) {
        expect(found.value.facts.failures.length).toBeGreaterThan(0);
      }
    }
    expect(whole).toBeLessThan(300);
  });

  it.each([
    ["a text", Buffer.from("no package at all".repeat(20))],
    ["nothing", Buffer.alloc(0)],
    ["a lead alone", Buffer.concat([Buffer.from("edabeedb0300", "hex"), Buffer.alloc(90)])],
    [
      "a source package",
      Buffer.concat([Buffer.from("edabeedb03000001", "hex"), Buffer.alloc(200)]),
    ],
  ])("refuses %s", async (_, bytes) => {
    const file = join(folder, "other.rpm");
    writeFileSync(file, bytes);
    const found = await rpmReader.read({ file, name: "package", digest: null }, {});
    expect(found).toMatchObject({ ok: false, failure: { kind: "malformed", what: "package" } });
  });
});

const entry = (path: string, fields: Partial<RpmFileEntry> = {}): RpmFileEntry => ({
  path,
  type: "file",
  mode: 0o644,
  sizeBytes: 0,
  modifiedSeconds: 0,
  user: "root",
  group: "root",
  linkTarget: null,
  device: null,
  capabilities: null,
  isGhost: false,
  linkSet: null,
  ...fields,
});

describe("RpmPayload", () => {
  const files = [
    entry("/d", { type: "directory" }),
    entry("/d/a", { sizeBytes: 5 }),
    entry("/d/b", { sizeBytes: 3, linkSet: "1:2" }),
    entry("/d/c", { sizeBytes: 3, linkSet: "1:2" }),
    entry("/d/l", { type: "symlink", linkTarget: "a" }),
    entry("/d/g", { isGhost: true, sizeBytes: 9 }),
  ];

  function unpack(members: readonly MadeMember[]): readonly string[] {
    const heard: string[] = [];
    const payload = new RpmPayload(files, {
      entry({ path, type, linkTarget = "" }: TarEntry) {
        heard.push(`${type} ${path} ${linkTarget}`.trim());
        return type === "file";
      },
      content(bytes) {
        heard.push(Buffer.from(bytes).toString());
        return true;
      },
      endOfFile: () => heard.push("end"),
      problem: () => undefined,
    });
    payload.push(makeCpio(members));
    payload.end();
    return heard;
  }

  const named: readonly MadeMember[] = [
    { name: "./d", content: "" },
    { name: "./d/a", content: "hello" },
    { name: "./d/b", content: "" },
    { name: "./d/c", content: "abc" },
    { name: "./d/l", content: "a" },
  ];
  const numbered = named.map(({ content }, index): MadeMember => ({ index, content }));
  const expected = [
    "directory /d",
    ...["file /d/a", "hello", "end"],
    ...["file /d/c", "abc", "end"],
    "hardlink /d/b /d/c",
    "symlink /d/l a",
  ];
  it.each([
    ["names", named],
    ["numbers", numbered],
  ])("is told the files by their %s", (_, members) => {
    expect(unpack(members)).toEqual(expected);
  });

  const rows: readonly [string, readonly MadeMember[]][] = [
    ["a file that the header does not list", [...named, { name: "./x", content: "" }]],
    ["a number without a file", [{ index: 99, content: "" }]],
    ["a file that comes twice", [...named, { name: "./d/a", content: "hello" }]],
    ["a file that must not be there", [...named, { name: "./d/g", content: "" }]],
    ["a file that is missing", named.slice(0, 4)],
    ["a file of another size", [{ name: "./d/a", content: "hell" }]],
    ["a name that leads out", [{ name: "./../d", content: "" }]],
  ];
  it.each(rows)("refuses %s", (_, members) => {
    expect(() => unpack(members)).toThrow(FormatError);
  });
});
