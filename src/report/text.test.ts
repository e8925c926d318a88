import { describe, expect, it } from "vitest";
import type { Candidate, ChooseAnswer } from "../model/answer.ts";
import { formatBytes } from "./amounts.ts";
import { cellsOf, clean, shorten } from "./clean.ts";
import { renderJson } from "./json.ts";
import { highestVersions } from "./needs-text.ts";
import { renderAnswer, renderChoose, renderCheck } from "./text.ts";
import {
  sampleBase,
  sampleCandidate,
  sampleCheck,
  sampleChoice,
  sampleChoose,
  sampleRecipe,
} from "./testdata/sample-answers.ts";
import { sampleFinding } from "./testdata/sample-findings.ts";

const plain = { columns: 80, color: false, explain: false };
const tableOf = (text: string): readonly string[] =>
  text.split("\n").filter((line) => /^(?:VERDICT|runs|unproven|fails)/.test(line));

describe("renderChoose()", () => {
  it("shows the table, the choice and why smaller ones were rejected", () => {
    const text = renderChoose(sampleChoose, plain);
    expect(tableOf(text)).toMatchInlineSnapshot(`
      [
        "VERDICT            BASE                                 DOWNLOAD  ON DISK  SHELL",
        "runs               debian-12-slim *                      29.1 MB  77.2 MB  sh",
        "unproven + recipe  distroless-ba…ot-with-a-long-name ~         ?  22.7 MB  none",
        "fails              scratch                              900.0 kB   2.4 MB  none",
        "fails              alpine-3.18 !                          4.3 MB  10.1 MB  sh",
      ]
    `);
    expect(text).toContain("\nChoice: debian:bookworm-slim (runs)\n");
    expect(text).toContain("it is the base of today: nothing has to change");
    expect(text).toContain("Smaller, and rejected:\n  distroless-base-debian12-nonroot");
    expect(text).toContain(
      "  scratch: fails: /app/server: its loader /lib64/ld-linux-x86-64.so.2 is not\n    there (1 more finding)\n",
    );
    expect(text).toContain("Not looked at:\n  Cannot find libx in app.tar");
    expect(text).toContain("  what nothing says is started (--program PATH): /app/backup.sh");
    expect(text.endsWith("\n")).toBe(true);
  });

  it("says that nothing fits, and why", () => {
    const text = renderChoose({ ...sampleChoose, choices: [null], choice: null }, plain);
    expect(text).toContain("Choice: none, nothing fits\n\nRejected:\n");
  });

  it("marks what is not proved, and names its recipe and Dockerfile", () => {
    const [, distroless] = sampleChoose.candidates;
    const base = distroless?.base ?? sampleBase();
    const choice = {
      ...sampleChoice,
      base,
      verdict: "unproven",
      why: "only-unproven",
      recipe: sampleRecipe,
      dockerfile: "FROM scratch\n\nUSER 1\u001b[2J\n",
    } as const;
    const answer: ChooseAnswer = { ...sampleChoose, choices: [choice], choice };
    const text = renderChoose(answer, plain);
    expect(text).toContain("Choice: gcr.io/distroless/base-debian12:nonroot (unproven + recipe)");
    expect(text).toContain("nothing runs for certain; this one is not refuted");
    expect(text).toContain("  + copy /usr/lib/x86_64-linux-gnu/libz.so.1.2.13 to\n");
    expect(text).toContain("Dockerfile:\n  FROM scratch\n\n  USER 1\\x1b[2J\n");
    expect(renderChoose(answer, { ...plain, dockerfile: false })).not.toContain("Dockerfile:");
  });

  it("has a table for each platform and the choice for all", () => {
    const arm = "linux/arm64";
    const onArm: Candidate = sampleCandidate({
      base: sampleBase({ platform: arm }),
      platform: arm,
    });
    const text = renderChoose(
      {
        ...sampleChoose,
        platforms: ["linux/amd64", arm],
        candidates: [...sampleChoose.candidates, onArm],
        choices: [sampleChoice, { ...sampleChoice, platform: arm }],
      },
      plain,
    );
    expect(text.match(/^VERDICT/gm)).toHaveLength(2);
    expect(text).toMatch(/^linux\/amd64:$/m);
    expect(text).toMatch(/^linux\/arm64:$/m);
    expect(text).toMatch(/^For all platforms:\nChoice: debian:bookworm-slim/m);
  });

  it("rejects a smaller one that nobody mends any more", () => {
    const small = sampleCandidate({
      base: sampleBase({ id: "old", unpackedBytes: 1_000_000 }),
      support: "ended",
    });
    const text = renderChoose({ ...sampleChoose, candidates: [sampleCandidate(), small] }, plain);
    expect(text).toContain("  old: runs, but its support ended 2028-06-30\n");
  });
});

describe("renderCheck()", () => {
  it("says of each base that fails why, and what to do", () => {
    const text = renderCheck(sampleCheck, plain);
    expect(text).toContain("scratch: fails: /app/server: its loader /lib64/ld-linux");
    expect(text).toContain("  fix: take a base with that C library, or build a static program\n");
  });

  it("with explain names every finding, where was searched, what was seen and the page", () => {
    const text = renderCheck(sampleCheck, { ...plain, explain: true });
    expect(text).toContain("      searched /app/lib/libpq.so.5 (RUNPATH): nothing\n");
    expect(text).toContain("      seen in /app/run line 1: #!/bin/bash -e\n");
    expect(text).toContain("      page docs/findings/not-read.md\n");
    expect(text).toContain("  stand-in 2026-11-25: packages that its project lists, no digest");
    expect(text).toContain("  findings with the recipe:\n");
  });
});

