import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ChooseAnswer } from "../../src/model/answer.ts";
import { run, type Ran } from "../cli/run.ts";
import { missingTools } from "../truth/command.ts";
import { MadeDistribution, type MadeLibrary } from "./made-distribution.ts";

const missing = missingTools(["gcc"]);
const reason =
  missing.length > 0
    ? "skipped: gcc not on PATH"
    : process.arch === "x64"
      ? null
      : "skipped: the bases are for amd64";

const ours: MadeLibrary = { name: "libours1", version: "OURS_2" };
const work = mkdtempSync(join(tmpdir(), "fromage-recipes-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** Bases and repositories of this machine alone: nothing is asked of any other host. */
describe.skipIf(reason !== null)(
  `recipes of a repository of this machine${reason === null ? "" : ` (${reason})`}`,
  () => {
    let made: MadeDistribution;
    let program = "";
    const bases = { small: "", big: "", bare: "" };
    let runs = 0;
    beforeAll(async () => {
      made = await MadeDistribution.start(work);
      program = made.makeProgram("OURS_2");
      bases.small = made.makeBase("small", { manager: true });
      bases.bare = made.makeBase("bare", { manager: false });
      const ballastBytes = 20_000_000;
      bases.big = made.makeBase("big", { manager: false, library: "OURS_2", ballastBytes });
    });
    beforeEach(() => made.publish([ours]));
    afterAll(() => made.close());

    /** With a cache of its own. */
    async function choose(
      names: readonly (keyof typeof bases)[],
      ...more: readonly string[]
    ): Promise<Ran> {
      const given = names.flatMap((name) => ["--base", `rootfs:${bases[name]}`]);
      const cache = more.includes("--cache-dir")
        ? []
        : ["--cache-dir", join(work, `cache-${runs++}`)];
      const args = ["choose", program, ...given, ...cache, ...more];
      return run(args, work, { env: { XDG_DATA_HOME: join(work, "data"), TMPDIR: work } });
    }

    async function answerOf(
      names: readonly (keyof typeof bases)[],
      ...more: readonly string[]
    ): Promise<{ readonly code: number; readonly answer: ChooseAnswer }> {
      const { code, out, err } = await choose(names, "--json", ...more);
      expect(err).toBe("");
      return { code, answer: JSON.parse(out) };
    }

    const chosen = ({ choice }: ChooseAnswer): string | null =>
      choice === null ? null : basename(choice.base.id);

    it("are found, proved and written down", async () => {
      const { code, answer } = await answerOf(["small", "big"]);
      expect(code).toBe(0);
      expect(chosen(answer)).toBe("small");
      expect(answer.choice).toMatchObject({
        verdict: "runs",
        recipe: {
          copies: [],
          packages: ["libours1"],
          findings: [],
          packageStep: {
            ...{ family: "dpkg", how: "install", builder: null, asked: ["libours1"] },
            packages: [{ name: "libours1", because: { kind: "asked", for: ["libours.so.1"] } }],
          },
        },
      });
      expect(answer.candidates[0]).toMatchObject({
        ...{ asIs: "fails", verdict: "runs", packageSearch: { state: "found", missing: [] } },
      });
      expect(answer.coverage).toEqual({ state: "complete" });
      expect(answer.data.map(({ name }) => name)).toContain(`${made.server.root}/debian bookworm`);
      const lines = answer.choice?.dockerfile?.split("\n") ?? [];
      expect(lines.join("\n")).toMatch(/apt-get install .*\blibours1\b/s);
    });

    it("are told in text", async () => {
      const { code, out } = await choose(["small", "big"]);
      expect(code).toBe(0);
      expect(out).toMatch(/runs \+ recipe .*small/);
      expect(out).toMatch(/\+ add libours1 with apt-get \(1 package of Test 12 \(bookworm\), amd64:/);
    });
  },
);
