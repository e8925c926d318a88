import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { GoBuild } from "../go/build-info.ts";
import { fromBytes } from "../random-access.ts";
import { parseElf } from "./parse-elf.ts";
import { bodyAt, shapes, tinyElf, type TinyShape, words } from "./testdata/tiny-elf.ts";

const go = ["go", "/usr/local/go/bin/go"].find((name) => spawnSync(name, ["version"]).status === 0);
const withoutGo = go === undefined ? " (skipped: no go)" : "";
const folder = mkdtempSync(join(tmpdir(), "go-build-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const frame = Buffer.alloc(16, 0x77);
const lines = [
  "path\texample.com/app/cmd/app",
  "mod\texample.com/app\tv1.2.3\th1:abc=",
  "dep\texample.com/one\tv0.1.0\th1:def=",
  "dep\texample.com/two\tv0.2.0",
  "=>\t./two\t(devel)\t",
  "build\t-buildmode=pie",
  'build\t-ldflags="-s -w"',
  'build\t-tags="a b"',
  "build\tCGO_ENABLED=0",
  "build\tvcs.revision=abcdef",
];
const modules = Buffer.concat([frame, Buffer.from(`${lines.join("\n")}\n`), frame]);
const version = Buffer.from("go1.21.5 X:rangefunc");

/** Size of a pointer and flags stand behind the magic; the strings follow, or what points to them. */
function blob(of: TinyShape, isInline: boolean): Buffer {
  const pointerBytes = of.is64 ? 8 : 4;
  const flags = isInline ? 2 : of.isLittle ? 0 : 1;
  const magic = Buffer.from("\xff Go buildinf:", "latin1");
  const head = Buffer.concat([magic, Buffer.from([pointerBytes, flags])]);
  if (isInline) {
    const [first, second] = [varint(version.byteLength), varint(modules.byteLength)];
    return Buffer.concat([head, Buffer.alloc(16), first, version, second, modules]);
  }
  const stringsAt = bodyAt + 32;
  const textAt = stringsAt + 4 * pointerBytes;
  const pointers = words(of, [stringsAt, stringsAt + 2 * pointerBytes]);
  const strings = words(of, [
    ...[textAt, version.byteLength],
    ...[textAt + version.byteLength, modules.byteLength],
  ]);
  const pad = Buffer.alloc(16 - pointers.byteLength);
  return Buffer.concat([head, pointers, pad, strings, version, modules]);
}

function varint(value: number): Buffer {
  return Buffer.from([(value & 0x7f) | 0x80, value >> 7]);
}

function program(of: TinyShape, body: Buffer): Buffer {
  const segments = [{ type: 1, flags: 6, offsetBytes: bodyAt, sizeBytes: body.byteLength }];
  return tinyElf({ ...of, type: 2, body, segments });
}

function goBuild(bytes: Buffer): GoBuild | null {
  return parseElf(fromBytes(bytes)).goBuild;
}

/** What `go version -m` prints, as facts. */
function byGo(file: string): GoBuild {
  const { stdout } = spawnSync(go ?? "go", ["version", "-m", file], { encoding: "utf8" });
  const [first = "", ...rest] = stdout.trimEnd().split("\n");
  const rows = rest.map((line) => line.split("\t").slice(1));
  const [path] = rows.filter(([kind]) => kind === "path");
  const [main] = rows.filter(([kind]) => kind === "mod");
  const build = rows.filter(([kind]) => kind === "build").map(([, text = ""]) => text);
  const settings = build
    .map((text) => [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)] as const)
    .filter(([key]) => !/^(?:-(?:ld|gc|asm)flags|CGO_\w+FLAGS|DefaultGODEBUG|vcs)/.test(key))
    .map(([key, value]) => [key, value.replace(/^"(.*)"$/, "$1")] as const);
  return {
    goVersion: first.slice(first.indexOf(": ") + 2),
    path: path?.[1] ?? null,
    mainModule: main === undefined ? null : { path: main[1] ?? "", version: main[2] ?? "" },
    dependencyCount: rows.filter(([kind]) => kind === "dep").length,
    settings: Object.fromEntries(settings),
  };
}

describe.each(shapes)("goBuild of a %s program", (name, of) => {
  it.each([
    ["inline strings", true],
    ["pointers to strings", false],
  ])(`is read from %s${withoutGo === "" ? ", as go reads it" : ""}`, (kind, isInline) => {
    const bytes = program(of, blob(of, isInline));
    expect(goBuild(bytes)).toEqual({
      goVersion: "go1.21.5 X:rangefunc",
      path: "example.com/app/cmd/app",
      mainModule: { path: "example.com/app", version: "v1.2.3" },
      dependencyCount: 2,
      settings: { "-buildmode": "pie", "-tags": "a b", CGO_ENABLED: "0" },
    });
    if (go === undefined) return;
    const file = join(folder, `${name} ${kind}`);
    writeFileSync(file, bytes, { mode: 0o755 });
    expect(goBuild(bytes)).toEqual(byGo(file));
  });

  it("is null when lengths or pointers lead outside the file, whatever they are", () => {
    for (const isInline of [true, false]) {
      const sound = blob(of, isInline);
      for (const at of [16, 20, 24, 28, 32, 33, 36, 40, 48, 53, 54]) {
        const body = Buffer.from(sound).fill(0xff, at, at + 9);
        const { settings = {} } = goBuild(program(of, body)) ?? {};
        expect(Object.keys(settings).length).toBeLessThan(4);
      }
      for (const length of [14, 16, 31, 32, 40, 60, sound.byteLength - 1]) {
        expect(goBuild(program(of, sound.subarray(0, length)))?.path ?? null).toBeNull();
      }
    }
  });
});

describe("goBuild", () => {
  const [, of] = shapes[0] ?? ["", { is64: true, isLittle: true }];

  it.each([
    ["a magic that is not at a multiple of 16", Buffer.concat([Buffer.alloc(8), blob(of, true)])],
    ["no version", Buffer.concat([blob(of, true).subarray(0, 32), Buffer.alloc(64)])],
    [
      "a length without end",
      Buffer.concat([blob(of, true).subarray(0, 32), Buffer.alloc(64, 0xff)]),
    ],
  ])("is null for %s", (_name, body) => {
    expect(goBuild(program(of, body))).toBeNull();
  });

  it("has no modules when their frame is broken", () => {
    const body = blob(of, true);
    body[body.byteLength - 17] = 0x20;
    expect(goBuild(program(of, body))).toMatchObject({ path: null, settings: {} });
  });
});

describe.skipIf(go === undefined)(`goBuild of what go has built${withoutGo}`, () => {
  const root = spawnSync(go ?? "go", ["env", "GOROOT"], { encoding: "utf8" }).stdout.trim();
  const bin = join(root, "bin");
  const files = existsSync(bin) ? readdirSync(bin).map((name) => join(bin, name)) : [];

  it.each(files)("%s agrees with go version -m", (file) => {
    const facts = parseElf(fromBytes(readFileSync(file)));
    expect(facts.goBuild).toEqual(byGo(file));
    if (facts.interpreter === null) expect(facts.staticLibc?.kind).toBe("none");
  });

  it("a stripped program agrees with go version -m", () => {
    const file = join(folder, "app");
    writeFileSync(join(folder, "go.mod"), "module example.com/app\n");
    writeFileSync(join(folder, "main.go"), 'package main\n\nfunc main() { println("hi") }\n');
    const args = ["build", "-trimpath", "-ldflags=-s -w", "-tags=one,two", "-o", file, "."];
    const env = { ...process.env, CGO_ENABLED: "0", GOOS: "linux", GOFLAGS: "" };
    const { status, stderr } = spawnSync(go ?? "go", args, { cwd: folder, env, encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const facts = parseElf(fromBytes(readFileSync(file)));
    expect(facts.goBuild).toEqual(byGo(file));
    expect(facts.goBuild?.settings).toMatchObject({ CGO_ENABLED: "0", "-tags": "one,two" });
    expect(facts).toMatchObject({ staticLibc: { kind: "none", opens: [] }, libraryNames: [] });
  }, 60_000);
});
