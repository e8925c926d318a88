import { testRules, type RuleCase } from "./testdata/cases.ts";

/**
 * `lib NAME CODE FLAG...`: /r/NAME. `main CODE NAME...`: a program that needs these. `versions FILE SCRIPT`: a version
 * script. A `stub/` holds what a program is linked against when the real library is another one.
 */
const tools = `
lib() { _name=$1; shift; so "r/$_name" "$@"; }
stub() { _name=$1; shift; so "stub/$_name" "$@"; }
main() { _code=$1; shift; exe app/main "$_code" -Wl,-rpath,/r -Lstub -Lr "$@"; rm -rf stub; }
script() { echo "$1" > app/map; echo "-Wl,--version-script,app/map"; }
`;
const one = "int f(void) { return 1; }";
const callF = "int f(void); int main(void) { return f(); }";
/** Only calls f when it is given an argument, so that a lazy binding is never made. */
const mayCallF = "int f(void); int main(int n, char **v) { return n > 1 ? f() : 9; }";
const v1 = "V1 { global: f; local: *; };";
const versioned = (name: string): string =>
  `lib libf.so '${one}' $(script '${name} { global: f; };')`;

const missing = (phase: "load" | "use", ...symbols: string[]) => ({
  severity: "blocks",
  phase,
  subject: { code: "symbol-missing", symbols, count: symbols.length, libc: "glibc" },
});
const lost = /symbol lookup error: .*undefined symbol: f/;

const binding: readonly RuleCase[] = [
  {
    rule: "JUMP_SLOT is bound at the call: it starts",
    recipe: `stub libf.so '${one}'; lib libf.so 'int g;'; main '${mayCallF}' -l:libf.so -Wl,-z,lazy`,
    finds: [missing("use", "f")],
    real: 9,
  },
  {
    rule: "JUMP_SLOT is bound at the call: it stops there",
    recipe: `stub libf.so '${one}'; lib libf.so 'int g;'; main '${callF}' -l:libf.so -Wl,-z,lazy; cp app/main app/keep`,
    finds: [missing("use", "f")],
    real: 127,
  },
  {
    rule: "GLOB_DAT is bound at start",
    recipe: `stub libf.so '${one}'; lib libf.so 'int g;'; main '${mayCallF}' -l:libf.so -fno-plt`,
    finds: [missing("load", "f")],
    real: lost,
  },
  {
    rule: "an address in data is bound at start",
    recipe: `stub libf.so '${one}'; lib libf.so 'int g;'; main 'int f(void); int (*p)(void) = f; int main(int n, char **v) { return n > 1 ? p() : 9; }' -l:libf.so`,
    finds: [missing("load", "f")],
    real: lost,
  },
  {
    rule: "BIND_NOW of the object binds all at start",
    recipe: `stub libf.so '${one}'; lib libf.so 'int g;'; main '${mayCallF}' -l:libf.so -Wl,-z,now`,
    finds: [missing("load", "f")],
    real: lost,
  },
  {
    rule: "BIND_NOW is each object's own",
    recipe: `stub libf.so '${one}'; lib libg.so 'int f(void); int g(int n) { return n > 1 ? f() : 9; }' -Wl,-z,lazy,-rpath,/r -Lstub -l:libf.so; lib libf.so ''
      main 'int g(int); int main(int n, char **v) { return g(n); }' -l:libg.so -Wl,-z,now`,
    finds: [missing("use", "f")],
    real: 9,
  },
  {
    rule: "LD_BIND_NOW binds all at start",
    recipe: `stub libf.so '${one}'; lib libf.so 'int g;'; main '${mayCallF}' -l:libf.so -Wl,-z,lazy`,
    environment: { bindNow: true },
    finds: [missing("load", "f")],
    real: lost,
  },
  {
    rule: "a weak reference to nothing is zero",
    recipe: `stub libf.so '${one}'; lib libf.so 'int g;'; main '__attribute__((weak)) int f(void); int main(void) { return f ? 1 : 8; }' -l:libf.so -fno-plt -Wl,-z,now`,
    finds: [],
    real: 8,
  },
  {
    rule: "a copy relocation is not served by the program's own copy",
    recipe: `stub libf.so 'int x = 5;'; lib libf.so 'int y;'; main 'extern int x; int main(void) { return x; }' -l:libf.so -no-pie`,
    finds: [missing("load", "x")],
    real: /undefined symbol: x/,
  },
  {
    rule: "a copy relocation is served by a library",
    recipe: `lib libf.so 'int x = 5;'; main 'extern int x; int main(void) { return x; }' -l:libf.so -no-pie`,
    finds: [],
    real: 5,
  },
  {
    rule: "the address of a program's PLT entry serves data of others",
    recipe: `lib libf.so '${one}'; lib libg.so 'int f(void); int (*p)(void) = f; int g(void) { return p(); }'
      main 'int f(void); int g(void); int (*volatile q)(void) = f; int main(void) { return g() + (q == 0); }' -l:libf.so -l:libg.so -no-pie -fno-pic`,
    finds: [],
    real: 1,
  },
  {
    rule: "a missing TLS symbol is bound at start",
    recipe: `stub libf.so '__thread int x;'; lib libf.so 'int y;'; main 'extern __thread int x; int main(void) { return x; }' -l:libf.so`,
    finds: [missing("load", "x")],
    real: /undefined symbol: x/,
  },
  {
    rule: "a TLS symbol is found",
    recipe: `lib libf.so '__thread int x = 4;'; main 'extern __thread int x; int main(void) { return x; }' -l:libf.so`,
    finds: [],
    real: 4,
  },
  {
    rule: "STB_GNU_UNIQUE is a definition",
    recipe: `lib libf.so '__asm__(".globl x; .type x, @gnu_unique_object; .data; x: .long 6; .size x, 4; .text");'
      main 'extern int x; int main(void) { return x; }' -l:libf.so`,
    finds: [],
    real: 6,
  },
  {
    rule: "IFUNC is a definition",
    recipe: `lib libf.so 'static int one(void) { return 7; } static void *pick(void) { return one; } int f(void) __attribute__((ifunc("pick")));'; main '${callF}' -l:libf.so`,
    finds: [],
    real: 7,
  },
  {
    rule: "the first object in load order serves, whoever was meant",
    recipe: `lib libf.so 'int g;'; lib libh.so 'int f(void) { return 3; }'; stub libf.so '${one}'; main '${callF}' -l:libf.so -l:libh.so`,
    finds: [],
    real: 3,
  },
  {
    rule: "what a missing library has is not counted as missing symbols",
    recipe: `stub libf.so '${one}'; main '${callF}' -l:libf.so -Wl,-z,now`,
    finds: [{ subject: { code: "library-missing", soname: "libf.so" } }],
    real: /libf\.so: cannot open shared object file/,
  },
];

