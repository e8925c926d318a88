import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { run } from "../../../test/cli/run.ts";
import { startScript } from "../../../test/open-registry-client.ts";

/** Completes a line with an engine that has `alpine:3.20`; the settings stand in the working folder. */
async function completeLine(
  line: string,
  settings: string | null,
): Promise<{ readonly out: string; readonly asked: number }> {
  const folder = mkdtempSync(join(tmpdir(), "fromage-complete-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  if (settings !== null) writeFileSync(join(folder, "fromage.yaml"), settings);
  const engine = await startScript(({ path }, response) => {
    const isVersion = path === "/version";
    const answer = isVersion ? { ApiVersion: "1.41" } : [{ RepoTags: ["alpine:3.20"] }];
    response.end(JSON.stringify(answer));
  });
  onTestFinished(() => engine.stop());
  const env = { HOME: folder, DOCKER_HOST: `tcp://${engine.host}` };
  const { code, out, err } = await run(["__complete", "bash", line], folder, { env });
  expect([code, err]).toEqual([0, ""]);
  return { out, asked: engine.seen.length };
}

describe("a line is completed with names of an engine's images", () => {
  it.each([
    ["fromage ls al", null],
    ["fromage ls al", "offline: false\n"],
  ])("%s, settings %j", async (line, settings) => {
    const { out, asked } = await completeLine(line, settings);
    expect(out).toContain("alpine:3.20");
    expect(asked).toBeGreaterThan(0);
  });
});

describe("no engine is asked for a line", () => {
  it.each([
    ["fromage ls --offline al", null],
    ["fromage ls al", "offline: true\n"],
    ["fromage ls al", "offline: [\n"],
    ["fromage ls --config gone.yaml al", null],
  ])("%s, settings %j", async (line, settings) => {
    expect(await completeLine(line, settings)).toEqual({ out: "", asked: 0 });
  });
});
