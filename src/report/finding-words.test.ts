import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FindingSubject } from "../model/finding.ts";
import { describeFinding, describeFix, findingTitles, pageOf } from "./finding-words.ts";
import { sampleFinding, sampleFindings } from "./testdata/sample-findings.ts";

const root = join(import.meta.dirname, "../..");
const apk = { packageManager: "apk" };
const none = { packageManager: null };

describe("describeFinding()", () => {
  it.each([
    ["loader-missing", "its loader /lib64/ld-linux-x86-64.so.2 is not there"],
    [
      "library-missing",
      "libpq.so.5 is missing, needed by /app/server; looked in /app/lib, /lib/x86_64-linux-gnu",
    ],
    [
      "version-missing",
      "/lib/x86_64-linux-gnu/libc.so.6 lacks the version GLIBC_2.38 that /app/server needs; its newest is GLIBC_2.36",
    ],
    [
      "symbol-missing",
      "__memcpy_chk, __snprintf_chk, backtrace and 4 more are in no library, needed by /app/server (musl 1.2.5)",
    ],
    ["interpreter-missing", "its first line is #!/bin/bash -e, and /bin/bash is not there"],
    ["program-missing", "node is not there; looked in /usr/local/bin, /usr/bin"],
  ] as const)("says of %s: %s", (code, words) => {
    expect(describeFinding(sampleFinding(code))).toBe(words);
  });

  it("says that a function is missed at its first call only", () => {
    const finding = { ...sampleFinding("symbol-missing"), phase: "use" } as const;
    expect(describeFinding(finding)).toMatch(/it starts and stops at the first call$/);
  });

  it("names a carriage return", () => {
    const subject: FindingSubject = {
      code: "interpreter-missing",
      interpreter: "/bin/sh",
      line: "/bin/sh\r",
      reason: "carriage-return",
    };
    expect(describeFinding(subject)).toContain(String.raw`#!/bin/sh\r, and /bin/sh is not there`);
  });
});

describe("each code", () => {
  it.each(sampleFindings.map((finding) => [finding.code, finding] as const))(
    "%s has one line of words and a fix in another, without a final stop",
    (_, finding) => {
      for (const words of [
        describeFinding(finding),
        describeFix(finding, apk),
        describeFix(finding, none),
      ]) {
        expect(words ?? "x").toMatch(/^[^\n]*[^.\n]$/);
      }
    },
  );

  it.each(Object.entries(findingTitles))("%s has its page: %s", (code, title) => {
    const text = readFileSync(join(root, "docs/findings", `${code}.md`), "utf8");
    expect(text.split("\n")[0]).toBe(`# ${code}: ${title}`);
    expect([...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)).toEqual([
      "What it means",
      "What is seen",
      "How it is found",
      "What to do",
      "Where it happens",
    ]);
    for (const [, link = ""] of text.matchAll(/\]\(([^)]+)\)/g)) {
      expect(findingTitles).toHaveProperty(link.replace(/\.md$/, ""));
    }
  });

  it("is that of a page", () => {
    const pages = readdirSync(join(root, "docs/findings"));
    expect(pages.toSorted()).toEqual(
      Object.keys(findingTitles)
        .map((code) => `${code}.md`)
        .toSorted(),
    );
    expect(pageOf("library-missing")).toBe("docs/findings/library-missing.md");
  });
});

/** The same finding with every string that may come from an image made hostile. */
function hostile<Value>(value: Value): Value {
  const fixed = new Set(["code", "severity", "phase", "reason", "because", "found", "from"]);
  return JSON.parse(JSON.stringify(value), (key, item: unknown) =>
    typeof item === "string" && !fixed.has(key)
      ? `${item}\u001b[2J\n\u009b31m\u202e${"x".repeat(100_000)}`
      : item,
  );
}

describe("hostile names", () => {
  it.each(sampleFindings.map((finding) => [finding.code, finding] as const))(
    "of %s neither move the cursor nor fill the screen",
    (_, finding) => {
      const bad = hostile(finding);
      for (const words of [describeFinding(bad), describeFix(bad, hostile(apk)) ?? ""]) {
        expect(words).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        expect(words.length).toBeLessThan(1000);
      }
    },
  );
});
