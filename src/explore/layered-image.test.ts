import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Ajv2020, type AnySchemaObject } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run, type Ran } from "../../test/cli/run.ts";
import { MadeLayout } from "../../test/made-images.ts";
import { writeLayeredImage } from "../../test/layered-image.ts";
import type { CliIo } from "../cli/io.ts";

const folder = mkdtempSync(join(tmpdir(), "fromage-layered-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const [image, other] = ["oci:image", "oci:other"];
beforeAll(async () => {
  await writeLayeredImage(folder, "image");
  await writeLayeredImage(folder, "other", {
    architecture: "arm64",
    config: {
      Cmd: ["other"],
      Env: ["PATH=/bin", "A=1"],
      User: "app",
      ExposedPorts: { "80/tcp": {} },
    },
    more: [
      ["etc/passwd", "app::1:1::/:/bin/sh\n".padEnd(30, "#")],
      ["opt/big.dat", "z".repeat(100)],
      ["srv/.wh.more.txt", ""],
      ["srv/new\u001b[2J.txt", "new"],
    ],
  });
});

/** Runs with IMAGE and OTHER in place of the references. */
function ask(line: string, io: Partial<CliIo> = {}): Promise<Ran> {
  const words = line.split(" ").map((word) => ({ IMAGE: image, OTHER: other })[word] ?? word);
  return run(words, folder, io);
}

const schemas = resolve(import.meta.dirname, "../../schema");
const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
function problemsOf(verb: string, text: string): readonly unknown[] {
  const written: AnySchemaObject = JSON.parse(
    readFileSync(join(schemas, `${verb}@1.json`), "utf8"),
  );
  // Without room for additions: what this version writes is described whole.
  const closed: AnySchemaObject = JSON.parse(JSON.stringify(written), (key, value: unknown) =>
    key === "additionalProperties" && value === true ? false : value,
  );
  const validate = ajv.getSchema(`urn:fromage:schema:${verb}@1`) ?? ajv.compile(closed);
  return validate(JSON.parse(text)) === true ? [] : (validate.errors ?? []);
}

describe("documents fit their schemas to the last property:", () => {
  it.each([
    ["du IMAGE --json", 0],
    ["du IMAGE --json -a --by layer --by package --by extension --waste --duplicates", 0],
    ["du IMAGE --json --top 3", 0],
    ["history IMAGE --json", 0],
    ["config IMAGE --json", 0],
    ["config OTHER --json", 0],
    ["packages IMAGE --json", 0],
    ["packages IMAGE --json --files tools", 0],
    ["owner IMAGE /bin/tool /usr/bin/link /nothing --json", 0],
    ["diff IMAGE OTHER --json", 1],
    ["diff IMAGE OTHER --json --only files --times", 1],
    ["diff IMAGE IMAGE --json", 0],
    ["compare IMAGE OTHER base:alpine-3.20 --json", 0],
  ])("%s", async (line, code) => {
    const ran = await ask(line);
    expect(ran.code).toBe(code);
    expect(problemsOf(line.split(" ")[0] ?? "", ran.out)).toEqual([]);
  });
});

describe("what is printed:", () => {
  it.each([
    "du IMAGE /opt -a",
    "du IMAGE --waste",
    "du IMAGE --duplicates",
    "du IMAGE --by extension --top 2",
    "history IMAGE",
    "config OTHER",
    "packages IMAGE --layer",
    "packages IMAGE --files tools",
    "owner IMAGE /bin/tool /usr/bin/link /usr/bin/other-name /usr/share/doc/tools/README /srv/more.txt",
    "diff IMAGE OTHER",
    "diff IMAGE OTHER --stat",
    "compare IMAGE OTHER",
  ])("%s", async (line) => {
    const { out, err, code } = await ask(line);
    expect(`${out}${err}exit code ${code}\n`).toMatchSnapshot();
  });
});

describe("exit codes and messages:", () => {
  it.each([
    ["du IMAGE /otp", 1, /otp.*\/opt/],
    ["du IMAGE --by color", 2, /--by is "color", expected one of directory, layer/],
    ["du IMAGE -s -a", 2, /-s and -a exclude/],
    ["du IMAGE -d x", 2, /--max-depth is "x"/],
    ["du", 2, /no REF/],
    ["history IMAGE x", 2, /unexpected argument "x"/],
    ["config IMAGE --raw --json", 2, /exclude each other/],
    ["packages IMAGE --files tool", 1, /package tool.*tools/],
    ["packages IMAGE --name zz*", 1, /no package called/],
    ["packages IMAGE -0", 2, /--null needs --files/],
    ["owner IMAGE", 2, /no PATH/],
    ["owner IMAGE /opt/big.dat /nowhere", 1, /^$/],
    ["owner IMAGE /nowhere /bin/tool", 0, /^$/],
    ["diff IMAGE", 2, /two images are needed/],
    ["diff IMAGE OTHER --only colors", 2, /--only is "colors"/],
    ["diff IMAGE nothing-there", 3, /nothing-there/],
    ["diff IMAGE OTHER --only packages", 0, /different platforms/],
    ["compare", 2, /no REF/],
    ["compare base:no-such-base", 3, /no-such-base/],
  ])("%s comes to %i", async (line, code, message) => {
    const ran = await ask(line);
    expect([ran.code, ran.err]).toEqual([code, expect.stringMatching(message)]);
  });

  it.each(["du", "history", "config", "packages", "owner", "diff", "compare"])(
    "help of %s fits 80 columns and has examples",
    async (verb) => {
      const { out, code } = await run([verb, "--help"], folder);
      expect(code).toBe(0);
      expect(out).toContain("Examples:");
      expect(
        out.split("\n").filter((line) => line.length > 80 && !line.startsWith("  fromage")),
      ).toEqual([]);
    },
  );

  it("Ctrl-C ends a diff", async () => {
    const { code } = await ask("diff IMAGE OTHER", { signal: AbortSignal.abort() });
    expect(code).toBe(130);
  });
});

describe("diff", () => {
  it("without contents leaves files of equal size, and says so", async () => {
    const same = await writeLayeredImage(folder, "same", {
      more: [["opt/big.dat", "y".repeat(100)]],
    });
    const whole = await run(["diff", image, same, "--only", "files"], folder);
    expect([whole.out, whole.err, whole.code]).toEqual(["", "", 0]);
    const cheap = await run(["diff", image, same, "--only", "files", "--no-content"], folder);
    expect([cheap.out, cheap.code]).toEqual(["", 4]);
    expect(cheap.err).toBe("1 file of equal size was not compared by content (--no-content)\n");
  });

  it("writes names as they are with -0, and escaped on a terminal", async () => {
    const raw = await ask("diff IMAGE OTHER -0");
    expect(raw.out.split("\0")).toEqual([
      "/etc/passwd",
      "/opt/big.dat",
      "/srv/more.txt",
      "/srv/new\u001b[2J.txt",
      "",
    ]);
    const shown = await ask("diff IMAGE OTHER --only files", {
      isTerminal: true,
      env: { NO_COLOR: "1" },
    });
    expect(shown.out).toContain("/srv/new\\x1b[2J.txt");
    expect(shown.out).not.toContain("\u001b");
  });
});

it("compare has a column for each platform of an image", async () => {
  const layout = new MadeLayout();
  const images = ["amd64", "arm64", "s390x"].map((architecture) => ({
    ...layout.image({ tars: [], architecture }),
    platform: { os: "linux", architecture },
  }));
  layout.finish([layout.index(images)]).writeTo(join(folder, "several"));
  const all = await run(["compare", "oci:several", "--json"], folder);
  const document: { images: { platform: string }[] } = JSON.parse(all.out);
  expect(document.images.map(({ platform }) => platform)).toEqual([
    "linux/amd64",
    "linux/arm64",
    "linux/s390x",
  ]);
  const one = await run(["compare", "oci:several", "--platform", "linux/s390x"], folder);
  expect(one.out.split("\n")[1]?.trimEnd()).toBe("platform       linux/s390x");
});

it("history without steps, and with too few, says so", async () => {
  const absent = await writeLayeredImage(folder, "absent", { history: null });
  expect((await run(["history", absent], folder)).out).toContain("does not say how it was built");
  const few = await writeLayeredImage(folder, "few", { history: [{ created_by: "RUN one" }] });
  expect((await run(["history", few], folder)).out).toContain(
    "By 1 step a layer was made, and there are 2 layers",
  );
});