describe("the table", () => {
  it.each([40, 60, 80, 100, 120, 200])("fits %d columns", (columns) => {
    for (const line of tableOf(renderChoose(sampleChoose, { ...plain, columns }))) {
      expect(cellsOf(line)).toBeLessThanOrEqual(columns);
    }
  });

  it("shows all columns on a wide terminal", () => {
    const [titles] = tableOf(renderChoose(sampleChoose, { ...plain, columns: 200 }));
    expect(titles?.trim().split(/ {2,}/)).toEqual([
      "VERDICT",
      "BASE",
      "DOWNLOAD",
      "ON DISK",
      "LIBC",
      "SHELL",
      "PACKAGES",
      "USER",
      "BASE DOWN",
      "BASE DISK",
    ]);
  });

  it("is not broken by names", () => {
    const names = [
      "\u001b[2Jx\nruns  fake",
      "日本語の基本イメージ日本語の基本イメージ",
      "x".repeat(9_999),
      "",
    ];
    const candidates = names.map((id) =>
      sampleCandidate({ base: sampleBase({ id, user: id, shell: `/${id}`, packageManager: id }) }),
    );
    const text = renderChoose(
      { ...sampleChoose, candidates, choices: [null], choice: null },
      plain,
    );
    const rows = tableOf(text);
    expect(rows).toHaveLength(5);
    for (const row of rows) expect(cellsOf(row)).toBeLessThanOrEqual(80);
    expect(text).not.toMatch(/[^\P{Cc}\n]/u);
  });

  it("is coloured only when asked", () => {
    expect(renderAnswer(sampleChoose, plain)).not.toContain("\u001b");
    const colored = renderAnswer(sampleChoose, { ...plain, color: true });
    expect(colored).toContain("\u001b[32mruns\u001b[0m");
    expect(colored.replaceAll(/\u001b\[\d+m/g, "")).toBe(renderAnswer(sampleChoose, plain));
  });
});

describe("amounts and names", () => {
  it.each([
    [null, "?"],
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [999_949, "999.9 kB"],
    [999_950, "1.0 MB"],
    [28_230_000, "28.2 MB"],
    [1_500_000_000, "1.5 GB"],
  ])("%j bytes are %s", (bytes, words) => expect(formatBytes(bytes)).toBe(words));

  it.each([
    ["a\u001b[31mb", String.raw`a\x1b[31mb`],
    ["a\r\n\tb", String.raw`a\r\n\tb`],
    ["\u009b31m", String.raw`\x9b31m`],
    ["\u202eabc", String.raw`\u{202e}abc`],
    ["ünï", "ünï"],
  ])("%j is printed as %s", (text, words) => expect(clean(text)).toBe(words));

  it("a long name keeps its ends", () => {
    expect(shorten("/usr/lib/x86_64-linux-gnu/libpq.so.5", 20)).toBe("/usr/li…u/libpq.so.5");
    expect(clean("\u0000".repeat(1_000_000)).length).toBeLessThanOrEqual(160);
  });

  it.each([
    [["GLIBC_2.2.5", "GLIBC_2.34", "GLIBC_2.17"], ["GLIBC_2.34"]],
    [
      ["CXXABI_1.3", "CXXABI_1.3.13", "GLIBCXX_3.4", "GLIBCXX_3.4.30"],
      ["CXXABI_1.3.13", "GLIBCXX_3.4.30"],
    ],
    [["OPENSSL_3.0.0", "PRIVATE"], ["OPENSSL_3.0.0"]],
    [["LIBFOO"], ["LIBFOO"]],
    [[], []],
  ])("of %j the highest are %j", (versions, highest) => {
    expect(highestVersions(versions)).toEqual(highest);
  });
});

describe("renderJson()", () => {
  it("has the keys in the order of the model, whatever order they came in", () => {
    const shuffled: ChooseAnswer = JSON.parse(JSON.stringify(sampleChoose), (_, value: unknown) =>
      reversed(value),
    );
    expect(Object.keys(shuffled)[0]).not.toBe("schema");
    expect(keysOf(renderJson(shuffled))).toEqual(keysOf(renderJson(sampleChoose)));
  });

  it("gives back what went in, and nothing that a terminal obeys", () => {
    const program = "/app/\u001b[2J\u009b\u202e\u{e0001}\u2028";
    const finding = { ...sampleFinding("loader-missing"), program };
    const answer = { ...sampleCheck, candidates: [sampleCandidate({ findings: [finding] })] };
    const text = renderJson(answer);
    expect(JSON.parse(text)).toMatchObject(answer);
    expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Cf}|\u2028/u);
    expect(text.startsWith('{\n  "schema": "fromage/check@1",\n  "tool": "0.1.0",\n')).toBe(true);
    expect(text.endsWith("}\n")).toBe(true);
  });
});

function reversed(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toReversed());
}

/** Of the document and its parts; own fields of a finding or need keep the order in which its rule gave them. */
function keysOf(text: string): readonly unknown[] {
  const { candidates, choice, targets, ...rest }: ChooseAnswer = JSON.parse(text);
  return [Object.keys(rest), candidates, [choice], targets].map((part) =>
    part.map((one: object | string | null) =>
      typeof one === "object" && one !== null ? Object.keys(one) : one,
    ),
  );
}
