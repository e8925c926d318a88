import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { run } from "../../test/cli/run.ts";

it.each(["ls registry:r.invalid/app:1", "choose registry:r.invalid/app:1", "doctor"])(
  "an authority of fromage.yaml that is not there is bad usage: %s",
  async (line) => {
    const folder = mkdtempSync(join(tmpdir(), "fromage-remote-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, "fromage.yaml"), "registries:\n  authorities: [certs/ca.pem]\n");
    const { code, out, err } = await run(line.split(" "), folder);
    expect([code, out]).toEqual([2, ""]);
    const words = "registries.authorities of fromage.yaml names";
    expect(err).toMatch(
      new RegExp(`^Cannot run \\w+: ${words} /\\S+/certs/ca\\.pem: ENOENT; .*\\n$`),
    );
  },
);
