import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ChooseAnswer } from "../../src/model/answer.ts";
import type { Failure } from "../../src/model/failure.ts";
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

/** What goes wrong, the kind of the failure and its words. */
interface Fault {
  readonly prepare: (made: MadeDistribution) => Promise<void> | void;
  readonly kind: Failure["kind"];
  readonly words: string;
}

const suite = "/debian/dists/made";
const pool = "/debian/pool/libours1_1_amd64.deb";
const faults: readonly (readonly [name: string, fault: Fault])[] = [
  [
    "a key that the base does not know",
    {
      prepare: (made) => made.publish([ours], { by: "other" }),
      kind: "denied",
      words: "it is signed by a key that the base does not know",
    },
  ],
  [
    "a package that vanished between index and pool",
    {
      prepare: (made) => void made.server.files.delete(pool),
      kind: "not-found",
      words: "libours1 could not be read",
    },
  ],
  [
    "a package of other bytes",
    {
      prepare: (made) => void made.server.files.set(pool, "no package"),
      kind: "malformed",
      words: "libours1 could not be read",
    },
  ],
  [
    "a mirror that has no index",
    {
      prepare: (made) => void made.server.files.delete(`${suite}/InRelease`),
      kind: "not-found",
      words: "packages could not be looked up",
    },
  ],
  [
    "a mirror that refuses",
    {
      prepare: (made) => void made.server.files.set(`${suite}/InRelease`, { status: 403 }),
      kind: "denied",
      words: "packages could not be looked up",
    },
  ],
];

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
      expect(answer.data.map(({ name }) => name)).toContain(`${made.server.root}/debian made`);
      const lines = answer.choice?.dockerfile?.split("\n") ?? [];
      expect(lines.join("\n")).toMatch(/apt-get install .*\blibours1\b/s);
    });

    it("are told in text", async () => {
      const { code, out } = await choose(["small", "big"]);
      expect(code).toBe(0);
      expect(out).toMatch(/runs \+ recipe .*small/);
      expect(out).toMatch(/\+ add libours1 with apt-get \(1 package of Test 99 \(made\), amd64:/);
    });

    it.each(faults)("takes what runs without, and says why: %s", async (_name, fault) => {
      await fault.prepare(made);
      const { code, answer } = await answerOf(["small", "big"]);
      expect({ code, chosen: chosen(answer) }).toEqual({ code: 4, chosen: "big" });
      expect(answer.coverage).toMatchObject({ state: "partial" });
      expect(answer.failures).toMatchObject([{ kind: fault.kind }]);
      const text = await choose(["small", "big"]);
      expect(text.code).toBe(4);
      expect(text.out.replaceAll(/\s+/g, " ")).toContain(fault.words);
    });

    it("uses a stale index and says so", async () => {
      await made.publish([ours], { fields: "Valid-Until: Mon, 23 Nov 2026 00:00:00 UTC" });
      const { code, answer } = await answerOf(["small", "big"]);
      expect({ code, chosen: chosen(answer) }).toEqual({ code: 0, chosen: "small" });
      expect(answer.failures).toMatchObject([
        { kind: "malformed", reason: "it is stale: it was valid until 2026-11-23" },
      ]);
      const { out } = await choose(["small", "big"]);
      expect(out).toContain("it is stale: it was valid until 2026-11-23");
    });

    it("a stale index counts for nothing where the choice does not rest on it", async () => {
      await made.publish([ours], { fields: "Valid-Until: Mon, 23 Nov 2026 00:00:00 UTC" });
      const one = await answerOf(["small", "big"], "--packages", "never");
      expect({ code: one.code, chosen: chosen(one.answer) }).toEqual({ code: 0, chosen: "big" });
    });

    it("takes the second package where the first lacks the symbol version", async () => {
      await made.publish([
        { name: "libours1", version: "OURS_1" },
        { name: "libours-new", version: "OURS_2" },
      ]);
      const { code, answer } = await answerOf(["small"]);
      expect(code).toBe(0);
      expect(answer.choice?.recipe?.packages).toEqual(["libours-new"]);
      // It is named after the soname: it was tried first.
      const tried = made.server.log.filter((line) => line.includes("/pool/libours1_1_amd64.deb"));
      expect(tried.length).toBeGreaterThan(0);
    });

    it.each<readonly [string, Readonly<Record<string, string>>, RegExp]>([
      [
        "a relation that nothing satisfies",
        { Depends: "gone (>= 3)" },
        /libours1 needs gone \(>= 3\)/,
      ],
      ["a conflict with the base", { Conflicts: "dpkg" }, /libours1 and dpkg exclude each other/],
    ])("says what stands in the way: %s", async (_name, fields, words) => {
      await made.publish([{ ...ours, fields }]);
      const { code, answer } = await answerOf(["small"]);
      expect(code).toBe(1);
      expect(answer.candidates[0]?.packageSearch.state).toBe("refused");
      const { out } = await choose(["small"]);
      expect(out.replaceAll(/\s+/g, " ")).toMatch(words);
    });

    it("says that nothing brings it", async () => {
      await made.publish([{ ...ours, version: "OURS_1" }]);
      const { code, out } = await choose(["small"]);
      expect(code).toBe(1);
      expect(out.replaceAll(/\s+/g, " ")).toContain(
        "no package of its repositories brings libours.so.1",
      );
    });

    it("opens no socket with --offline, and then uses what is kept", async () => {
      const kept = ["--cache-dir", join(work, "cache-kept")];
      const before = made.server.log.length;
      const nothing = await answerOf(["small", "big"], "--offline", ...kept);
      expect(made.server.log).toHaveLength(before);
      expect({ code: nothing.code, chosen: chosen(nothing.answer) }).toEqual({
        code: 4,
        chosen: "big",
      });
      const online = await answerOf(["small", "big"], ...kept);
      const after = made.server.log.length;
      const offline = await answerOf(["small", "big"], "--offline", ...kept);
      expect(made.server.log).toHaveLength(after);
      expect(offline.answer.choice).toEqual(online.answer.choice);
      expect(offline.code).toBe(0);
    });

    it("--offline with nothing kept is whole where packages could not change the choice", async () => {
      const { code, answer } = await answerOf(["big", "small"], "--packages", "all", "--offline");
      expect({ code, chosen: chosen(answer) }).toEqual({ code: 4, chosen: "big" });
      const heavy = made.makeBase("heavy", { manager: true, ballastBytes: 60_000_000 });
      const given = ["--base", `rootfs:${bases.big}`, "--base", `rootfs:${heavy}`, "--json"];
      const cache = ["--cache-dir", join(work, "cache-heavy")];
      const args = ["choose", program, ...given, ...cache, "--packages", "all", "--offline"];
      const ran = await run(args, work, { env: { XDG_DATA_HOME: join(work, "data") } });
      const whole: ChooseAnswer = JSON.parse(ran.out);
      expect({ code: ran.code, chosen: chosen(whole) }).toEqual({ code: 0, chosen: "big" });
      // And yet it is told.
      expect(whole.failures).toMatchObject([{ kind: "unreachable" }]);
      expect(whole.coverage).toEqual({ state: "complete" });
    });

    describe("onto a base without a package manager", () => {
      it("has no repository where no builder of its release is known", async () => {
        const { code, answer } = await answerOf(["bare"]);
        expect(code).toBe(1);
        expect(answer.candidates[0]?.packageSearch).toEqual({ state: "no-repository" });
        expect(answer.failures).toEqual([]);
      });

      it.each<readonly [string, MadeLibrary, string, readonly string[]]>([
        ["", ours, "runs", []],
        [
          ", which does not run their scripts",
          { ...ours, postinst: "#!/bin/sh\nmake-something --all\n" },
          "unproven",
          ["make-something --all"],
        ],
      ])("copies them from a builder of its release%s", async (_name, library, verdict, seen) => {
        const env = { XDG_DATA_HOME: mkdtempSync(join(work, "data-")), TMPDIR: work };
        const cache = ["--cache-dir", mkdtempSync(join(work, "cache-"))];
        const builder = ["bases", "add", `rootfs:${bases.small}`, "--id", "made-builder"];
        expect(await run([...builder, ...cache], work, { env })).toMatchObject({ code: 0 });
        await made.publish([library]);
        const args = ["choose", program, "--base", `rootfs:${bases.bare}`, "--json", ...cache];
        const { out } = await run(args, work, { env });
        const answer: ChooseAnswer = JSON.parse(out);
        expect(answer.candidates[0]?.packageSearch).toEqual({ state: "found", missing: [] });
        expect(answer.choice).toMatchObject({
          verdict,
          recipe: { packageStep: { how: "copy", builder: { digest: null } } },
        });
        const findings = answer.choice?.recipe?.findings ?? [];
        expect(findings.flatMap((one) => one.evidence.map((what) => what.seen))).toEqual(seen);
        expect(answer.choice?.dockerfile).toContain("/var/lib/dpkg/status.d");
      });
    });
  },
);
