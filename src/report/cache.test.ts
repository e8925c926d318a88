import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import type { CacheItem } from "../image/cache/cache-item.ts";
import type { CacheContents } from "../image/cache/list-cache.ts";
import {
  renderPruned,
  renderPrunedJson,
  renderVerified,
  renderVerifiedJson,
} from "./cache-changes.ts";
import { renderCache, renderCacheJson, renderCachePathJson } from "./cache.ts";
import { sampleFailures } from "./testdata/sample-answers.ts";

const folder = join(import.meta.dirname, "../../schema");

function readSchema(name: string): { readonly $defs: Readonly<Record<string, object>> } & object {
  return JSON.parse(readFileSync(join(folder, `${name}@1.json`), "utf8"));
}

/** Without room for additions: what this version writes is described whole. */
const closed: object = JSON.parse(JSON.stringify(readSchema("cache")), (key, value: unknown) =>
  key === "additionalProperties" && value === true ? false : value,
);
const validate = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).compile(
  closed,
);

const usedAtMs = Date.parse("2026-06-01T12:00:00Z");
const item = (kind: CacheItem["kind"], name: string, sizeBytes = 1000): CacheItem => {
  return { kind, name, files: [`/c/${name}`], folder: null, sizeBytes, usedAtMs };
};
const items: readonly CacheItem[] = [
  item("layer", "sha256:1"),
  item("layer", "sha256:2", 2_000_000),
  item("pack", "p"),
  item("blob", "sha256:3", 20_000_000),
  { ...item("document", "sha256:4"), usedAtMs: 0 },
  item("name", "5"),
  item("compiled", "compiled/v24"),
  item("old", "facts-1"),
  item("newer", "facts-9"),
  item("draft", "blobs-1/incoming/x"),
  item("leftover", "blobs-1/incoming/\u001b[31m"),
];
const contents: CacheContents = { folder: "/c", isThere: true, items, failures: [] };
const broken: CacheContents = { ...contents, failures: sampleFailures };
const outcome = { removed: items.slice(0, 5), spared: items.slice(2, 4), failures: sampleFailures };
const damaged = [
  { kind: "blob", path: "blobs-1/sha256-3", reason: "its digest is sha256:4", isRemoved: false },
  {
    kind: "layer",
    path: "facts-2/\u001b[31m",
    reason: "it is cut off or altered",
    isRemoved: false,
  },
] as const;
const verified = {
  folder: "/c",
  outcome: { checkedFiles: 3, checkedBytes: 12_345, damaged, failures: [] },
  failures: sampleFailures,
};

describe("what fromage cache --json prints fits its schema, to the last property:", () => {
  it.each([
    ["show", renderCacheJson({ contents: broken, blobCapBytes: 1 }, "0.1.0")],
    [
      "show of nothing",
      renderCacheJson(
        { contents: { ...contents, isThere: false, items: [] }, blobCapBytes: 0 },
        "0",
      ),
    ],
    ["prune", renderPrunedJson({ contents: broken, outcome, isDryRun: false }, "0.1.0")],
    ["verify", renderVerifiedJson(verified, "0.1.0")],
    ["path", renderCachePathJson("/c", "0.1.0")],
  ])("%s", (action, text) => {
    const document: { readonly action: string } = JSON.parse(text);
    expect(action).toMatch(new RegExp(`^${document.action}`));
    expect([validate(document), validate.errors]).toEqual([true, null]);
    expect(validate({ ...document, other: 1 })).toBe(false);
  });

  it("and the schema shares its failures with the others, and says where additions may come", () => {
    expect(readSchema("cache").$defs["failure"]).toEqual(readSchema("ldd").$defs["failure"]);
    expect(readSchema("cache")).toMatchObject({
      $comment: expect.stringMatching(/^Within @1 there are only additions/),
    });
  });
});

