import { describe, expect, it } from "vitest";
import type { PackageStep } from "../model/answer.ts";
import { cellsOf } from "./clean.ts";
import { packageSearchWords, packageStepLines, packageWords } from "./package-words.ts";
import { renderCheck, renderChoose } from "./text.ts";
import {
  sampleCandidate,
  sampleCheck,
  sampleChoice,
  sampleChoose,
  sampleRecipe,
} from "./testdata/sample-answers.ts";
import { samplePackageSearches, samplePackageSteps } from "./testdata/sample-packages.ts";

describe("packageWords()", () => {
  it("says how the packages come in, how many and how big they are", () => {
    expect(samplePackageSteps.map(packageWords)).toEqual([
      "add libpq5 with apt-get (2 packages of Debian 12 (bookworm), amd64: ? download, ? on disk)",
      "copy the packages of libpq5 from a stage of debian:bookworm-slim (2 packages of Debian 12 (bookworm), amd64: ? download, ? on disk)",
      "add libpq5 with dnf --installroot in a stage of debian:bookworm-slim (2 packages of Debian 12 (bookworm), amd64: ? download, ? on disk)",
      "add libpq5 with apk (2 packages of Debian 12 (bookworm), amd64: ? download, ? on disk)",
    ]);
  });
});

describe("packageStepLines()", () => {
  it("says why each comes along, what goes and what is linked", () => {
    expect(samplePackageSteps.slice(0, 2).map(packageStepLines)).toEqual([
      [
        "libldap-2.5-0 2.5.13+dfsg-5 instead of 2.5.12 (bookworm/main): libpq5 needs libldap-2.5-0 (>= 2.5.4)",
        "libpq5 15.14-0+deb12u1 (bookworm-security/main): for libpq.so.5",
        "libold1 is removed",
      ],
      [
        "libldap-2.5-0 2.5.13+dfsg-5 instead of 2.5.12 (bookworm/main): libpq5 needs libldap-2.5-0 (>= 2.5.4)",
        "libpq5 15.14-0+deb12u1 (bookworm-security/main): for libpq.so.5",
        "link /usr/lib/libblas.so.3 to /usr/lib/blas/libblas.so.3",
      ],
    ]);
  });
});

describe("packageSearchWords()", () => {
  it("has words for every state that is worth a line", () => {
    expect(samplePackageSearches.map(packageSearchWords)).toEqual([
      null,
      "packages were not looked up (--packages never)",
      "packages were not looked up: another candidate is better whatever they bring",
      null,
      "packages could not be looked up: Cannot reach http://mirror.example/debian/dists/bookworm/InRelease in mirror.example: connection refused",
      "no package of its repositories brings libpq.so.5",
      "its packages cannot be added: there is no package libgone1",
      "its packages cannot be added: libpq5 needs libssl3 (>= 9), which nothing there satisfies",
      "its packages cannot be added: liba1 and libb1 exclude each other (libb1 (<< 2))",
      "its packages cannot be added: libc6 is a part of the C library, which belongs to the base",
      "its packages cannot be added: libpq5 could not be read: Cannot reach http://mirror.example/debian/dists/bookworm/InRelease in mirror.example: connection refused",
      null,
      "no package of its repositories brings libother.so.1",
    ]);
  });
});

describe("names of packages that nobody should print", () => {
  const bad = `lib\u001b[31m\u202e\nx${"y".repeat(5000)}`;
  const [step] = samplePackageSteps;
  const hostile: PackageStep | null =
    step === undefined
      ? null
      : {
          ...step,
          how: "copy",
          builder: { reference: bad, digest: null },
          source: bad,
          asked: [bad],
          removed: [bad],
          links: [{ path: bad, target: bad }],
          packages: step.packages.map((one) => ({
            ...one,
            ...{ name: bad, version: bad, repository: bad, replaces: bad },
            because: { kind: "needed", by: bad, relation: bad },
          })),
        };
  const candidate = sampleCandidate({
    ...{ asIs: "fails", verdict: "unproven" },
    recipe: { ...sampleRecipe, packageStep: hostile },
    packageSearch: { state: "refused", problems: [{ kind: "libc", package: bad }] },
  });
  const options = { columns: 80, color: false };

  it.each([true, false])(
    "are escaped and cut, in at most 200 cells a line (explain: %s)",
    (explain) => {
      const texts = [
        renderCheck({ ...sampleCheck, candidates: [candidate] }, { ...options, explain }),
        renderChoose(
          {
            ...sampleChoose,
            candidates: [candidate],
            choice: { ...sampleChoice, recipe: candidate.recipe },
            choices: [{ ...sampleChoice, recipe: candidate.recipe }],
          },
          { ...options, explain },
        ),
      ];
      for (const text of texts) {
        expect(text).toContain("lib\\x1b[31m");
        expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
        // One word that is longer than a line has a line of its own; none is longer than a name may be.
        expect(Math.max(...text.split("\n").map(cellsOf))).toBeLessThanOrEqual(200);
      }
    },
  );
});
