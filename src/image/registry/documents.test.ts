import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { withBudgets, type Budgets } from "../../model/budgets.ts";
import type { Digest } from "../../model/digest.ts";
import { success } from "../../model/failure.ts";
import { DocumentBudget } from "../sources/document-budget.ts";
import { createDocuments, type DocumentRequest, type Documents } from "./documents.ts";

const digestOf = (text: string): Digest =>
  `sha256:${createHash("sha256").update(text).digest("hex")}`;

/** A repository that has these documents. */
function open(texts: readonly string[], replaced: Partial<Budgets>): Documents {
  const budget = new DocumentBudget(withBudgets(replaced));
  const byDigest = new Map(texts.map((text) => [digestOf(text), Buffer.from(text)]));
  return createDocuments({ name: "a/b", budget }, null, ({ digest }) =>
    Promise.resolve(success(byDigest.get(digest) ?? Buffer.alloc(0))),
  );
}

function ask(text: string, sizeBytes: number | null = null): DocumentRequest {
  return { kind: "manifest", digest: digestOf(text), sizeBytes };
}

const deep = `{"a":${"[".repeat(9)}${"]".repeat(9)}}`;

describe("createDocuments() refuses over a budget", () => {
  it.each<[string, Partial<Budgets>, DocumentRequest, string]>([
    ["a document that is too long", { jsonBytes: 9 }, ask(deep), "size of a manifest or config"],
    ["one that is said to be", { jsonBytes: 99 }, ask(deep, 100), "size of a manifest or config"],
    ["lists in lists", { jsonLevels: 9 }, ask(deep), "lists and objects in each other"],
  ])("%s", async (_, budgets, request, budget) => {
    const read = await open([deep], budgets).read(request);
    expect(read).toMatchObject({ failure: { kind: "over-limit", what: request.digest, budget } });
  });

  it.each([null, 10])("many documents together, said to have %j bytes", async (sizeBytes) => {
    const texts = Array.from({ length: 9 }, (_, at) => `{"at": 1${at}}`);
    const documents = open(texts, { allJsonBytes: 85 });
    const read = await Promise.all(texts.map(async (text) => documents.read(ask(text, sizeBytes))));
    expect(read.filter(({ ok }) => ok)).toHaveLength(8);
  });

  it("and none is made larger by a size below nothing", async () => {
    const texts = ["{} ", "{}  ", "{}   "];
    const documents = open(texts, { allJsonBytes: 8 });
    await documents.read(ask(texts[0] ?? "", -1000));
    const read = await Promise.all(texts.map(async (text) => documents.read(ask(text))));
    expect(read.map(({ ok }) => ok)).toEqual([true, true, false]);
  });
});
