import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MadeLayout, makeElf, makeTar } from "../../../test/made-images.ts";

const launcher = resolve(import.meta.dirname, "../../../bin/fromage.js");
/** For root nothing is denied: what is run is somebody else then. Source: Debian, base-passwd: nobody is 65534. */
const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

const scratch = mkdtempSync(join(tmpdir(), "fromage-permission-"));
afterAll(() => {
  for (const name of ["denied", "partly/blobs-1"]) chmodSync(join(scratch, name), 0o700);
  rmSync(scratch, { recursive: true });
});

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function run(...args: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...args], {
    cwd: scratch,
    env: { HOME: scratch, TMPDIR: scratch, NODE_COMPILE_CACHE: join(scratch, "compiled") },
    encoding: "utf8",
    ...user,
  });
  return { code: status, out: stdout, err: stderr };
}

beforeAll(async () => {
  const tar = await makeTar([["bin/sh", makeElf(1), 0o755]]);
  const layout = new MadeLayout();
  layout
    .finish([layout.image({ tars: [tar], config: { Entrypoint: ["/bin/sh"] } })])
    .writeTo(join(scratch, "image"));
  for (const name of ["denied", "partly/blobs-1", "partly/names-1"]) {
    mkdirSync(join(scratch, name), { recursive: true });
  }
  writeFileSync(join(scratch, "partly/names-1", "0".repeat(64)), "damaged", { mode: 0o600 });
  chmodSync(scratch, 0o755);
  chmodSync(join(scratch, "partly/names-1"), 0o555);
  for (const name of ["denied", "partly/blobs-1"]) chmodSync(join(scratch, name), 0o000);
});

const works = spawnSync(process.execPath, [launcher, "--version"], { ...user }).status === 0;

describe.skipIf(!works)(
  `a cache without permission${works ? "" : " (skipped: another user cannot run this checkout)"}`,
  () => {
    it("gives the same answer as none, and is said", () => {
      const check = ["check", "oci:image", "--base", "scratch", "--as-of", "2026-01-01"];
      const plain = run(...check, "--no-cache");
      const denied = run(...check, "--cache-dir", "denied");
      expect({ ...denied, err: "" }).toEqual(plain);
      expect(denied.err).toMatch(/^Cannot open .*denied.*: EACCES/);
    });

    it.each([["show"], ["verify"], ["prune", "--max-size", "0"]])(
      "cannot be listed: %s",
      (...args) => {
        const { code, out, err } = run("cache", ...args, "--cache-dir", "denied");
        expect([code, out]).toEqual([3, ""]);
        expect(err).toMatch(/^Cannot open .*denied: EACCES.*\n$/);
      },
    );

    it("is shown in part, and the part is named", () => {
      const { code, out, err } = run("cache", "show", "--cache-dir", "partly");
      expect([code, out]).toEqual([4, expect.stringMatching(/^what names stood for +1 /m)]);
      expect(err).toMatch(/^Cannot open .*blobs-1 in .*partly: EACCES/);
    });

    it.skipIf(!("uid" in user))(
      `is not pruned, nor called sound${"uid" in user ? "" : " (skipped: takes root to have files of another user)"}`,
      () => {
        const pruned = run("cache", "prune", "--max-size", "0", "--cache-dir", "partly");
        expect([pruned.code, pruned.out]).toEqual([3, "Removed nothing; 7 B left\n"]);
        const verified = run("cache", "verify", "--cache-dir", "partly");
        expect([verified.code, verified.out]).toEqual([
          4,
          "Checked 0 files, 0 B: 0 damaged, 2 failures\n",
        ]);
      },
    );
  },
);
