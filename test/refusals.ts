import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openImages } from "../src/image/sources/open-images.ts";
import type { Failure } from "../src/model/failure.ts";
import type { Platform } from "../src/model/platform.ts";
import { describeFailure } from "../src/report/failure-words.ts";

/** Makes a medium in an empty folder and says how it is called, relative to the folder. */
export type Make = (folder: string) => Promise<string> | string;

/** A source that cannot be opened: scenario, how it is made, the kind of the failure, what its words hold. */
export type Refusal = readonly [name: string, make: Make, kind: Failure["kind"], words: RegExp];

/** Tests that each is refused with that failure and in one sentence. */
export function testRefusals(rows: readonly Refusal[], platforms: readonly Platform[] = []): void {
  const scratch = mkdtempSync(join(tmpdir(), "fromage-bad-"));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  it.each(rows.map((row, index) => [row[0], row, join(scratch, `${index}`)] as const))(
    "%s",
    async (_, [, make, kind, words], cwd) => {
      mkdirSync(cwd);
      const reference = await make(cwd);
      const temporaryFolder = join(cwd, "temporary");
      const result = await openImages(reference, { cwd, platforms, temporaryFolder });
      if (result.ok) expect.fail(`opened: ${JSON.stringify(result.value)}`);
      const sentence = describeFailure(result.failure);
      expect([result.failure.kind, sentence]).toEqual([kind, expect.stringMatching(words)]);
      expect(sentence).toMatch(/^Cannot \w+ .+: .+[^.]$/);
    },
  );
}
