import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { fromBytes } from "../random-access.ts";
import type { ElfFacts, StaticLibc } from "./facts.ts";
import { parseElf } from "./parse-elf.ts";
import { bodyAt, tinyElf } from "./testdata/tiny-elf.ts";

const folder = mkdtempSync(join(tmpdir(), "static-libc-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const sources = {
  nothing: "int main(void) { return 0; }",
  hello: '#include <stdio.h>\nint main(void) { printf("hello %d\\n", 1); return 0; }',
  user: '#include <pwd.h>\nint main(void) { return getpwnam("root") == 0; }',
  group: "#include <grp.h>\nint main(void) { return getgrgid(0) == 0; }",
  host: '#include <netdb.h>\nint main(void) { struct addrinfo *r; return getaddrinfo("a", "80", 0, &r); }',
  iconv: '#include <iconv.h>\nint main(void) { return iconv_open("GBK", "UTF-8") == (iconv_t)-1; }',
  dlopen: '#include <dlfcn.h>\nint main(void) { return dlopen("libz.so.1", RTLD_NOW) == 0; }',
} as const;

type Source = keyof typeof sources;

/** The facts of a compiled program; null when it cannot be compiled here. */
function compile(compiler: string, source: Source, ...flags: string[]): ElfFacts | null {
  const [file, program] = [join(folder, `${source}.c`), join(folder, source)];
  writeFileSync(file, sources[source]);
  const { status } = spawnSync(compiler, ["-O1", ...flags, "-o", program, file]);
  return status === 0 ? parseElf(fromBytes(readFileSync(program))) : null;
}

/** Whether the compiler is there, with a static libc, and that libc is the expected one. */
function compiles(compiler: string, kind: StaticLibc["kind"]): boolean {
  return compile(compiler, "hello", "-static")?.staticLibc?.kind === kind;
}

const [hasGlibc, hasMusl] = [compiles("gcc", "glibc"), compiles("musl-gcc", "musl")];
const why = (isThere: boolean, what: string): string => (isThere ? "" : ` (skipped: no ${what})`);

type Row = readonly [Source, readonly string[], readonly string[]];

describe.skipIf(!hasGlibc)(`a program with glibc inside${why(hasGlibc, "gcc with libc.a")}`, () => {
  const rows: readonly Row[] = [
    ["nothing", [], []],
    ["hello", [], []],
    ["user", ["nss"], ["passwd"]],
    ["group", ["nss"], ["group"]],
    ["host", ["nss"], ["hosts", "services"]],
    ["iconv", ["iconv"], []],
    ["dlopen", [], []],
  ];
  for (const flags of [["-static"], ["-static-pie"]]) {
    it.each(rows)(
      `of %s, ${flags.join("")}, opens %j, NSS for %j`,
      (source, opens, nssDatabases) => {
        const facts = compile("gcc", source, ...flags);
        expect(facts?.staticLibc).toMatchObject({ kind: "glibc", opens, nssDatabases });
        expect(facts?.libraryNames).toEqual(source === "dlopen" ? ["libz.so.1"] : []);
      },
    );
  }

  it.each(rows)("of %s, stripped, tells all but iconv", (source, opens, nssDatabases) => {
    const told = opens.filter((feature) => feature !== "iconv");
    const libc = compile("gcc", source, "-static", "-s")?.staticLibc;
    expect(libc).toMatchObject({ kind: "glibc", opens: told, nssDatabases });
    expect(libc?.mayOpen).toContain("iconv");
  });
});

describe.skipIf(!hasMusl)(`a program with musl inside${why(hasMusl, "musl-gcc")}`, () => {
  it.each([
    ["nothing", [], []],
    ["hello", [], []],
    ["user", [], []],
    ["host", [], []],
    ["iconv", ["iconv"], []],
    ["dlopen", ["dlopen"], ["libz.so.1"]],
  ] as const)("of %s opens %j", (source, opens, libraryNames) => {
    const facts = compile("musl-gcc", source, "-static");
    const staticLibc = { kind: "musl", version: null, opens, mayOpen: [], nssDatabases: [] };
    expect(facts).toMatchObject({ staticLibc, libraryNames });
  });
});

describe("a static program", () => {
  const shape = { is64: true, isLittle: true, type: 2 } as const;
  const libcOf = (text: string): StaticLibc | null =>
    parseElf(fromBytes(tinyElf({ ...shape, body: Buffer.from(text, "latin1") }))).staticLibc;
  const glibc = "\0gconv-modules\0invalid mode for dlopen()\0";

  it.each<readonly [string, string, Partial<StaticLibc>]>([
    ["no text", "", { kind: "unknown", opens: [], mayOpen: [] }],
    ["texts of NSS alone", "/etc/nsswitch.conf\0libnss_\0", { kind: "unknown", opens: [] }],
    ["glibc's texts", glibc, { kind: "glibc", version: null, mayOpen: ["dlopen", "iconv"] }],
    ["a version alone", `${glibc}\x002.31\0`, { kind: "glibc", version: "2.31" }],
    ["two versions", `${glibc}\x002.31\x002.36\0`, { kind: "glibc", version: null }],
    [
      "a banner",
      `${glibc}GNU C Library (X 2.36-9) stable release version 2.36.\n\0\x002.31\x002.30\0`,
      { version: "2.36" },
    ],
    [
      "NSS of before 2.34, whose files module is no part of it",
      `${glibc}/etc/nsswitch.conf\0\0getpwnam_r\0`,
      { opens: ["nss"], nssDatabases: ["passwd"] },
    ],
    [
      "a table of functions of which none is asked for",
      `${glibc}/etc/nsswitch.conf\0\0endetherent\0getpwnam_r\0`,
      { opens: ["nss"], nssDatabases: [] },
    ],
  ])("with %s", (_name, text, expected) => {
    expect(libcOf(text)).toMatchObject(expected);
  });

  it("is read in windows that cut no text in two", () => {
    for (const shift of [-40, -20, -10, -1, 0, 1]) {
      const body = Buffer.alloc(5 * 1024 * 1024, 0x2e);
      body.write(glibc, 4 * 1024 * 1024 - bodyAt + shift, "latin1");
      const { staticLibc } = parseElf(fromBytes(tinyElf({ ...shape, body })));
      expect(staticLibc).toMatchObject({ kind: "glibc", mayOpen: ["dlopen", "iconv"] });
    }
  });
});
