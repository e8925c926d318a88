import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contractConfig, contractImage } from "../../src/image/sources/contract.ts";
import { runProgram, type Ended } from "./program.ts";
import { Repository } from "./push-image.ts";
import { ociImage } from "./registry-images.ts";
import { startRegistry, type Registry } from "./registry.ts";
import { withoutBed } from "./run-command.ts";

const missing = withoutBed();

describe.skipIf(missing !== null)(`the program, a registry and the cache${missing ?? ""}`, () => {
  let registry: Registry;
  let reference = "";
  let scratch = "";
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "fromage-program-"));
    registry = await startRegistry({ auth: "none", tls: false });
    const { tars } = await contractImage();
    const { layout, root } = ociImage({ tars, config: contractConfig });
    await (await Repository.open(registry, "team/app")).put(layout, root, ["one"]);
    reference = `${registry.host}/team/app:one`;
    writeFileSync(join(scratch, "file"), "no folder");
  });
  afterAll(async () => {
    await registry.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  const run = (...args: readonly string[]): Promise<Ended> => runProgram(scratch, ...args);

  it("says once why nothing can be kept, and answers as without a cache", async () => {
    const rows = [
      ["ls", reference, "/etc"],
      ["cat", reference, "/etc/os-release"],
      ["ldd", reference, "/bin/run"],
      ["check", reference, "--base", "scratch"],
    ];
    for (const args of rows) {
      const plain = await run(...args, "--no-cache");
      const found = await run(...args, "--cache-dir", "file");
      expect(plain.stderr).toBe("");
      expect({ ...found, stderr: "" }).toEqual(plain);
      const line = /^Cannot \S+ .*\/file\/\S+: .*; nothing more is kept .*--cache-dir .*\n$/;
      expect(found.stderr, args[0]).toMatch(line);
    }
  });

  it("says so too of a base that is added", async () => {
    const added = await run(
      ...["bases", "add", reference, "--id", "ours", "--catalogue", "own"],
      ...["--cache-dir", "file"],
    );
    expect([added.status, added.stdout]).toEqual([0, expect.stringContaining("Added ours")]);
    expect(added.stderr).toMatch(/^Cannot [^\n]*; nothing more is kept [^\n]*\n$/);
  });

  it("has offline what it saw before, and says what it did not see", async () => {
    const offline = (...args: readonly string[]): Promise<Ended> =>
      run(...args, "--cache-dir", "cache", "--offline");
    const before = await offline("ls", reference);
    expect(before).toMatchObject({ status: 3, stdout: "" });
    expect(before.stderr).toMatch(/^Cannot use \S+: it is not kept .*--offline[^\n]*\n$/);
    const online = await run("ls", reference, "--cache-dir", "cache");
    expect(await offline("ls", reference)).toEqual(online);
    const text = await offline("cat", reference, "/etc/os-release");
    expect(text).toEqual({ status: 0, stdout: "ID=contract\nVERSION_ID=1\n", stderr: "" });
  });

  it("brings a kept layer anew that was altered on the disk", async () => {
    await run("ls", reference, "--cache-dir", "altered");
    const folder = join(scratch, "altered/blobs-1");
    const blobs = readdirSync(folder).filter((name) => name.startsWith("sha256-"));
    expect(blobs).toHaveLength(2);
    for (const name of blobs) {
      const bytes = readFileSync(join(folder, name));
      writeFileSync(join(folder, name), bytes.with(bytes.byteLength - 1, 7));
    }
    const text = await run("cat", reference, "/etc/os-release", "--cache-dir", "altered");
    expect(text).toEqual({ status: 0, stdout: "ID=contract\nVERSION_ID=1\n", stderr: "" });
  });
});
