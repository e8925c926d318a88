import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { provides } from "../../src/index.ts";
import { makeDebRepository } from "../engine/package-repository.ts";
import { runCommand } from "../registry/run-command.ts";
import { clearSign, makeKey, makeSuite, packagesText } from "../repositories/apt-repository.ts";
import { startFileServer, type FileServer } from "../repositories/file-server.ts";
import { run, transcript } from "./run.ts";

const cwd = mkdtempSync(join(tmpdir(), "fromage-test-"));
let server: FileServer;
afterAll(async () => {
  await server.close();
  rmSync(cwd, { recursive: true, force: true });
});

const madeAt = new Date("2026-11-20T08:00:00Z");
const libraries = "/usr/lib/x86_64-linux-gnu";

function put(name: string, content: string | Uint8Array, mode = 0o644): void {
  mkdirSync(join(cwd, dirname(name)), { recursive: true });
  writeFileSync(join(cwd, name), content, { mode });
}

const suite = makeSuite({
  path: "dists/stable",
  date: madeAt,
  packages: {
    main: packagesText([
      { Package: "libours5", Depends: "libc6 (>= 2.34), libhelp1 (>= 1)", "Installed-Size": "30" },
      { Package: "libours5-other", Depends: "libc6" },
      { Package: "libours-dev", Depends: "libours5 (= 1.0-1)" },
      { Package: "libhelp1", Size: "2000" },
      { Package: "libc6", Version: "2.36-9", Essential: "no" },
      { Package: "tool", Version: "2.0~rc1-1", Depends: "libours5" },
      { Package: "needy", Depends: "not-anywhere (>= 3)" },
      { Package: "imagemagick-6.q16" },
      { Package: "nothing-of-path" },
    ]),
  },
  contents: {
    "main/Contents-amd64": [
      `usr/lib/x86_64-linux-gnu/libours.so.5 libs/libours5`,
      `usr/lib/x86_64-linux-gnu/other/libours.so.5 libs/libours5-other`,
      `usr/lib/x86_64-linux-gnu/libours.so libdevel/libours-dev`,
      `usr/lib/x86_64-linux-gnu/libc.so.6 libs/libc6`,
      `usr/bin/tool utils/tool`,
      `usr/bin/needy utils/needy`,
      `usr/bin/convert-im6.q16 graphics/imagemagick-6.q16`,
      "",
    ].join("\n"),
  },
});

/** A root with Debian's database and one line that says where packages come from. */
function putRoot(name: string, sources: string, hasApt = true): void {
  put(`${name}/etc/os-release`, 'ID=debian\nVERSION_ID="12"\nNAME="Debian GNU/Linux"\n');
  put(`${name}/etc/apt/sources.list`, sources);
  put(
    `${name}/var/lib/dpkg/status`,
    "Package: libc6\nStatus: install ok installed\nVersion: 2.36-9\nArchitecture: amd64\n\n",
  );
  if (hasApt) put(`${name}/usr/bin/apt-get`, "apt\n", 0o755);
}

beforeAll(async () => {
  const key = await makeKey("Ours <ours@example.org>", new Date("2026-01-01T00:00:00Z"));
  server = await startFileServer(suite.files);
  server.files.set("/dists/stable/InRelease", await clearSign(suite.release, [key], madeAt));
  const line = `deb [signed-by=/usr/share/keyrings/ours.gpg] ${server.root} stable main\n`;
  putRoot("root", line);
  put("root/usr/share/keyrings/ours.gpg", key.binary);
  const stranger = await makeKey("Other <o@example.org>", new Date("2026-01-01T00:00:00Z"));
  putRoot("stranger", line);
  put("stranger/usr/share/keyrings/ours.gpg", stranger.binary);
  putRoot("gone", `deb [trusted=yes] ${server.root}/nowhere stable main\n`);
});

/** Each with the file in golden/ that has what came of it. */
const rows: readonly (readonly [file: string, typed: string])[] = [
  ["help-provides", "provides --help"],
  ["provides-nothing-asked", "provides"],
  ["provides-kind-wrong", "provides tool --kind program"],
  ["provides-path-relative", "provides bin/tool"],
  ["provides-command-slash", "provides /bin/tool --kind command"],
  ["provides-base-unknown", "provides tool --base nowhere"],
  ["provides-library", "provides libours.so.5 --base rootfs:root"],
  ["provides-several", "provides libours.so.5 tool /usr/bin/tool libc6 --base rootfs:root"],
  ["provides-missing", "provides libnot.so.1 tool --base rootfs:root"],
  ["provides-refused", "provides needy --base rootfs:root"],
  ["provides-alternative", "provides /usr/bin/convert --base rootfs:root"],
  ["provides-guess-unread", "provides nothing-of-path --kind command --base rootfs:root"],
  ["provides-kind-package", "provides libours5 --kind package --base rootfs:root"],
  ["provides-scratch", "provides tool --base scratch"],
  ["provides-json", "provides libours.so.5 needy libc6 libnot.so.1 --base rootfs:root --json"],
];

const wordsOf = (typed: string): readonly string[] =>
  typed.split(" ").filter((word) => word !== "");

/** What the document has that the schema does not name, and what it lacks. */
function schemaProblems(text: string): readonly string[] {
  const path = join(import.meta.dirname, "../../schema/provides@1.json");
  const schema: object = JSON.parse(readFileSync(path, "utf8"), (name, value: unknown) =>
    name === "additionalProperties" ? false : value,
  );
  const validate = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).compile(
    schema,
  );
  validate(JSON.parse(text));
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

