import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testImage } from "../../../test/images.ts";
import { RealApk, whyNoApk, type ApkRoot } from "../../../test/resolver/apk-program.ts";
import { splitWords } from "./dependency.ts";
import { parseApkInstalled } from "./installed.ts";

/** What `apk info` calls the parts that it is asked for. */
const parts = {
  "installed size:": "I",
  "depends on:": "D",
  "provides:": "p",
  "has auto-install rule:": "i",
  "replaces:": "r",
  "contains:": "F",
} as const;

const databases: readonly (readonly [string, ApkRoot, string | null])[] = [
  ["Alpine 3.18.9", "alpine-3.18-x86_64", null],
  ["Alpine 3.20.3", "alpine-3.20-x86_64", null],
  ["Alpine 3.20.3 for aarch64", "alpine-3.20-aarch64", null],
  ["Alpine 3.16 for aarch64", "empty", "alpine316-aarch64.installed"],
  ["Wolfi", "empty", "wolfi-base.installed"],
  ["an image of apko", "empty", "redis-operator-compat.installed"],
];

const without = whyNoApk();
describe.skipIf(without !== "")(`parseApkInstalled() agrees with apk info${without}`, () => {
  let apk: RealApk;
  beforeAll(() => (apk = new RealApk()));
  afterAll(() => {
    apk.close();
  });

  it.each(databases)("on %s", (_, name, file) => {
    const root = apk.rootOf(name);
    const database = join(root, "lib/apk/db/installed");
    if (file !== null) cpSync(testImage(`../scanning/data/apk/${file}`), database);
    expect(existsSync(database)).toBe(true);
    const { records, problems } = parseApkInstalled(readFileSync(database));
    expect(problems).toEqual([]);
    expect(records.length).toBeGreaterThan(10);
    const none = join(apk.folder, "no-repositories");
    writeFileSync(none, "");
    const { output } = apk.run([
      ...["info", "--root", root, "--repositories-file", none, "--no-network"],
      ...["--size", "--depends", "--provides", "--install-if", "--replaces", "--contents"],
      ...records.map((record) => record.name),
    ]);
    const real = readInfo(output);
    for (const { name: packageName, version, installedBytes, relations, files } of records) {
      const said = real.get(`${packageName}-${version}`);
      expect([packageName, said]).toEqual([
        packageName,
        {
          I: [humanSize(installedBytes ?? 0)],
          D: splitWords(relations.depends ?? ""),
          p: splitWords(relations.provides ?? ""),
          i: splitWords(relations.installIf ?? ""),
          r: splitWords(relations.replaces ?? ""),
          F: files.map((path) => path.slice(1)),
        },
      ]);
    }
  });
});

type Info = Record<(typeof parts)[keyof typeof parts], readonly string[]>;

/** Paragraphs `NAME-VERSION provides:`, each with its lines. */
function readInfo(output: string): ReadonlyMap<string, Info> {
  const found = new Map<string, Info>();
  for (const paragraph of output.split(/\n\n+/)) {
    const [title = "", ...lines] = paragraph.split("\n");
    const space = title.indexOf(" ");
    const part = Object.entries(parts).find(([words]) => words === title.slice(space + 1))?.[1];
    if (part === undefined) continue;
    const name = title.slice(0, space);
    const known = found.get(name) ?? { I: [], D: [], p: [], i: [], r: [], F: [] };
    // What apko writes for nothing.
    const said = lines.filter((line) => line !== "" && line !== "[]");
    found.set(name, { ...known, [part]: said });
  }
  return found;
}

/** As apk 2 prints it. Source: apk-tools 2.14 src/common.c, apk_get_human_size. */
function humanSize(bytes: number): string {
  let [size, unit] = [bytes, 0];
  while (size >= 10_000) [size, unit] = [size / 1024, unit + 1];
  return `${Math.trunc(size)} ${["B", "KiB", "MiB"][unit] ?? ""}`;
}
