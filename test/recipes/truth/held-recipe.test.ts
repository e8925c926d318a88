import { describe, expect, it } from "vitest";
import type { PackageStep } from "../../../src/model/answer.ts";
import type { Failure } from "../../../src/model/failure.ts";
import type { Verdict } from "../../../src/model/verdict.ts";
import type { Outcome, OutcomeKind } from "../../truth/outcome.ts";
import { explain } from "./explain.ts";
import {
  agreementAsIs,
  agreementWithRecipe,
  packageDifference,
  type HeldRecipe,
  type Reality,
} from "./held-recipe.ts";
import { isExplained } from "./recipe-report.ts";

const outcome = (kind: OutcomeKind): Outcome => ({ kind, phase: "run", cause: "", message: "" });

const stepOf = (names: readonly string[], removed: readonly string[] = []): PackageStep => ({
  ...{ family: "dpkg", how: "install", builder: null, source: "Debian", asked: names, removed },
  packages: names.map((name) => ({
    ...{ name, version: "1", architecture: "amd64", repository: "main" },
    ...{ downloadBytes: 1, installedBytes: 1, replaces: null },
    because: { kind: "asked", for: [name] },
  })),
  ...{ downloadBytes: 1, installedBytes: 1, links: [] },
});

interface Row {
  readonly asIs?: Verdict;
  readonly verdict?: Verdict;
  readonly step?: PackageStep;
  readonly reality?: Reality;
  readonly missing?: readonly string[];
  readonly unreadContents?: boolean;
}

function heldOf(row: Row): HeldRecipe {
  const { asIs = "fails", verdict = "runs", step, missing = [], unreadContents = false } = row;
  const recipe = { packages: [], copies: [], packageStep: step ?? null, env: {}, findings: [] };
  const packageSearch = { state: "found", missing } as const;
  return {
    ...{ subject: "one/one", package: "one", base: "Debian", unreadContents },
    candidate: { asIs, verdict, recipe, packageSearch, findings: [] },
    asIs: outcome("failed"),
    reality: row.reality ?? { kind: "none" },
  };
}

const installed = (kind: OutcomeKind | null, added: readonly string[] = []): Reality => ({
  kind: "installed",
  done: { outcome: kind === null ? null : outcome(kind), added, gone: [], refusal: "" },
});

describe("a recipe and what happened", () => {
  it.each([
    ["runs", installed("started"), "agrees"],
    ["runs", installed("started-then-failed"), "agrees"],
    ["runs", installed("failed"), "false-runs"],
    ["runs", installed(null), "false-runs"],
    ["fails", installed("started"), "false-fails"],
    ["fails", installed("failed"), "agrees"],
    ["fails", installed(null), "not-held"],
    ["unproven", installed("failed"), "unproven"],
    ["runs", { kind: "none" }, "not-held"],
    ["runs", { kind: "not-tried" }, "not-held"],
  ] as const)("said %s, was %o: %s", (verdict, reality, expected) => {
    expect(agreementWithRecipe(heldOf({ verdict, reality }))).toBe(expected);
  });

  it.each([
    ["fails", "agrees"],
    ["runs", "false-runs"],
    ["unproven", "unproven"],
  ] as const)("as is said %s of what does not start: %s", (asIs, expected) => {
    expect(agreementAsIs(heldOf({ asIs }))).toBe(expected);
  });
});

describe("packages of a recipe and of reality", () => {
  const step = stepOf(["a", "b"], ["old"]);

  it.each([
    ["one too many and one too few", ["a 1", "c 1"], ["old 1"], ["b 1"], ["c 1"]],
    ["another version", ["a 1", "b 2"], ["old 1"], ["b 1"], ["b 2"]],
    ["an upgrade is no removal", ["a 1", "b 1"], ["old 1", "b 0"], [], []],
    ["a removal that did not happen", ["a 1", "b 1"], [], ["removal of old"], []],
    ["one that was not told", ["a 1", "b 1"], ["old 1", "x 1"], [], ["removal of x"]],
  ])("%s", (_, added, gone, onlySaid, onlyReal) => {
    const done = { outcome: outcome("started"), added, gone, refusal: "" };
    const held = heldOf({ step, reality: { kind: "installed", done } });
    expect(packageDifference(held)).toEqual({ onlySaid, onlyReal });
    expect(isExplained(held)).toBe(onlySaid.length + onlyReal.length === 0);
  });

  it("of a copy those of the base may be there too", () => {
    const done = { outcome: outcome("started"), seen: ["a 1", "libc6 1"], refusal: "" };
    const held = heldOf({ step: stepOf(["a", "b"]), reality: { kind: "copied", done } });
    expect(packageDifference(held)).toEqual({ onlySaid: ["b 1"], onlyReal: [] });
  });
});

describe("rules", () => {
  const missed: Row = { verdict: "fails", missing: ["libx.so.1"], reality: installed("started") };

  it("names-only is for what was not found while a list of files was not read", () => {
    expect(explain(heldOf({ ...missed, unreadContents: true }))).toBe("names-only");
    expect(explain(heldOf(missed))).toBeNull();
    const wrong: Row = { ...missed, verdict: "runs", reality: installed("failed") };
    expect(explain(heldOf({ ...wrong, unreadContents: true }))).toBeNull();
  });

  it.each([
    ["timeout", "initialiser"],
    ["signal 5", "initialiser"],
    ["library missing", null],
    ["other", null],
  ])("a start that ends before the entry by %s: %s", (cause, expected) => {
    const ended = { kind: "failed", phase: "load", cause, message: "" } as const;
    const done = { outcome: ended, added: [], gone: [], refusal: "" };
    expect(explain(heldOf({ reality: { kind: "installed", done } }))).toBe(expected);
  });

  it("over-limit is for recipes that are too big, and not for what could not be reached", () => {
    const subject = { what: "a", where: null };
    const tooMany = { budget: "packages of one recipe", limit: 400, unit: "entries" } as const;
    const held = heldOf(missed);
    const withFailure = (failure: Failure): HeldRecipe => ({
      ...held,
      candidate: { ...held.candidate, packageSearch: { state: "unavailable", failure } },
    });
    expect(explain(withFailure({ kind: "over-limit", ...subject, ...tooMany }))).toBe("over-limit");
    const reason = "it does not answer";
    expect(explain(withFailure({ kind: "unreachable", ...subject, reason }))).toBeNull();
  });
});
