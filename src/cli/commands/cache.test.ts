import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findTestImages, withoutImages } from "../../../test/images.ts";
import { MadeLayout, makeElf, makeTar, sha256 } from "../../../test/made-images.ts";
import { run } from "../../../test/cli/run.ts";
import { BlobCache } from "../../image/cache/blob-cache.ts";

const cwd = mkdtempSync(join(tmpdir(), "fromage-test-"));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

let count = 0;

beforeAll(async () => {
  const tar = await makeTar([
    ["bin/sh", makeElf(1), 0o755],
    ["etc/os-release", "ID=x\n"],
  ]);
  const layout = new MadeLayout();
  layout.finish([layout.image({ tars: [tar], config: {} })]).writeTo(join(cwd, "image"));
});

/** A cache with the facts of one layer and one blob. */
async function fill(): Promise<string> {
  const name = `cache-${count++}`;
  const folder = join(cwd, name);
  await run(["ldd", "oci:image", "/bin/sh", "--cache-dir", name], cwd);
  bringBlob(folder, "blob");
  return name;
}

function bringBlob(folder: string, text: string): void {
  const draft = new BlobCache({ folder, temporaryFolder: cwd }).begin(sha256(text));
  writeFileSync(draft.file, text);
  draft.keep();
}

interface Document {
  readonly schema: string;
  readonly action: string;
  readonly folder: string;
  readonly totalBytes: number;
  readonly leftBytes: number;
  readonly kinds: readonly { readonly kind: string; readonly count: number }[];
  readonly removed: readonly { readonly kind: string; readonly name: string }[];
  readonly spared: readonly { readonly kind: string }[];
  readonly damaged: readonly { readonly path: string; readonly isRemoved: boolean }[];
}
const parse = (text: string): Document => JSON.parse(text);

/** Days later everything that was written is old. */
const later = { now: () => new Date(Date.now() + 40 * 24 * 60 * 60 * 1000) };
const interrupted = { signal: AbortSignal.abort() };

describe("fromage cache", () => {
  it.each([
    ["shwo", 'no action "shwo", expected one of show, prune, verify, path'],
    ["toString", 'no action "toString"'],
    ["show x", 'unexpected argument "x"'],
    ["--nothing", "--nothing"],
    ["prune", "no --older-than, --max-size or --old"],
    ["prune --dry-run", "no --older-than, --max-size or --old"],
    ["prune --older-than 30", "expected an age as 12h, 30d or 4w"],
    ["prune --max-size lots", "expected a size as 500MB or 2GiB"],
    ["prune --max-size -1", "--max-size"],
    ["verify --fix", "--fix"],
    ["path x", 'unexpected argument "x"'],
  ])("%s is bad usage: %s", async (typed, reason) => {
    const { code, out, err } = await run(["cache", ...typed.split(" ")], cwd);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(reason);
    expect(err).toMatch(/; see fromage cache --help\n$/);
  });

  it.each(["--help", "help", "show -h", "prune --help", "verify --help", "path --help"])(
    "%s prints help with examples",
    async (typed) => {
      const { code, out } = await run(["cache", ...typed.split(" ")], cwd);
      expect([code, out.includes("Examples:")]).toEqual([0, true]);
      expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
    },
  );

  it.each([[[]], [["show"]], [["verify"]], [["path"]], [["prune", "--max-size", "0"]]])(
    "%j makes no cache where there is none",
    async (args) => {
      const { code, err } = await run(["cache", ...args, "--cache-dir", "none"], cwd);
      expect([code, err, existsSync(join(cwd, "none"))]).toEqual([0, "", false]);
    },
  );

  it.each([["show"], ["verify"], ["prune --max-size 0"]])(
    "%s cannot finish where the cache is a file",
    async (typed) => {
      writeFileSync(join(cwd, "file"), "mine");
      const { code, out, err } = await run(
        ["cache", ...typed.split(" "), "--cache-dir", "file"],
        cwd,
      );
      expect([code, out]).toEqual([3, ""]);
      expect(err).toContain("ENOTDIR");
    },
  );
});

describe("fromage cache show", () => {
  it("counts what a run has kept", async () => {
    const name = await fill();
    const { code, out, err } = await run(["cache", "--cache-dir", name], cwd);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^facts of layers +1 +\d/m);
    expect(out).toMatch(/^ELF facts, in packs +1 /m);
    expect(out).toMatch(/^blobs of registries +1 +4 B /m);
    const { schema, totalBytes, kinds } = parse(
      (await run(["cache", "show", "--json", "--cache-dir", name], cwd)).out,
    );
    expect([schema, totalBytes > 0]).toEqual(["fromage/cache@1", true]);
    expect(kinds.filter((kind) => kind.count > 0).map(({ kind }) => kind)).toEqual([
      "layer",
      "pack",
      "blob",
    ]);
  });
});

describe("fromage cache path", () => {
  it("prints the folder for a script", async () => {
    expect((await run(["cache", "path"], cwd)).out).toBe(`${cwd}/.cache/fromage\n`);
    const { out } = await run(["cache", "path", "--cache-dir", "x", "--json"], cwd);
    expect(parse(out)).toMatchObject({ action: "path", folder: join(cwd, "x") });
  });

  it("is what the settings say", async () => {
    writeFileSync(join(cwd, "own.yaml"), "cache: { folder: kept, blobs: 1GB }\n");
    const { out } = await run(["cache", "path", "--config", "own.yaml"], cwd);
    expect(out).toBe(`${cwd}/kept\n`);
    mkdirSync(join(cwd, "kept"));
    const shown = await run(["cache", "--config", "own.yaml"], cwd);
    expect(shown.out).toContain("blobs may take 1.0 GB");
  });
});

