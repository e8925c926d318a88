import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openCatalogueFolder, writeCatalogueFolder } from "./catalogue-files.ts";
import { indexName } from "./catalogue-index.ts";
import { packCatalogue } from "./pack-catalogue.ts";
import { makeBase } from "./testdata/bases.ts";

const folder = mkdtempSync(join(tmpdir(), "fromage-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("openCatalogueFolder", () => {
  writeFileSync(join(folder, "secret"), "secret");
  writeFileSync(join(folder, indexName), "0123456789");

  const names = [
    ["secret", 100, "malformed"],
    ["../secret", 100, "malformed"],
    ["facts/../secret", 100, "malformed"],
    [`facts/${"0".repeat(64)}.zst`, 100, "not-found"],
    [indexName, 9, "over-limit"],
    [indexName, 10, "ok"],
  ] as const;
  it.each(names)("reads %s of at most %d bytes: %s", (name, maxBytes, expected) => {
    const bytes = openCatalogueFolder(folder).read(name, maxBytes);
    expect(bytes.ok ? "ok" : bytes.failure.kind).toBe(expected);
  });
});

describe("writeCatalogueFolder", () => {
  it("writes every file and removes facts that nothing names, nothing else", () => {
    const own = join(folder, "own", "bases");
    expect(writeCatalogueFolder(own, packCatalogue([makeBase("one", "aA")]))).toBeNull();
    writeFileSync(join(own, "facts", "notes"), "the user's own");
    const files = packCatalogue([makeBase("two", "b")]);
    expect(writeCatalogueFolder(own, files)).toBeNull();
    const written = readdirSync(own, { recursive: true, encoding: "utf8" }).toSorted();
    expect(written).toEqual([...files.keys(), "facts", "facts/notes"].toSorted());
  });

  it("says why it cannot", () => {
    const blocked = join(folder, "blocked");
    writeFileSync(blocked, "a file where a folder must be");
    expect(writeCatalogueFolder(blocked, new Map())?.kind).toBe("unreachable");
  });

  it("leaves nothing behind when a file cannot be written", () => {
    const half = join(folder, "half");
    mkdirSync(join(half, indexName), { recursive: true });
    expect(writeCatalogueFolder(half, packCatalogue([makeBase("one", "a")]))).not.toBeNull();
    expect(readdirSync(half).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect(existsSync(join(half, "facts"))).toBe(true);
  });
});
