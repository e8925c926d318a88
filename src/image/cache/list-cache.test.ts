import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../../test/made-images.ts";
import { cacheRevisions } from "./cache-folders.ts";
import { listCache } from "./list-cache.ts";

let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "fromage-list-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const nowMs = Date.parse("2026-06-01T00:00:00Z");
const revisions = { elf: 3, shebangs: 1, texts: 2, loaderCaches: 1, packages: 1 };
const options = { revisions, now: () => new Date(nowMs) };
const facts = `facts-${cacheRevisions.facts}`;
const one = sha256("one").replace(":", "-");

let count = 0;

/** A cache with these files, `PATH BYTES HOURS`: so old they are. */
function make(...files: readonly string[]): string {
  const folder = join(scratch, `cache-${count++}`);
  mkdirSync(folder);
  for (const file of files) {
    const [path = "", bytes = "1", hours = "0"] = file.split(" ");
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), Buffer.alloc(Number(bytes)));
    const usedAt = new Date(nowMs - Number(hours) * 3_600_000);
    utimesSync(join(folder, path), usedAt, usedAt);
  }
  return folder;
}

/** `KIND NAME BYTES HOURS FILES`, of each thing. */
function list(folder: string): readonly string[] {
  const listed = listCache(folder, options);
  if (!listed.ok) return [listed.failure.kind];
  return listed.value.items.map(({ kind, name, sizeBytes, usedAtMs, files }) => {
    const hours = (nowMs - usedAtMs) / 3_600_000;
    const names = files.map((path) =>
      path
        .slice(folder.length + 1)
        .split("/")
        .at(-1),
    );
    return `${kind} ${name} ${sizeBytes} ${hours} ${names.join(",")}`;
  });
}

describe("listCache()", () => {
  it("lists layers by their cores, with the sections of the present revisions", () => {
    const layer = `${facts}/layers/${one}`;
    const folder = make(
      `${layer}/core.json 10 48`,
      `${layer}/elf-3.json 20 72`,
      `${layer}/texts-2.json 30 1`,
      `${layer}/texts-1.json 5 90`,
      `${layer}/packages-2.json 7 2`,
      `${layer}/notes 100 2`,
    );
    expect(list(folder)).toEqual([
      `layer ${sha256("one")} 60 48 core.json,elf-3.json,texts-2.json`,
      `newer ${layer}/packages-2.json 7 2 packages-2.json`,
      `old ${layer}/texts-1.json 5 90 texts-1.json`,
    ]);
  });

  it("lists a layer without a core by what was written last", () => {
    const layer = `${facts}/layers/${one}`;
    const folder = make(`${layer}/elf-3.json 20 72`, `${layer}/texts-2.json 30 1`);
    expect(list(folder)).toEqual([`layer ${sha256("one")} 50 1 elf-3.json,texts-2.json`]);
  });

  it("lists packs by their lines", () => {
    const folder = make(
      `${facts}/elf-3/${one}-0123abcd.lines 10 5`,
      `${facts}/elf-3/${one}-0123abcd.index 20 4`,
      `${facts}/elf-3/other.lines 1 1`,
    );
    const files = `${one}-0123abcd.lines,${one}-0123abcd.index`;
    expect(list(folder)).toEqual([`pack ${one}-0123abcd 30 5 ${files}`]);
  });

  it("lists blobs, documents, names and compiled code", () => {
    const folder = make(
      `blobs-1/${one} 10 5`,
      `blobs-1/sha256-zz 10 5`,
      `documents-1/${one} 20 6`,
      `names-1/${one.slice(7)} 30 7`,
      `names-1/notes 30 7`,
      "compiled/v24.1.0-x64-0-0/a 40 8",
      "compiled/mine/a 40 8",
    );
    const listed = list(folder);
    expect(listed.map((line) => line.split(" ").slice(0, 3).join(" "))).toEqual([
      `blob ${sha256("one")} 10`,
      "compiled compiled/v24.1.0-x64-0-0 40",
      `document ${sha256("one")} 20`,
      `name ${one.slice(7)} 30`,
    ]);
  });

  it("tells older from newer revisions, and leaves all else out", () => {
    const newer = cacheRevisions.facts + 1;
    const folder = make(
      "facts-1/layers/x/core.json 10 5",
      "facts-1/a 20 5",
      `facts-${newer}/a 30 5`,
      `${facts}/elf-2/x.lines 40 5`,
      `${facts}/elf-4/x.lines 50 5`,
      "facts-01/a 1 1",
      "facts-0/a 1 1",
      "facts-/a 1 1",
      "other-1/a 1 1",
      "bases/index.json 1 1",
      "constructor-1/a 1 1",
      "notes 1 1",
    );
    const listed = list(folder).map((line) => line.split(" ").slice(0, 3).join(" "));
    expect(listed).toEqual([
      "old facts-1 30",
      `old ${facts}/elf-2 40`,
      `newer ${facts}/elf-4 50`,
      `newer facts-${newer} 30`,
    ]);
  });

  it("tells what is on its way from what was left", () => {
    const folder = make(
      "blobs-1/incoming/aa/blob 10 25",
      "blobs-1/incoming/bb/blob 10 23",
      "names-1/.x.1.tmp 5 2",
      "names-1/.y.1.tmp 5 0.5",
      `${facts}/layers/${one}/.core.json.1.tmp 5 2`,
    );
    for (const name of ["aa", "bb"]) {
      const at = new Date(nowMs - 25 * 3_600_000);
      utimesSync(join(folder, "blobs-1/incoming", name), at, at);
    }
    expect(list(folder).map((line) => line.split(" ").slice(0, 3).join(" "))).toEqual([
      "leftover blobs-1/incoming/aa 10",
      "draft blobs-1/incoming/bb 10",
      `leftover ${facts}/layers/${one}/.core.json.1.tmp 5`,
      "leftover names-1/.x.1.tmp 5",
    ]);
  });

  it("follows no link inside", () => {
    const [folder, other] = [make(), make(`${one} 10 1`)];
    symlinkSync(other, join(folder, "blobs-1"));
    symlinkSync(other, join(folder, "facts-1"));
    mkdirSync(join(folder, "documents-1"));
    symlinkSync(join(other, one), join(folder, "documents-1", one));
    expect(list(folder)).toEqual([]);
  });

  it("takes an absent folder for empty, and a file for none", () => {
    const absent = listCache(join(scratch, "none"), options);
    expect(absent).toMatchObject({ ok: true, value: { isThere: false, items: [], failures: [] } });
    const file = join(make("file"), "file");
    expect(listCache(file, options)).toMatchObject({ ok: false, failure: { kind: "unreachable" } });
  });
});