describe("renderCache()", () => {
  const options = { columns: 80, color: false };

  it("has a row for each kind", () => {
    expect(renderCache({ contents, blobCapBytes: 2_000_000_000 }, options)).toBe(
      `/c
WHAT                         COUNT     SIZE  LAST USED
facts of layers                  2   2.0 MB  2026-06-01
ELF facts, in packs              1   1.0 kB  2026-06-01
blobs of registries              1  20.0 MB  2026-06-01
manifests, indexes, configs      1   1.0 kB  -
what names stood for             1   1.0 kB  2026-06-01
fromage itself, compiled         1   1.0 kB  2026-06-01
of older versions                1   1.0 kB  2026-06-01
of newer versions                1   1.0 kB  2026-06-01
blobs on their way               1   1.0 kB  2026-06-01
leftovers                        1   1.0 kB  2026-06-01
all together                    11  22.0 MB  2026-06-01
  blobs may take 2.0 GB
  what older versions kept is not read by this one: fromage cache prune --old
    removes it
`,
    );
  });

  it("says that there is none", () => {
    const absent = { ...contents, isThere: false, items: [] };
    expect(renderCache({ contents: absent, blobCapBytes: 0 }, options)).toBe(
      "/c\n  is not there yet: nothing is kept\n",
    );
  });
});

describe("renderPruned()", () => {
  it("says what went, what is left and what stays", () => {
    expect(renderPruned({ contents, outcome, isDryRun: false })).toBe(
      `Removed 2 layers, 1 ELF pack, 1 blob, 1 document, 22.0 MB; 6.0 kB left
  2026-06-01    1.0 kB  layer sha256:1
  2026-06-01    2.0 MB  layer sha256:2
  2026-06-01    1.0 kB  ELF pack p
  2026-06-01   20.0 MB  blob sha256:3
  -             1.0 kB  document sha256:4
Stays, used just now: 1 ELF pack, 1 blob
`,
    );
  });

  it("says what would go", () => {
    const nothing = { removed: [], spared: [], failures: [] };
    expect(renderPruned({ contents, outcome: nothing, isDryRun: true })).toBe(
      "Would remove nothing; 22.0 MB would be left\n",
    );
  });

  it("lists no more than forty, and no name as it is", () => {
    const many = Array.from({ length: 50 }, () => item("leftover", "\u001b[31m"));
    const text = renderPruned({ contents, outcome: { ...outcome, removed: many }, isDryRun: true });
    expect(text.match(/leftover \\x1b\[31m$/gm)).toHaveLength(40);
    expect(text).toContain("\n  and 10 more (--json has all)\n");
  });
});

describe("renderVerified()", () => {
  it("names what is damaged", () => {
    expect(renderVerified(verified)).toBe(
      `Checked 3 files, 12.3 kB: 2 damaged, ${sampleFailures.length} failures
  blobs-1/sha256-3: its digest is sha256:4
  facts-2/\\x1b[31m: it is cut off or altered
fromage cache verify --repair removes what is damaged
`,
    );
  });

  it("says what was removed", () => {
    const mended = damaged.map((file) => ({ ...file, isRemoved: true }));
    const outcomeOf = { ...verified.outcome, damaged: mended };
    const text = renderVerified({ ...verified, outcome: outcomeOf, failures: [] });
    expect(text).toMatch(/^Checked 3 files, 12\.3 kB: 2 damaged, 2 removed\n/);
    expect(text).not.toContain("--repair");
  });

  it("says that all is sound, and does not where something was not read", () => {
    const sound = { ...verified, outcome: { ...verified.outcome, damaged: [] }, failures: [] };
    expect(renderVerified(sound)).toBe("Checked 3 files, 12.3 kB: all sound\n");
    const [failure] = sampleFailures;
    expect(renderVerified({ ...sound, failures: [failure] })).toBe(
      "Checked 3 files, 12.3 kB: 0 damaged, 1 failure\n",
    );
  });
});