describe("fromage cache prune", () => {
  it("says what would go, and then what went", async () => {
    const name = await fill();
    const words = ["cache", "prune", "--older-than", "30d", "--cache-dir", name];
    const dry = await run([...words, "--dry-run"], cwd, later);
    const wet = await run(words, cwd, later);
    expect(dry.out).toMatch(/^Would remove 1 layer, 1 blob, 1 ELF pack, .*; 0 B would be left\n/);
    expect(wet.out).toBe(
      dry.out.replace("Would remove", "Removed").replace("would be left", "left"),
    );
    expect([dry.code, wet.code, wet.err]).toEqual([0, 0, ""]);
    const again = await run([...words, "--json"], cwd, later);
    expect(parse(again.out)).toMatchObject({ removed: [], leftBytes: 0 });
  });

  it("leaves what was used, and what a run may be at", async () => {
    const name = await fill();
    bringBlob(join(cwd, name), "other");
    const old = new Date(Date.now() - 50 * 24 * 60 * 60 * 1000);
    const file = sha256("blob").replace(":", "-");
    utimesSync(join(cwd, name, "blobs-1", file), old, old);
    const now = { now: () => new Date() };
    const words = ["cache", "prune", "--json", "--cache-dir", name];
    const aged = parse((await run([...words, "--older-than", "4w"], cwd, now)).out);
    expect(aged.removed.map(({ name: one }) => one)).toEqual([sha256("blob")]);
    const sized = parse((await run([...words, "--max-size", "0"], cwd, now)).out);
    expect(sized.removed.map(({ kind }) => kind)).toEqual(["layer"]);
    expect(sized.spared.map(({ kind }) => kind).toSorted()).toEqual(["blob", "pack"]);
  });

  it("removes old revisions", async () => {
    const name = await fill();
    mkdirSync(join(cwd, name, "facts-1"));
    writeFileSync(join(cwd, name, "facts-1", "x"), "old");
    const shown = await run(["cache", "--cache-dir", name], cwd);
    expect(shown.out).toContain("fromage cache prune --old");
    const { code, out } = await run(["cache", "prune", "--old", "--cache-dir", name], cwd);
    expect([code, out]).toEqual([0, expect.stringMatching(/^Removed 1 old part, 3 B; /)]);
    expect(readdirSync(join(cwd, name))).not.toContain("facts-1");
  });

  it("ends with 130 when it is interrupted, and says what went", async () => {
    const name = await fill();
    const words = ["cache", "prune", "--max-size", "0", "--cache-dir", name];
    const { code, out } = await run(words, cwd, { ...later, ...interrupted });
    expect([code, out]).toEqual([130, expect.stringMatching(/^Removed nothing; /)]);
  });
});

describe("fromage cache verify", () => {
  it("lists what is damaged, then removes it, and the next run is right", async () => {
    const name = await fill();
    const words = ["cache", "verify", "--cache-dir", name];
    const sound = await run(words, cwd);
    expect([sound.code, sound.out]).toEqual([0, expect.stringMatching(/: all sound\n$/)]);
    const file = sha256("blob").replace(":", "-");
    appendFileSync(join(cwd, name, "blobs-1", file), "x");
    const found = await run(words, cwd);
    expect([found.code, found.err]).toEqual([1, ""]);
    expect(found.out).toContain(`  blobs-1/${file}: its digest is ${sha256("blobx")}\n`);
    const json = parse((await run([...words, "--json"], cwd)).out);
    expect(json.damaged).toMatchObject([{ path: `blobs-1/${file}`, isRemoved: false }]);
    const mended = await run([...words, "--repair"], cwd);
    expect([mended.code, mended.out]).toEqual([0, expect.stringContaining("1 damaged, 1 removed")]);
    expect((await run(words, cwd)).code).toBe(0);
  });

  it("shows how far it is on a terminal, and ends with 130 when it is interrupted", async () => {
    const name = await fill();
    let nowMs = Date.now();
    const terminal = { isErrorTerminal: true, now: () => new Date((nowMs += 1000)) };
    const shown = await run(["cache", "verify", "--cache-dir", name], cwd, terminal);
    expect(shown.err).toMatch(/Reading .*cache-\d+ \d+ %/);
    const stopped = await run(["cache", "verify", "--cache-dir", name], cwd, interrupted);
    expect([stopped.code, stopped.out]).toEqual([130, ""]);
  });
});

describe("over real images", () => {
  const images = findTestImages();
  it.skipIf(images === null)(
    `what a run keeps is sound, and goes as a whole${images === null ? ` (${withoutImages})` : ""}`,
    async () => {
      const image = `oci-archive:${images ?? ""}/distroless-base-debian13-amd64.oci.tar`;
      const ldd = ["ldd", image, "/usr/sbin/ldconfig", "--cache-dir", "real"];
      const first = await run(ldd, cwd);
      expect((await run(["cache", "verify", "--cache-dir", "real"], cwd)).code).toBe(0);
      expect(await run(ldd, cwd)).toEqual(first);
      const words = ["cache", "prune", "--max-size", "0", "--json", "--cache-dir", "real"];
      const { removed, leftBytes } = parse((await run(words, cwd, later)).out);
      expect([removed.length > 1, leftBytes]).toEqual([true, 0]);
      expect(await run(ldd, cwd)).toEqual(first);
    },
  );
});
