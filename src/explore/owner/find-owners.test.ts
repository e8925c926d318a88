import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { run } from "../../../test/cli/run.ts";

const folder = mkdtempSync(join(tmpdir(), "find-owners-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  [
    "/usr/bin/dahs",
    1,
    "not in the image, and no package names it, the nearest: /usr/bin/dash, /usr/bin/bash, /usr/bin/date, /usr/bin/tabs",
  ],
  ["/nowhere/at/all", 1, "not in the image, and no package names it"],
  ["/usr/bin/dash", 0, "dash 0.5.12-2 (dpkg, layer 0)"],
])("owner of %s", async (path, code, words) => {
  const asked = ["owner", "base:debian-12-slim", path];
  expect(await run(asked, folder)).toEqual({ code, out: `${path}: ${words}\n`, err: "" });
  const { out } = await run([...asked, "--json"], folder);
  const [, near] = words.split("nearest: ");
  expect(JSON.parse(out)).toMatchObject({
    images: [{ paths: [{ path, near: near?.split(", ") ?? [] }] }],
  });
});
