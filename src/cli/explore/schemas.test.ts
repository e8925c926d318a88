import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../../test/cli/run.ts";
import { MadeLayout, makeTar, packFiles } from "../../../test/made-images.ts";

const folder = mkdtempSync(join(tmpdir(), "explore-schemas-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(async () => {
  const bottom = await makeTar([
    ["etc", null],
    ["etc/passwd", "root:x:0:0::/root:/bin/sh\n"],
    ["etc/link", "-> passwd"],
    ["etc/secret", "hidden\n"],
  ]);
  const top = await makeTar([
    ["etc/.wh.secret", ""],
    ["etc/name\u001b[31m\nend", "text"],
  ]);
  const layout = new MadeLayout();
  const manifests = [layout.image({ tars: [bottom, top] })];
  layout.files.set("index.json", Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })));
  writeFileSync(join(folder, "image.tar"), await packFiles([...layout.files]));
});

/** As it is, but nothing that the schema does not name. */
function validatorOf(verb: string): (text: string) => readonly string[] {
  const path = join(import.meta.dirname, `../../../schema/${verb}@1.json`);
  const schema: object = JSON.parse(readFileSync(path, "utf8"), (key, value: unknown) =>
    key === "additionalProperties" ? false : value,
  );
  const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
  const validate = ajv.compile(schema);
  return (text) => {
    validate(JSON.parse(text));
    return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  };
}

describe("--json fits its schema, to the last property:", () => {
  it.each([
    ["ls -laR oci-archive:image.tar --json", 0],
    ["ls oci-archive:image.tar /etc /nothing --json", 1],
    ["find oci-archive:image.tar --json", 0],
    ["find oci-archive:image.tar /etc --grep root --json", 0],
    ["find oci-archive:image.tar --package bash --json", 1],
    ["tree oci-archive:image.tar -a --json", 0],
    ["tree oci-archive:image.tar /nothing --json", 1],
    ["ls base:alpine-3.20 -R --json", 0],
    ["find oci-archive:image.tar --layer 1 --json", 0],
  ])("%s", async (line, code) => {
    const ran = await run(line.split(" "), folder);
    expect(ran.code, ran.err).toBe(code);
    expect(validatorOf(line.split(" ")[0] ?? "")(ran.out)).toEqual([]);
  });
});

describe("names of an image", () => {
  it("are written as they are into a pipe", async () => {
    const { out } = await run(["ls", "oci-archive:image.tar", "/etc"], folder);
    expect(out).toBe("link\nname\u001b[31m\nend\npasswd\n");
  });

  it.each(["ls -1", "ls", "ls -l", "find", "find -l", "tree", "ls --layer"])(
    "do nothing to a terminal: %s",
    async (line) => {
      const [verb = "", ...options] = line.split(" ");
      const io = { isTerminal: true, env: { NO_COLOR: "1", XDG_CACHE_HOME: `${folder}/.cache` } };
      const { out } = await run([verb, "oci-archive:image.tar", "/etc", ...options], folder, io);
      expect(out).toContain(String.raw`name\x1b[31m\nend`);
      expect(out).not.toContain("\u001b");
    },
  );
});

describe("colours of ls", () => {
  const link = "\u001b[01;36mlink\u001b[0m";
  it.each<readonly [string, Parameters<typeof run>[2], string]>([
    ["on a terminal", { isTerminal: true }, link],
    ["into a pipe", {}, "link"],
    ["with NO_COLOR", { isTerminal: true, env: { NO_COLOR: "1" } }, "link"],
    ["with TERM=dumb", { isTerminal: true, env: { TERM: "dumb" } }, "link"],
  ])("%s", async (_, io, shown) => {
    const args = ["ls", "oci-archive:image.tar", "/etc", "-1", "--no-cache"];
    expect((await run(args, folder, io)).out.split("\n")[0]).toBe(shown);
    const long = await run([...args, "-n"], folder, io);
    expect(long.out).toContain(` ${shown} -> passwd\n`);
  });

  it("take no room in columns", async () => {
    const args = ["ls", "oci-archive:image.tar", "/etc", "/"];
    const io = { isTerminal: true, columns: 30, env: {} };
    const [colored, plain] = [
      await run(args, folder, io),
      await run(args, folder, { ...io, env: { NO_COLOR: "1" } }),
    ];
    const bare = colored.out.replace(/\u001b\[[\d;]*m/g, "");
    expect(colored.out).not.toBe(bare);
    expect(bare).toBe(plain.out);
  });
});

describe("find", () => {
  it("refuses a layer that is not there", async () => {
    const { code, err } = await run(["find", "oci-archive:image.tar", "--layer", "2"], folder);
    expect([code, err]).toEqual([2, expect.stringContaining("go from 0 to 1")]);
  });
});

describe("cat", () => {
  it("writes a file that a later layer deleted, asked for its layer", async () => {
    const gone = await run(["cat", "oci-archive:image.tar", "/etc/secret"], folder);
    expect([gone.code, gone.out]).toEqual([1, ""]);
    const there = await run(["cat", "oci-archive:image.tar", "etc/secret", "--layer", "0"], folder);
    expect([there.code, there.out]).toEqual([0, "hidden\n"]);
  });

  it("follows links, and tells what is missing beside what it writes", async () => {
    const { code, out, err } = await run(
      ["cat", "oci-archive:image.tar", "/etc/link", "/etc/paswd", "/etc"],
      folder,
    );
    expect([code, out]).toEqual([1, "root:x:0:0::/root:/bin/sh\n"]);
    expect(err).toContain("the nearest: /etc/passwd");
    expect(err).toContain("it is a directory");
  });

  it("has no bytes of a base of the catalogue", async () => {
    const { code, err } = await run(["cat", "base:alpine-3.20", "/etc/passwd"], folder);
    expect(code).toBe(3);
    expect(err).toContain("only facts of a base are kept");
  });

  it.each(["--layer 7", "--layer x"])("refuses %s", async (options) => {
    const args = ["cat", "oci-archive:image.tar", "/etc/link", ...options.split(" ")];
    expect((await run(args, folder)).code).toBe(2);
  });
});
