import { describe, expect, it } from "vitest";
import type { ReadProgress } from "../image/read-layers.ts";
import type { CliIo } from "./io.ts";
import { ProgressLine } from "./progress.ts";

/** What was drawn, and a clock that the test moves on. */
function open(isErrorTerminal: boolean) {
  const state = { text: "", nowMs: 0 };
  const io = {
    isErrorTerminal,
    stderr: { write: (text: string) => void (state.text += text) },
    now: () => new Date(state.nowMs),
  };
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- it looks at nothing else
  return { state, line: new ProgressLine(io as CliIo) };
}

describe("ProgressLine", () => {
  it.each<readonly [string, ReadProgress]>([
    ["Reading app:1 50 %", { readBytes: 10, totalBytes: 20 }],
    ["Pulling app:1 99 %", { readBytes: 199, totalBytes: 200, isPulling: true }],
    ["Pulling app:1 12.3 MB", { readBytes: 12_300_000, totalBytes: 0, isPulling: true }],
    // What an index says of sizes may be wrong.
    ["Reading app:1 30 B", { readBytes: 30, totalBytes: 20 }],
  ])("%s", (text, progress) => {
    const { state, line } = open(true);
    state.nowMs = 1000;
    line.show("app:1", progress);
    expect(state.text).toBe(`\r\u001b[2K${text}`);
    line.clear();
    expect(state.text).toBe(`\r\u001b[2K${text}\r\u001b[2K`);
  });

  it("draws nothing at first, not too often, and nothing that a terminal obeys", () => {
    const { state, line } = open(true);
    const progress = { readBytes: 1, totalBytes: 2 };
    line.show("a", progress);
    line.clear();
    expect(state.text).toBe("");
    for (state.nowMs = 1000; state.nowMs < 1100; state.nowMs += 10) {
      line.show("a\u001b[31m", progress);
    }
    expect(state.text).toBe("\r\u001b[2KReading a\\x1b[31m 50 %");
  });

  it("draws nothing where stderr is no terminal", () => {
    const { state, line } = open(false);
    state.nowMs = 1000;
    line.show("a", { readBytes: 1, totalBytes: 2 });
    line.clear();
    expect(state.text).toBe("");
  });
});
