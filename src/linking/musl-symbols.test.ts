import { describe, expect, it } from "vitest";
import { findTestImages, testImage, withoutImages } from "../../test/images.ts";
import { compareMuslVersions } from "./musl-version.ts";
import { testRules, type RuleCase } from "./testdata/cases.ts";

/** As for glibc's symbols. */
const tools = `
lib() { _name=$1; shift; so "r/$_name" "$@"; }
stub() { _name=$1; shift; so "stub/$_name" "$@"; }
main() { _code=$1; shift; exe app/main "$_code" -Wl,-rpath,/r -Lstub -Lr "$@"; rm -rf stub; }
script() { echo "$1" > app/map; echo "-Wl,--version-script,app/map"; }
`;
const one = "int f(void) { return 1; }";
const callF = "int f(void); int main(void) { return f(); }";
const mayCallF = "int f(void); int main(int n, char **v) { return n > 1 ? f() : 9; }";

/** A program that would call it, linked against a library that had it. */
const callsOf = (name: string): string =>
  `stub libf.so 'int ${name}(void) { return 1; }'; lib libf.so 'int g;'; main 'int ${name}(void); int main(int n, char **v) { return n > 1 ? ${name}() : 9; }' -l:libf.so`;

const missing = (...symbols: string[]) => ({
  severity: "blocks",
  phase: "load",
  subject: { code: "symbol-missing", symbols, count: symbols.length },
});
const lost = (symbol: string): RegExp =>
  new RegExp(`Error relocating .*: ${symbol}: symbol not found`);

const binding: readonly RuleCase[] = [
  {
    rule: "all is bound at start: a JUMP_SLOT that is never called stops it",
    recipe: `stub libf.so '${one}'; lib libf.so 'int g;'; main '${mayCallF}' -l:libf.so -Wl,-z,lazy`,
    finds: [missing("f")],
    real: lost("f"),
  },
  {
    rule: "every missing symbol of every object is named",
    recipe: `stub libf.so '${one} int h(void) { return 1; }'; lib libf.so 'int h(void); int g(void) { return h(); }'
      main 'int f(void); int h(void); int main(int n, char **v) { return n > 1 ? f() + h() : 9; }' -l:libf.so`,
    finds: [
      { subject: { code: "symbol-missing", symbols: ["f", "h"], neededBy: "/app/main" } },
      { subject: { code: "symbol-missing", symbols: ["h"], neededBy: "/r/libf.so" } },
    ],
    real: /relocating \/r\/libf\.so: h: symbol not found\n(?:.*\n)*.*relocating \/app\/main: [fh]: symbol not found/,
  },
  {
    rule: "a weak reference to nothing is zero",
    recipe: `stub libf.so '${one}'; lib libf.so 'int g;'; main '__attribute__((weak)) int f(void); int main(void) { return f ? 1 : 8; }' -l:libf.so -fno-plt`,
    finds: [],
    real: 8,
  },
  {
    rule: "versions do not count: a version that is not there loads",
    recipe: `stub libf.so '${one}' $(script 'V1 { f; };'); lib libf.so '${one}' $(script 'V2 { f; };'); main '${callF}' -l:libf.so`,
    finds: [],
    real: 1,
  },
  {
    rule: "a hidden version is not seen, whoever asks",
    recipe: `stub libf.so '${one}' $(script 'V1 { f; };'); main '${callF}' -l:libf.so
      lib libf.so '__asm__(".symver old, f@V1"); int old(void) { return 4; }' $(script 'V1 { f; }; V2 { };')`,
    finds: [missing("f")],
    real: lost("f"),
  },
  {
    rule: "a hidden version is not seen by its own file either",
    recipe: `lib libf.so '__asm__(".symver old, f@V1"); int old(void) { return 4; } int f(void); __asm__(".symver f, f@V1"); int g(void) { return f(); }' $(script 'V1 { f; }; V2 { g; };')
      main 'int g(void); int main(int n, char **v) { return n > 1 ? g() : 9; }' -l:libf.so`,
    finds: [missing("f")],
    real: lost("f"),
  },
  {
    rule: "the default version is seen beside a hidden one",
    recipe: `stub libf.so '${one}'; main '${callF}' -l:libf.so
      lib libf.so '__asm__(".symver old, f@V1"); __asm__(".symver new, f@@V2"); int old(void) { return 4; } int new(void) { return 5; }' $(script 'V1 { f; }; V2 { };')`,
    finds: [],
    real: 5,
  },
  {
    rule: "IFUNC is no definition",
    recipe: `stub libf.so '${one}'; main '${callF}' -l:libf.so
      lib libf.so 'static int one(void) { return 7; } static void *pick(void) { return one; } __asm__(".type f, @gnu_indirect_function; .globl f; .set f, pick");'`,
    finds: [missing("f")],
    real: lost("f"),
  },
  {
    rule: "IRELATIVE is not supported",
    recipe: `lib libf.so 'static int one(void) { return 7; } static void *pick(void) { return one; } __asm__(".type i, @gnu_indirect_function; .set i, pick"); int i(void) __attribute__((visibility("hidden"))); int f(void) { return i(); }'
      main '${callF}' -l:libf.so`,
    finds: [{ subject: { code: "relocation-unsupported", what: "R_*_IRELATIVE" } }],
    real: /Error relocating \/r\/libf\.so: unsupported relocation type 37/,
  },
  {
    rule: "STB_GNU_UNIQUE is a definition",
    recipe: `lib libf.so '__asm__(".globl x; .type x, @gnu_unique_object; .data; x: .long 6; .size x, 4; .text");'
      main 'extern int x; int main(void) { return x; }' -l:libf.so`,
    finds: [],
    real: 6,
  },
  {
    rule: "a TLS symbol is found",
    recipe: `lib libf.so '__thread int x = 4;'; main 'extern __thread int x; int main(void) { return x; }' -l:libf.so`,
    finds: [],
    real: 4,
  },
  {
    rule: "initial-exec TLS does no harm at start",
    recipe: `lib libf.so '__thread int x[4096] = {4}; int f(void) { return x[0]; }' -ftls-model=initial-exec; main '${callF}' -l:libf.so`,
    finds: [],
    real: 4,
  },
  {
    rule: "a missing TLS symbol stops the start",
    recipe: `stub libf.so '__thread int x;'; lib libf.so 'int y;'; main 'extern __thread int x; int main(void) { return x; }' -l:libf.so`,
    finds: [missing("x")],
    real: lost("x"),
  },
  {
    rule: "a copy relocation is not served by the program's own copy",
    recipe: `stub libf.so 'int x = 5;'; lib libf.so 'int y;'; main 'extern int x; int main(void) { return x; }' -l:libf.so -no-pie`,
    finds: [missing("x")],
    real: lost("x"),
  },
  {
    rule: "names of fortified functions are not there",
    recipe: callsOf("__memcpy_chk"),
    finds: [missing("__memcpy_chk")],
    real: lost("__memcpy_chk"),
  },
  {
    rule: "names with 64 are exported before 1.2.4",
    recipe: callsOf("open64"),
    finds: [],
    real: 9,
  },
  {
    rule: "a stack that must be executable does not stop the start",
    recipe: `lib libf.so '${one}' -Wl,-z,execstack; main '${callF}' -l:libf.so`,
    finds: [],
    real: 1,
  },
  {
    rule: "DT_RELR is not applied before 1.2.4",
    recipe: `main 'int x, *p = &x; int main(void) { return p == &x ? 3 : *p; }' -Wl,-z,pack-relative-relocs -pie -Wl,--defsym=GLIBC_ABI=0; echo`,
    finds: [{ subject: { code: "relocation-unsupported", what: "DT_RELR" } }],
    real: /^$/,
  },
];

