import { describe, expect, it } from "vitest";
import { type MemoryFile, memoryRootfs } from "../../test/memory-rootfs.ts";
import type { Family } from "./family.ts";
import { installedPackages } from "./installed-packages.ts";
import { families } from "./list.ts";
import { indexOwnership } from "./ownership.ts";

type Files = Readonly<Record<string, MemoryFile>>;

/** There is no such example, for this reason. */
interface Skipped {
  readonly skip: string;
}

type Example = Files | Skipped;

/** What a family brings to the suite. */
export interface FamilyExample {
  readonly family: Family;
  /** A database with packages `one` (owns /usr/bin/one) and `two` (owns /usr/bin/two). */
  readonly database: Example;
  /** The same with `one` broken. */
  readonly broken: Example;
  /** A database file that cannot be read at all. */
  readonly unreadable: Example;
}

/** What every family holds to. */
export function testFamily({ family, database, broken, unreadable }: FamilyExample): void {
  describe(`family ${family.id}`, () => {
    it("is in the list once", () => {
      expect(families.filter((one) => one === family).length).toBe(1);
    });

    it("says null, or nothing, about an image without a database", () => {
      const found = family.findPackages(memoryRootfs({ "/etc/passwd": "" }));
      expect(found?.packages ?? []).toEqual([]);
      expect(found?.problems ?? []).toEqual([]);
      expect(found === null).toBe(family.id !== "none");
    });

    itWith(database, "finds packages and their files, the same each time", (files) => {
      const found = family.findPackages(memoryRootfs(files));
      expect(found?.manager).toBe(family.id);
      expect(found?.packages.map(({ name }) => name)).toEqual(["one", "two"]);
      expect(found?.problems).toEqual([]);
      expect(family.findPackages(memoryRootfs(files))).toEqual(found);
    });

    itWith(database, "tells whose a file is, also where /usr is merged", (files) => {
      const rootfs = memoryRootfs({
        "/bin": { link: "usr/bin" },
        "/usr/bin/one": "",
        "/usr/bin/free": "",
        ...files,
      });
      const found = installedPackages(rootfs);
      expect(found.manager).toBe(family.id);
      const ownership = indexOwnership(rootfs, found);
      expect(ownership.ownerOf("/usr/bin/one")?.name).toBe("one");
      expect(ownership.ownerOf("/usr/bin/free")).toBeNull();
    });

    itWith(broken, "keeps the sound packages beside a broken one, and says so", (files) => {
      const found = family.findPackages(memoryRootfs(files));
      expect(found?.packages.map(({ name }) => name)).toEqual(["two"]);
      expect(found?.problems.length).toBe(1);
    });

    itWith(unreadable, "says so when a database cannot be read", (files) => {
      const found = installedPackages(memoryRootfs(files));
      expect(found.manager).toBe(family.id);
      expect(found.packages).toEqual([]);
      expect(found.problems.length).toBeGreaterThan(0);
    });
  });
}

function itWith(example: Example, name: string, check: (files: Files) => void): void {
  const reason = isSkipped(example) ? ` (skipped: ${example.skip})` : "";
  it.skipIf(isSkipped(example))(`${name}${reason}`, () => {
    expect.hasAssertions();
    if (!isSkipped(example)) check(example);
  });
}

function isSkipped(example: Example): example is Skipped {
  return "skip" in example;
}