const noVersion = (version: string, library = "libf.so") => ({
  severity: "blocks",
  phase: "load",
  subject: { code: "version-missing", version, library },
});

const versions: readonly RuleCase[] = [
  {
    rule: "a version is found in the library that it is asked of",
    recipe: `${versioned("V1")}; main '${callF}' -l:libf.so`,
    finds: [],
    real: 1,
  },
  {
    rule: "a missing version stops the start",
    recipe: `stub libf.so '${one}' $(script '${v1}'); ${versioned("V2")}; main '${mayCallF}' -l:libf.so`,
    finds: [
      { ...noVersion("V1"), subject: { code: "version-missing", version: "V1", newest: "V2" } },
    ],
    real: /libf\.so: version `V1' not found \(required by \/app\/main\)/,
  },
  {
    rule: "a missing version stops the start even when a symbol of it is there without",
    recipe: `stub libf.so '${one} int g(void) { return 2; }' $(script 'V1 { f; }; V2 { g; };'); lib libf.so '${one} int g(void) { return 2; }' $(script 'V1 { f; g; };')
      main 'int f(void); int g(void); int main(void) { return f() + g(); }' -l:libf.so`,
    finds: [noVersion("V2")],
    real: /version `V2' not found/,
  },
  {
    rule: "a missing version that is weak is a warning",
    recipe: `stub libf.so '${one} int g(void) { return 2; }' $(script 'V1 { f; }; V2 { g; };'); lib libf.so '${one}' $(script '${v1}')
      main 'int f(void); __attribute__((weak)) int g(void); int main(void) { return g ? g() : f(); }' -l:libf.so
      # VER_FLG_WEAK in the entry of V2, as the linker sets it where all that asks for it is weak.
      _at=$(( $(readelf -SW app/main | sed 's/\\[ */[/' | awk '$2 == ".gnu.version_r" { print "0x" $5 }') )); for n in 0 1 2 3 4; do
        _e=$((_at + 16 + 16 * n)); _v=$(readelf -VW app/main | awk '/Name: V2/ { print $1 }' | tr -d :)
        [ $((16 * (n + 1))) = $((_v)) ] && poke app/main $((_e + 4)) '\\002' || true; done`,
    finds: [],
    real: 1,
  },
  {
    rule: "a version that is defined may be without the symbol: it stops at the symbol",
    recipe: `stub libf.so '${one}' $(script '${v1}'); lib libf.so 'int g;' $(script 'V1 { g; };'); main '${mayCallF}' -l:libf.so -fno-plt`,
    finds: [missing("load", "f")],
    real: /undefined symbol: f, version V1/,
  },
  {
    rule: "a version matches in any library that comes before",
    recipe: `${versioned("V1")}; main '${callF}' -l:libf.so; lib libh.so 'int f(void) { return 2; }' $(script '${v1}'); patchelf --add-needed libh.so app/main`,
    finds: [],
    real: 2,
  },
  {
    rule: "another version of the symbol does not match",
    recipe: `${versioned("V1")}; main '${callF}' -l:libf.so; lib libh.so 'int f(void) { return 2; }' $(script 'V2 { f; };'); patchelf --add-needed libh.so app/main`,
    finds: [],
    real: 1,
  },
  {
    rule: "a hidden version matches who asks for it",
    recipe: `${versioned("V1")}; main '${callF}' -l:libf.so; lib libf.so '__asm__(".symver old, f@V1"); int old(void) { return 4; }' $(script 'V1 { f; }; V2 { };')`,
    finds: [],
    real: 4,
  },
  {
    rule: "an unversioned reference takes the only version that is not hidden",
    recipe: `stub libf.so '${one}'; ${versioned("V1")}; main '${callF}' -l:libf.so`,
    finds: [],
    real: 1,
  },
  {
    rule: "an unversioned reference takes the oldest version, hidden or not",
    recipe: `stub libf.so '${one}'; main '${callF}' -l:libf.so
      lib libf.so '__asm__(".symver old, f@V1"); __asm__(".symver new, f@@V2"); int old(void) { return 4; } int new(void) { return 5; }' $(script 'V1 { f; }; V2 { };')`,
    finds: [],
    real: 4,
  },
  {
    rule: "an unversioned reference does not see a hidden version that is not the oldest",
    recipe: `stub libf.so '${one}'; main '${mayCallF}' -l:libf.so -fno-plt
      lib libf.so 'int g; __asm__(".symver old, f@V2"); int old(void) { return 4; }' $(script 'V1 { g; }; V2 { f; }; V3 { };')`,
    finds: [missing("load", "f")],
    real: lost,
  },
  {
    rule: "a versioned reference takes a definition without version in another library",
    recipe: `${versioned("V1")}; main '${callF}' -l:libf.so; lib libh.so 'int f(void) { return 2; }'; patchelf --add-needed libh.so app/main`,
    finds: [],
    real: 2,
  },
  {
    rule: "a library without version definitions is a warning, and is asserted against when it has no versions at all (2.30 to 2.40)",
    recipe: `stub libf.so '${one}' $(script '${v1}'); main '${mayCallF}' -l:libf.so -fno-plt; lib libf.so '${one}' -nostdlib`,
    finds: [missing("load", "f")],
    real: /no version information available.*\n.*Assertion/,
  },
  {
    rule: "a library with version needs and no definitions is only a warning",
    recipe: `stub libf.so '${one}' $(script '${v1}'); main '${callF}' -l:libf.so; lib libf.so 'int puts(const char *); int f(void) { return puts("") < 0 ? 0 : 6; }'`,
    finds: [],
    real: 6,
  },
];

