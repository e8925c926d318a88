import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { FormatError } from "../format-error.ts";
import { parseAlternatives } from "./alternatives.ts";

const text =
  "auto\n/usr/bin/awk\nawk.1.gz\n/m/awk.1.gz\n\n/usr/bin/mawk\n5\n/m/mawk.1.gz\n/usr/bin/gawk\n10\n\n\n";

describe("parseAlternatives()", () => {
  it("reads a group with choices and slaves", () => {
    expect(parseAlternatives(Buffer.from(text), "awk")).toEqual({
      name: "awk",
      isAutomatic: true,
      link: "/usr/bin/awk",
      slaves: [{ name: "awk.1.gz", link: "/m/awk.1.gz" }],
      choices: [
        { path: "/usr/bin/mawk", priority: 5, slaves: ["/m/mawk.1.gz"] },
        { path: "/usr/bin/gawk", priority: 10, slaves: [null] },
      ],
    });
  });

  const bad: readonly [string, string][] = [
    ["nothing", ""],
    ["another state", text.replace("auto", "x")],
    ["a link that is not absolute", text.replace("/usr/bin/awk", "awk")],
    ["a priority that is none", text.replace("\n5\n", "\nx\n")],
    ["a choice that is cut", text.slice(0, text.indexOf("\n5\n"))],
    ["slaves that are cut", "auto\n/a\nb\n"],
  ];
  it.each(bad)("refuses %s", (_, broken) => {
    expect(() => parseAlternatives(Buffer.from(broken), "awk")).toThrow(FormatError);
  });
});

const hasTool = spawnSync("update-alternatives", ["--version"]).status === 0;
const without = hasTool ? "" : " (skipped: there is no update-alternatives)";

describe(`what update-alternatives writes${without}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "fromage-alternatives-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.skipIf(!hasTool)("is read as it was said", () => {
    const [admin, alternatives] = [join(folder, "admin"), join(folder, "links")];
    for (const one of [admin, alternatives]) mkdirSync(one);
    for (const name of ["a", "b", "a.1"]) writeFileSync(join(folder, name), "");
    const run = (...args: readonly string[]): void => {
      const fixed = ["--admindir", admin, "--altdir", alternatives, "--log", join(folder, "log")];
      const { status, stderr } = spawnSync("update-alternatives", [...fixed, ...args]);
      expect(status, String(stderr)).toBe(0);
    };
    const [link, manual] = [join(folder, "x"), join(folder, "x.1")];
    run(
      ...["--install", link, "x", join(folder, "a"), "5"],
      ...["--slave", manual, "x.1", join(folder, "a.1")],
    );
    run("--install", link, "x", join(folder, "b"), "-7");
    const read = (): unknown => parseAlternatives(readFileSync(join(admin, "x")), "x");
    const choices = [
      { path: join(folder, "a"), priority: 5, slaves: [join(folder, "a.1")] },
      { path: join(folder, "b"), priority: -7, slaves: [null] },
    ];
    const group = { name: "x", link, slaves: [{ name: "x.1", link: manual }], choices };
    expect(read()).toEqual({ ...group, isAutomatic: true });
    run("--set", "x", join(folder, "b"));
    expect(read()).toEqual({ ...group, isAutomatic: false });
  });
});