/** The loader of a real Alpine in place of this machine's. */
const alpine = `
loader() { tar -xzf "$IMAGE" -O ./lib/ld-musl-x86_64.so.1 > new; chmod 755 new; rm lib/ld-musl-x86_64.so.1; mv new lib/ld-musl-x86_64.so.1; }
loader
`;
const newer: readonly RuleCase[] = [
  {
    rule: "1.2.5: a name of the list is found without 64, up to 16 characters",
    recipe: callsOf("posix_fadvise64"),
    finds: [],
    real: 9,
  },
  {
    rule: "1.2.5: a name of the list with 17 characters is not found",
    recipe: callsOf("posix_fallocate64"),
    finds: [missing("posix_fallocate64")],
    real: lost("posix_fallocate64"),
  },
  {
    rule: "1.2.5: readdir64_r is found",
    recipe: callsOf("readdir64_r"),
    finds: [],
    real: 9,
  },
  {
    rule: "1.2.5: a name that is not in the list is not found",
    recipe: callsOf("fcntl64"),
    finds: [missing("fcntl64")],
    real: lost("fcntl64"),
  },
  {
    rule: "1.2.4 and later: DT_RELR is applied",
    recipe: `main 'int x, *p = &x; int main(void) { return p == &x ? 3 : 4; }' -Wl,-z,pack-relative-relocs -pie`,
    finds: [],
    real: 3,
  },
];

const older: readonly RuleCase[] = [
  {
    rule: "1.2.4 as Alpine 3.18 builds it: names with 64 are exported, the longest too",
    recipe: callsOf("posix_fallocate64"),
    finds: [],
    real: 9,
  },
];

const prepare = (rows: readonly RuleCase[], before = ""): readonly RuleCase[] =>
  rows.map((row) => ({ ...row, recipe: before + tools + row.recipe }));

testRules("checkMuslSymbols()", prepare(binding), { base: "musl" });

const images = findTestImages();
describe.skipIf(images === null)(images === null ? withoutImages : "with the loader of", () => {
  const image = (version: string): string =>
    images === null ? "" : testImage(`alpine-minirootfs-${version}-x86_64.tar.gz`);
  testRules("alpine 3.20.3", prepare(newer, alpine), {
    base: "musl",
    env: { IMAGE: image("3.20.3") },
  });
  testRules("alpine 3.18.9", prepare(older, alpine), {
    base: "musl",
    env: { IMAGE: image("3.18.9") },
  });
});

describe("compareMuslVersions()", () => {
  it.each([
    ["1.2.4", "1.2.5", -1],
    ["1.2.10", "1.2.5", 1],
    ["1.2.5-git-3", "1.2.5", 0],
    ["1.1.24", "1.2.0", -1],
  ])("%s and %s", (a, b, sign) => {
    expect(Math.sign(compareMuslVersions(a, b))).toBe(sign);
  });
});