const others: readonly RuleCase[] = [
  {
    rule: "DT_RELR is applied where the version GLIBC_ABI_DT_RELR is asked for (2.36)",
    recipe: `main 'int x, *p = &x; int main(void) { return p == &x ? 3 : 4; }' -Wl,-z,pack-relative-relocs -pie`,
    finds: [],
    real: 3,
  },
  {
    rule: "DT_RELR without the version GLIBC_ABI_DT_RELR is refused (2.36)",
    recipe: `main 'int x, *p = &x; int main(void) { return p == &x ? 3 : 4; }' -Wl,-z,pack-relative-relocs -pie
      # The name of the version becomes one that every libc has, with its hash.
      perl -0777 -pi -e 's/GLIBC_ABI_DT_RELR\\0/GLIBC_2.2.5\\0ABI__\\0/; my $h=0; for (unpack("C*","GLIBC_2.2.5")) { $h=(($h<<4)+$_); my $g=$h&0xf0000000; $h^=$g>>24; $h&=~$g&0xffffffff; } my $o=pack("V",0xfd0e42); my $n=pack("V",$h); s/\\Q$o\\E/$n/' app/main`,
    finds: [{ subject: { code: "relocation-unsupported" } }],
    real: /DT_RELR without GLIBC_ABI_DT_RELR dependency/,
  },
  {
    rule: "a stack that must be executable does not stop the start",
    recipe: `lib libf.so '${one}' -Wl,-z,execstack; main '${callF}' -l:libf.so`,
    finds: [],
    real: 1,
  },
  {
    rule: "a library for a higher processor level is refused (ISA level)",
    recipe: `lib libf.so '${one}' -Wl,-z,x86-64-v4; main '${callF}' -l:libf.so`,
    environment: { cpuLevel: "x86-64-v4" },
    finds: [],
    real: 1,
  },
];

const prepare = (rows: readonly RuleCase[]): readonly RuleCase[] =>
  rows.map((row) => ({ ...row, recipe: tools + row.recipe }));

testRules("checkGlibcSymbols(): binding", prepare(binding), { base: "glibc" });
testRules("checkGlibcVersions()", prepare(versions), { base: "glibc" });
testRules("linkGlibc()", prepare(others), { base: "glibc" });
