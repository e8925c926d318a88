import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import type { Candidate } from "../model/answer.ts";
import type { Finding } from "../model/finding.ts";
import { renderJson } from "./json.ts";
import { renderLddJson } from "./ldd.ts";
import {
  sampleCandidate,
  sampleCheck,
  sampleChoice,
  sampleChoose,
  sampleFailures,
  sampleRecipe,
} from "./testdata/sample-answers.ts";
import { withDetectedBase, withoutBase } from "./testdata/sample-base.ts";
import { samplePackageSearches, samplePackageSteps } from "./testdata/sample-packages.ts";
import { sampleFindings } from "./testdata/sample-findings.ts";
import { sampleStarts } from "../../test/sample-starts.ts";

const folder = join(import.meta.dirname, "../../schema");
type Json = string | number | boolean | null | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [key: string]: Json;
}

function readSchema(verb: string): JsonObject {
  return JSON.parse(readFileSync(join(folder, `${verb}@1.json`), "utf8"));
}

/** The same without room for additions: what this version writes is described whole. */
function closed(schema: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === "additionalProperties" && value === true ? false : value,
  );
}

const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
const validators = new Map(
  ["check", "choose", "ldd"].map((verb) => [verb, ajv.compile(closed(readSchema(verb)))]),
);

function problemsOf(verb: string, text: string): readonly string[] {
  const validate = validators.get(verb);
  if (validate === undefined) throw new RangeError(`Cannot validate ${verb}: it has no schema`);
  if (validate(JSON.parse(text))) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe("what is printed fits its schema, to the last property:", () => {
  it.each([
    ["check", renderJson(sampleCheck)],
    ["check", renderJson({ ...sampleCheck, targets: sampleCheck.targets.map(withDetectedBase) })],
    ["choose", renderJson({ ...sampleChoose, targets: sampleChoose.targets.map(withoutBase) })],
    ["choose", renderJson(sampleChoose)],
    ["choose", renderJson({ ...sampleChoose, choices: [null], choice: null })],
    [
      "choose",
      renderJson({
        ...sampleChoose,
        choice: { ...sampleChoice, recipe: sampleRecipe, dockerfile: "FROM scratch\n" },
        coverage: { state: "complete" },
        failures: [],
      }),
    ],
    ["check", renderJson({ ...sampleCheck, coverage: { state: "skipped", reason: "offline" } })],
    [
      "ldd",
      renderLddJson({
        tool: "0.1.0",
        reference: "oci-archive:app.tar",
        platform: "linux/amd64",
        programs: sampleStarts,
        failures: sampleFailures,
      }),
    ],
  ])("%s", (verb, text) => {
    expect(problemsOf(verb, text)).toEqual([]);
  });

  it.each(sampleFindings.map((finding) => [finding.code, finding] as const))(
    "a finding %s, and not with another field",
    (_, finding) => {
      const answer = (one: Finding): string =>
        renderJson({ ...sampleCheck, candidates: [sampleCandidate({ findings: [one] })] });
      expect(problemsOf("check", answer(finding))).toEqual([]);
      const withOther = { ...finding, other: 1 };
      expect(problemsOf("check", answer(withOther))).not.toEqual([]);
    },
  );
});

describe("a candidate and its packages fit the schemas:", () => {
  const renders: Readonly<Record<string, (candidate: Candidate) => string>> = {
    check: (one) => renderJson({ ...sampleCheck, candidates: [one] }),
    choose: (one) => renderJson({ ...sampleChoose, candidates: [one] }),
  };
  const candidates: readonly { readonly name: string; readonly one: Candidate }[] = [
    ...samplePackageSearches.map((packageSearch) => {
      return { name: packageSearch.state, one: sampleCandidate({ packageSearch }) };
    }),
    ...samplePackageSteps.map((packageStep) => {
      const one = sampleCandidate({ recipe: { ...sampleRecipe, packageStep } });
      return { name: `${packageStep.family} ${packageStep.how}`, one };
    }),
  ];
  const rows = Object.entries(renders).flatMap(([verb, render]) =>
    candidates.map(({ name, one }) => ({ verb, name, text: render(one) })),
  );

  it.each(rows)("$verb, $name", ({ verb, text }) => {
    expect(problemsOf(verb, text)).toEqual([]);
  });
});

describe("the schemas", () => {
  it("share their parts", () => {
    const partsOf = (verb: string): JsonObject =>
      JSON.parse(JSON.stringify(readSchema(verb)["$defs"]));
    const all = [partsOf("check"), partsOf("choose"), partsOf("ldd")];
    const names = new Set(all.flatMap((parts) => Object.keys(parts)));
    for (const name of names) {
      const texts = all.flatMap((parts) => (name in parts ? [JSON.stringify(parts[name])] : []));
      expect(new Set(texts).size, name).toBe(1);
    }
  });

  it("say where additions may come", () => {
    for (const verb of ["check", "choose", "ldd"]) {
      expect(readSchema(verb)["$comment"]).toMatch(/^Within @1 there are only additions/);
    }
  });
});
