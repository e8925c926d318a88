import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ElfFacts } from "../formats/elf/facts.ts";
import { checkCpuLevel } from "./cpu-level.ts";
import { judgeForGlibc, judgeForMusl, type FoundLibrary } from "./locate.ts";
import { isSecureStart } from "./secure-mode.ts";
import { Lab, withoutCompiler } from "./testdata/lab.ts";

const why = withoutCompiler("glibc");

/** Releases that no root here has: the facts of a real library, changed. */
describe.skipIf(why !== null)(`judges${why === null ? "" : ` (${why})`}`, () => {
  const lab = new Lab();
  let library: FoundLibrary | null = null;
  beforeAll(async () => {
    const rootfs = await lab.read(lab.build("glibc", "so app/x.so 'int x;'"));
    const resolved = rootfs.resolve("/app/x.so");
    const facts = rootfs.elf("/app/x.so");
    if (resolved.kind !== "found" || facts === null) throw new Error("Cannot build a library");
    const { path, node } = resolved;
    library = { kind: "elf", path, realPath: path, node, facts };
  });
  afterAll(() => lab.remove());
  const withFacts = (change: Partial<ElfFacts>): FoundLibrary => {
    if (library === null) throw new Error("There is no library");
    return { ...library, facts: { ...library.facts, ...change } };
  };
  const machine = { class: 64, byteOrder: "little", machine: 62 } as const;
  const solaris = (notes: ElfFacts["notes"]): ElfFacts["notes"] => ({
    ...notes,
    abiTag: { os: 2, kernel: [2, 5, 0] },
  });

  it.each([
    ["a plain library", {}, [2, 36], "take"],
    ["a position-independent program before 2.30", { pieFlag: true }, [2, 29], "take"],
    ["a position-independent program since 2.30", { pieFlag: true }, [2, 30], "executable"],
    ["another byte order", { byteOrder: "big" }, [2, 36], "malformed"],
    ["no dynamic section", { isDynamic: false }, [2, 36], "malformed"],
    ["an object file", { type: "other" }, [2, 36], "malformed"],
  ] as const)("glibc: %s", (_, change, version, expected) => {
    expect(judgeForGlibc(machine, version)(withFacts(change))).toBe(expected);
  });

  it.each([
    ["is passed over before 2.36", [2, 35], "next"],
    ["is not looked at since 2.36", [2, 36], "take"],
  ] as const)("glibc: an ABI note of another system %s", (_, version, expected) => {
    const found = withFacts({});
    const changed = withFacts({ notes: solaris(found.facts.notes) });
    expect(judgeForGlibc(machine, version)(changed)).toBe(expected);
  });

  it.each([
    ["a program at a fixed address is a library like any other", { type: "exec" }, "take"],
    ["another class", { class: 32 }, "other-machine"],
    ["no dynamic section", { isDynamic: false }, "malformed"],
  ] as const)("musl: %s", (_, change, expected) => {
    expect(judgeForMusl(machine)(withFacts(change))).toBe(expected);
  });

  it.each([
    [0b1000, "x86-64-v3", "x86-64-v4"],
    [0b0101, "x86-64-v1", "x86-64-v3"],
    [0b0100, "x86-64-v3", null],
    [0, "x86-64-v1", null],
  ] as const)("ISA level: bits %i where %s is promised", (x86IsaNeeded, promises, needs) => {
    const { facts } = withFacts({});
    const changed = withFacts({ notes: { ...facts.notes, x86IsaNeeded } });
    const subjects = checkCpuLevel(changed, promises, "load").map(({ subject }) => subject);
    expect(subjects).toEqual(needs === null ? [] : [{ code: "cpu-level", needs, promises }]);
  });
});

describe("isSecureStart()", () => {
  const file = { path: "/x", type: "file", uid: 0, gid: 0, sizeBytes: 1 } as const;
  const nobody = { uid: 1, gid: 1 };
  it.each([
    ["no bit", { mode: 0o755 }, nobody, false],
    ["setuid", { mode: 0o4755 }, nobody, true],
    ["setuid, started by its owner", { mode: 0o4755 }, { uid: 0, gid: 1 }, false],
    ["setgid", { mode: 0o2755 }, nobody, true],
    ["setgid without the group's right to execute", { mode: 0o2745 }, nobody, false],
    ["capabilities", { mode: 0o755, capability: "0100" }, nobody, true],
    [
      "capabilities, started by root",
      { mode: 0o755, capability: "0100" },
      { uid: 0, gid: 0 },
      false,
    ],
  ])("%s", (_, fields, user, expected) => {
    expect(isSecureStart({ ...file, ...fields }, user)).toBe(expected);
  });
});