describe("fromage provides", () => {
  it.each(rows)("%s", async (file, typed) => {
    // Where a line ends must not depend on the port of the server.
    const options = file.startsWith("help") ? {} : { columns: 1000 };
    const text = transcript(typed, await run(wordsOf(typed), cwd, options), cwd);
    await expect(
      text.replaceAll(server.root.slice("http://".length), "server"),
    ).toMatchFileSnapshot(`golden/${file}.txt`);
  });

  it("fits 80 columns", async () => {
    const typed = "provides libours.so.5 tool needy libc6 --all --base rootfs:root";
    const { out } = await run(wordsOf(typed), cwd);
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(out).toContain("libours5-other");
  });

  it("answers the other bases when one cannot be answered, and says which", async () => {
    const typed = "provides tool --base rootfs:root --base rootfs:gone --base rootfs:stranger";
    const { code, out, err } = await run(wordsOf(typed), cwd, { columns: 1000 });
    expect(code).toBe(4);
    expect(out).toMatch(/^rootfs:root: Test 12/);
    expect(out).toMatch(/\nrootfs:gone: not answered: Cannot find /);
    expect(out).toMatch(/\nrootfs:stranger: not answered: Cannot open .*InRelease/);
    expect(err).toBe("");
  });

  it("is no where one base has it not, whatever the others are", async () => {
    const typed = "provides libnot.so.1 --base rootfs:gone --base rootfs:root";
    expect((await run(wordsOf(typed), cwd)).code).toBe(1);
  });

  it("prints no name that a terminal obeys", async () => {
    const { out } = await run(["provides", "a\u001b[31m\nb", "--base", "rootfs:root"], cwd);
    expect(out).toContain(String.raw`command a\x1b[31m\nb: no package brings it`);
    expect(out).not.toContain("\u001b");
  });

  it("stops when it is interrupted", async () => {
    const typed = "provides tool --base rootfs:root";
    const { code, out } = await run(wordsOf(typed), cwd, { signal: AbortSignal.abort() });
    expect([code, out]).toEqual([130, ""]);
  });

  it.each([
    "provides libours.so.5 needy libc6 libnot.so.1 --base rootfs:root --base rootfs:gone",
    "provides tool --base rootfs:root --base scratch",
  ])("--json fits its schema, to the last property: %s", async (typed) => {
    const { out } = await run([...wordsOf(typed), "--json"], cwd);
    expect(schemaProblems(out)).toEqual([]);
  });

  it("is a function of the library", async () => {
    const answer = await provides(["libours.so.5"], { cwd, bases: ["rootfs:root"] });
    expect(answer.ok && answer.value.bases[0]).toMatchObject({
      state: "answered",
      names: [
        {
          kind: "library",
          providers: [
            { package: { name: "libours5" }, path: `${libraries}/libours.so.5` },
            { package: { name: "libours5-other" } },
          ],
          install: { state: "possible", step: { asked: ["libours5"] } },
        },
      ],
    });
  });
});

const missing = ["dpkg-deb", "gcc"].filter(
  (tool) => spawnSync(tool, ["--version"]).error !== undefined,
);
const why = missing.length === 0 ? "" : ` (skipped: ${missing.join(", ")} not there)`;

describe.skipIf(missing.length > 0)(`fromage provides looks into packages${why}`, () => {
  beforeAll(async () => {
    put("made.c", "int answer(void) { return 42; }\n");
    put("made.map", "MADE_1.0 { global: answer; }; MADE_1.1 {} MADE_1.0;\n");
    const library = join(cwd, "libmade.so.1");
    const script = `-Wl,-soname,libmade.so.1,--version-script=${cwd}/made.map`;
    await runCommand("gcc", ["-shared", "-fPIC", script, "-o", library, join(cwd, "made.c")]);
    const deb = { version: "1", control: [], hasSums: false };
    mkdirSync(join(cwd, "flat"));
    await makeDebRepository(join(cwd, "flat"), [
      { ...deb, name: "libmade1", files: { [`${libraries}/libmade.so.1`]: readFileSync(library) } },
      { ...deb, name: "libempty1", files: { "/usr/share/empty": "nothing\n" } },
      { ...deb, name: "run-it", files: { "/usr/bin/run-it": "#!/bin/sh\n" } },
    ]);
    const bytes = readFileSync(join(cwd, "flat/Packages"));
    const sum = createHash("sha256").update(bytes).digest("hex");
    const date = madeAt.toUTCString().replace("GMT", "UTC");
    put("flat/Release", `Date: ${date}\nSHA256:\n ${sum} ${bytes.length} Packages\n`);
    for (const name of readdirSync(join(cwd, "flat"))) {
      if (name.endsWith(".work")) continue;
      server.files.set(`/flat/${name}`, readFileSync(join(cwd, "flat", name)));
    }
    putRoot("flat-root", `deb [trusted=yes] ${server.root}/flat ./\n`);
  });

  it.each([
    // No list of files is there: what is only called like it is looked into.
    ["libmade.so.1", 0, `${libraries}/libmade.so.1`],
    ["run-it", 0, "/usr/bin/run-it"],
    ["libempty.so.1", 1, "no package brings it"],
    ["libmade.so.1 --versions MADE_1.0,MADE_1.1", 0, "with these versions"],
    ["libmade.so.1 --versions MADE_1.0,MADE_2.0", 1, "none of them has these versions"],
  ])("provides %s", async (typed, code, words) => {
    const ran = await run(["provides", ...wordsOf(typed), "--base", "rootfs:flat-root"], cwd);
    expect(ran.out).toContain(words);
    expect(ran.code, ran.out + ran.err).toBe(code);
  });
});
