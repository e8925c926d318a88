import { testRules, type RuleCase } from "./testdata/cases.ts";

/**
 * `f DIRECTORY NUMBER`: a library there whose function returns that number. `main FLAG...`: a program that needs it and
 * exits with it, so that the exit status says which file was loaded.
 */
const tools = `
f() { so "$1/libf.so" "int f(void) { return $2; }"; }
main() { f stub 99; exe app/main 'int f(void); int main(void) { return f(); }' -Lstub -l:libf.so "$@"; rm -r stub; }
rpath() { echo "-Wl,--disable-new-dtags,-rpath,$1"; }
runpath() { echo "-Wl,--enable-new-dtags,-rpath,$1"; }
# through NUMBER FLAG...: /mid/libg.so, which needs libf.so; main needs libg.so.
through() { f stub "$1"; shift; so mid/libg.so 'int f(void); int g(void) { return f(); }' -Lstub -l:libf.so "$@"; rm -r stub; }
maing() { exe app/main 'int g(void); int main(void) { return g(); }' -Lmid -l:libg.so "$@"; }
cache() { mkdir -p etc; printf '%s\\n' "$@" > etc/ld.so.conf; /sbin/ldconfig -r "$ROOT"; }
`;
const missing = (soname = "libf.so") => ({ subject: { code: "library-missing", soname } });
const notFound = /libf\.so: cannot open shared object file: No such file or directory/;
const at = (path: string, because: string) => ({ "libf.so": `${path}/libf.so ${because}` });
const inPath = (libraryPath: string) => ({ libraryPath });

const order: readonly RuleCase[] = [
  {
    rule: "search: nowhere",
    recipe: `main`,
    finds: [missing()],
    real: notFound,
  },
  {
    rule: "search: DT_RPATH comes before LD_LIBRARY_PATH",
    recipe: `main $(rpath /r); f r 1; f l 2`,
    environment: inPath("/l"),
    finds: [],
    loads: at("/r", "rpath"),
    real: 1,
  },
  {
    rule: "search: LD_LIBRARY_PATH comes before DT_RUNPATH",
    recipe: `main $(runpath /r); f r 1; f l 2`,
    environment: inPath("/l"),
    finds: [],
    loads: at("/l", "LD_LIBRARY_PATH"),
    real: 2,
  },
  {
    rule: "search: DT_RUNPATH comes before the cache",
    recipe: `main $(runpath /r); f r 1; f c 4; cache /c`,
    finds: [],
    loads: at("/r", "runpath"),
    real: 1,
  },
  {
    rule: "search: the cache comes before the built-in directories",
    recipe: `main; f c 4; f lib 5; cache /c`,
    finds: [],
    loads: at("/c", "ld.so.cache"),
    real: 4,
  },
  {
    rule: "search: a cache entry that is not there any more is passed over",
    recipe: `main; f c 4; cache /c; rm -r c; f usr/lib 5`,
    finds: [],
    loads: at("/usr/lib", "default"),
    real: 5,
  },
  {
    rule: "search: ld.so.conf alone has no effect",
    recipe: `main; f c 4; echo /c > etc/ld.so.conf`,
    finds: [missing()],
    real: notFound,
  },
  {
    rule: "search: the built-in directories, in their order",
    recipe: `main; f lib 1; f usr/lib 2; f usr/lib/x86_64-linux-gnu 3`,
    finds: [],
    loads: at("/usr/lib/x86_64-linux-gnu", "default"),
    real: 3,
  },
  {
    rule: "search: /usr/local/lib is not built in",
    recipe: `main; f usr/local/lib 1`,
    finds: [missing()],
    real: notFound,
  },
  {
    rule: "DT_RPATH is inherited by what the object needs",
    recipe: `through 7; maing $(rpath /mid:/r); f r 7`,
    finds: [],
    loads: at("/r", "rpath"),
    real: 7,
  },
  {
    rule: "DT_RUNPATH is not inherited",
    recipe: `through 7; maing $(runpath /mid:/r); f r 7`,
    finds: [missing()],
    real: notFound,
  },
  {
    rule: "an object's DT_RUNPATH shuts out the DT_RPATH of those that need it",
    recipe: `through 7 $(runpath /none); maing $(rpath /mid:/r); f r 7`,
    finds: [missing()],
    real: notFound,
  },
  {
    rule: "an object's own DT_RPATH comes before that of the program",
    recipe: `through 7 $(rpath /own); maing $(rpath /mid:/r); f own 6; f r 7`,
    finds: [],
    loads: at("/own", "rpath"),
    real: 6,
  },
  {
    rule: "DT_RPATH is ignored where there is a DT_RUNPATH",
    // The string of DT_SONAME (14) becomes that of a DT_RUNPATH (29).
    recipe: `main $(rpath /r) -Wl,-soname,/u; retag app/main SONAME '\\035'; f r 1; f u 2; f l 3`,
    environment: inPath("/l"),
    finds: [],
    loads: at("/l", "LD_LIBRARY_PATH"),
    real: 3,
  },
  {
    rule: "a name with a slash is a path, without a search",
    recipe: `main $(rpath /r); f r 1; f p 2; patchelf --replace-needed libf.so /p/libf.so app/main`,
    finds: [],
    loads: { "/p/libf.so": "/p/libf.so path" },
    real: 2,
  },
  {
    rule: "a relative path starts at the working directory",
    recipe: `main; f w/p 2; patchelf --replace-needed libf.so p/libf.so app/main`,
    environment: { workingDirectory: "/w" },
    finds: [],
    real: 2,
  },
  {
    rule: "a path that is not there",
    recipe: `main; f lib 2; patchelf --replace-needed libf.so /p/libf.so app/main`,
    finds: [missing("/p/libf.so")],
    real: /\/p\/libf\.so: cannot open shared object file/,
  },
  {
    rule: "an empty part of LD_LIBRARY_PATH is the working directory",
    recipe: `main; f w 2`,
    environment: { libraryPath: "/none:", workingDirectory: "/w" },
    finds: [],
    loads: at("/w", "LD_LIBRARY_PATH"),
    real: 2,
  },
  {
    rule: "an empty part of DT_RUNPATH is the working directory",
    recipe: `main $(runpath /none:); f w 2`,
    environment: { workingDirectory: "/w" },
    finds: [],
    loads: at("/w", "runpath"),
    real: 2,
  },
  {
    rule: "an empty LD_LIBRARY_PATH is none",
    recipe: `main; f w 2`,
    environment: { libraryPath: "", workingDirectory: "/w" },
    finds: [missing()],
    real: notFound,
  },
  {
    rule: "LD_LIBRARY_PATH may be parted by semicolons",
    recipe: `main; f l 2`,
    environment: inPath("/none;/l"),
    finds: [],
    real: 2,
  },
  {
    rule: "NODEFLIB shuts out the built-in directories",
    recipe: `main -Wl,-z,nodefaultlib -Wl,-rpath,/lib/x86_64-linux-gnu; f lib 5`,
    finds: [missing()],
    real: notFound,
  },
  {
    rule: "NODEFLIB shuts out what the cache has of the built-in directories",
    recipe: `main -Wl,-z,nodefaultlib -Wl,-rpath,/lib/x86_64-linux-gnu; f usr/lib 5; cache /c`,
    finds: [missing()],
    real: notFound,
  },
  {
    rule: "NODEFLIB does not shut out what the cache has of other directories",
    recipe: `main -Wl,-z,nodefaultlib -Wl,-rpath,/lib/x86_64-linux-gnu; f c 4; cache /c`,
    finds: [],
    loads: at("/c", "ld.so.cache"),
    real: 4,
  },
];

const v2 = { cpuLevel: "x86-64-v2" } as const;

const subdirectories: readonly RuleCase[] = [
  {
    rule: "glibc-hwcaps: a directory of the processor's level comes first",
    recipe: `main $(runpath /r); f r 1; f r/glibc-hwcaps/x86-64-v2 2`,
    environment: v2,
    finds: [],
    loads: at("/r/glibc-hwcaps/x86-64-v2", "runpath"),
    real: 2,
  },
  {
    rule: "glibc-hwcaps: the cache has the directory of the processor's level first",
    recipe: `main; f c 1; f c/glibc-hwcaps/x86-64-v2 2; cache /c`,
    environment: v2,
    finds: [],
    loads: at("/c/glibc-hwcaps/x86-64-v2", "ld.so.cache"),
    real: 2,
  },
  {
    rule: "glibc-hwcaps: a level that no processor has is not looked at",
    recipe: `main $(runpath /r); f r 1; f r/glibc-hwcaps/x86-64-v9 2`,
    environment: v2,
    finds: [],
    real: 1,
  },
  {
    rule: "before 2.37: tls comes before the directory",
    recipe: `main $(runpath /r); f r 1; f r/tls 2`,
    finds: [],
    loads: at("/r/tls", "runpath"),
    real: 2,
  },
  {
    rule: "before 2.37: the platform's directory comes before the directory, after tls",
    recipe: `main $(runpath /r); f r 1; f r/x86_64 2; f r/x86_64/x86_64 3`,
    finds: [],
    loads: at("/r/x86_64/x86_64", "runpath"),
    real: 3,
  },
];

const tokens: readonly RuleCase[] = [
  {
    rule: "tokens: $ORIGIN of a program is the directory of its real path",
    recipe: `main $(runpath '$ORIGIN/own'); mkdir bin; mv app/main bin/main; ln -s ../bin/main app/main; f bin/own 1; f app/own 2`,
    finds: [],
    loads: at("/bin/own", "runpath"),
    real: 1,
  },
  {
    rule: "tokens: $ORIGIN of a library is the directory where it was found, links not followed",
    recipe: `through 7 $(runpath '\${ORIGIN}/own'); maing $(runpath /a); mkdir a; mv mid/libg.so app/; ln -s ../app/libg.so a/libg.so; f a/own 1; f app/own 2`,
    finds: [],
    loads: at("/a/own", "runpath"),
    real: 1,
  },
  {
    rule: "tokens: $LIB is the multiarch directory on Debian",
    recipe: `main $(runpath '/opt/$LIB'); f opt/lib/x86_64-linux-gnu 1`,
    finds: [],
    real: 1,
  },
  {
    rule: "tokens: $PLATFORM is what the kernel says",
    recipe: `main $(runpath '/opt/\${PLATFORM}'); f opt/x86_64 1`,
    finds: [],
    real: 1,
  },
  {
    rule: "tokens: a token goes as far as letters, digits and underscores do",
    recipe: `main $(runpath '/opt/$LIBX'); f 'opt/$LIBX' 1; f opt/lib/x86_64-linux-gnuX 2`,
    finds: [],
    real: 1,
  },
  {
    rule: "tokens: one that glibc does not know stays as it is",
    recipe: `main $(runpath '/opt/$OS'); f 'opt/$OS' 1`,
    finds: [],
    real: 1,
  },
  {
    rule: "tokens: DT_NEEDED may have one",
    recipe: `main; f app/own 1; patchelf --replace-needed libf.so '$ORIGIN/own/libf.so' app/main`,
    finds: [],
    loads: { "$ORIGIN/own/libf.so": "/app/own/libf.so path" },
    real: 1,
  },
  {
    rule: "tokens: LD_LIBRARY_PATH may have one, of the program",
    recipe: `main; f app/own 1`,
    environment: inPath("$ORIGIN/own"),
    finds: [],
    real: 1,
  },
];

const foreign = (reason: string) => ({
  subject: { code: "library-unusable", soname: "libf.so", path: "/r/libf.so", reason },
});

const unusable: readonly RuleCase[] = [
  {
    rule: "a library of another class is passed over",
    recipe: `main $(runpath /r:/s); f s 2; mkdir r; echo 'int f;' | gcc -m32 -x c - -shared -nostdlib -o r/libf.so`,
    finds: [],
    loads: at("/s", "runpath"),
    real: 2,
  },
  {
    rule: "a library of another machine is passed over",
    recipe: `main $(runpath /r:/s); f s 2; f r 1; poke r/libf.so 18 '\\267'`,
    finds: [],
    loads: at("/s", "runpath"),
    real: 2,
  },
  {
    rule: "a library of another class alone is what is wrong",
    recipe: `main $(runpath /r); mkdir r; echo 'int f;' | gcc -m32 -x c - -shared -nostdlib -o r/libf.so`,
    finds: [foreign("other-machine")],
    real: /libf\.so: wrong ELF class: ELFCLASS32/,
  },
  {
    rule: "a text ends the search",
    recipe: `main $(runpath /r:/s); f s 2; printf '/* GNU ld script, longer than any ELF header has to be */ INPUT(libf.so.1)' | file r/libf.so 644`,
    finds: [foreign("not-elf")],
    real: /\/r\/libf\.so: invalid ELF header/,
  },
  {
    rule: "a file that is too short ends the search",
    recipe: `main $(runpath /r:/s); f s 2; echo short | file r/libf.so 644`,
    finds: [foreign("too-short")],
    real: /\/r\/libf\.so: file too short/,
  },
  {
    rule: "the beginning of an ELF file ends the search",
    recipe: `main $(runpath /r:/s); f s 2; mkdir r; head -c 40 s/libf.so > r/libf.so`,
    finds: [foreign("too-short")],
    real: /\/r\/libf\.so: file too short/,
  },
  {
    rule: "a directory ends the search",
    recipe: `main $(runpath /r:/s); f s 2; mkdir -p r/libf.so`,
    finds: [foreign("not-elf")],
    real: /\/r\/libf\.so: cannot read file data/,
  },
  {
    rule: "OSABI of another system ends the search",
    recipe: `main $(runpath /r:/s); f s 2; f r 1; poke r/libf.so 7 '\\011'`,
    finds: [foreign("other-osabi")],
    real: /\/r\/libf\.so: ELF file OS ABI invalid/,
  },
  {
    rule: "OSABI GNU is taken",
    recipe: `main $(runpath /r); f r 1; poke r/libf.so 7 '\\003'`,
    finds: [],
    real: 1,
  },
  {
    rule: "a program at a fixed address is no library",
    recipe: `main $(runpath /r:/s); f s 2; exe r/libf.so 'int main(void) { return 0; }' -no-pie`,
    finds: [foreign("executable")],
    real: /cannot dynamically load executable/,
  },
  {
    rule: "a position-independent program is no library",
    recipe: `main $(runpath /r:/s); f s 2; exe r/libf.so 'int main(void) { return 0; }' -pie`,
    finds: [foreign("executable")],
    real: /cannot dynamically load position-independent executable/,
  },
  {
    rule: "a link to nothing is passed over",
    recipe: `main $(runpath /r:/s); f s 2; mkdir r; ln -s none r/libf.so`,
    finds: [],
    real: 2,
  },
  {
    rule: "a link that loops ends its list of directories, not the search",
    recipe: `main $(runpath /r:/s); f s 2; f lib 5; mkdir r; ln -s libf.so r/libf.so`,
    finds: [],
    loads: at("/lib", "default"),
    real: 5,
  },
  {
    rule: "a library under its full name only: the link by its soname is missing",
    recipe: `main $(runpath /r); so r/libf.so.1.2 'int f(void) { return 1; }' -Wl,-soname,libf.so`,
    finds: [{ subject: { code: "soname-link-missing", presentAs: "/r/libf.so.1.2" } }],
    real: notFound,
  },
];

const once: readonly RuleCase[] = [
  {
    rule: "what is loaded is found by its soname, without a search",
    recipe: `through 7 -Wl,-rpath,/none; f p 1; so p/other.so 'int f(void) { return 4; }' -Wl,-soname,libf.so; maing -Wl,-rpath,/mid; patchelf --add-needed /p/other.so app/main`,
    finds: [],
    loads: { "libf.so": "/p/other.so path" },
    real: 4,
  },
  {
    rule: "two names of one file are one library",
    recipe: `main -Wl,-rpath,/r; f r 1; ln -s libf.so r/libh.so; patchelf --add-needed libh.so app/main`,
    finds: [],
    loads: { "libf.so": "/r/libh.so runpath", "libh.so": "/r/libh.so runpath" },
    real: 1,
  },
  {
    rule: "the loader is found by its name wherever it stands",
    recipe: `mkdir opt; mv lib/x86_64-linux-gnu/* opt/; rm lib64/*; main -Wl,-rpath,/opt; mkdir opt/only; mv opt/ld-linux-x86-64.so.2 opt/only/
      patchelf --set-interpreter /opt/only/ld-linux-x86-64.so.2 app/main; f opt 1`,
    finds: [],
    loads: { "ld-linux-x86-64.so.2": "/opt/only/ld-linux-x86-64.so.2 self" },
    real: 1,
  },
  {
    rule: "one missing library is named once, and what follows from it is not",
    recipe: `through 7 -Wl,-rpath,/none; maing -Wl,-rpath,/mid; patchelf --add-needed libf.so app/main`,
    finds: [missing()],
    real: notFound,
  },
];

const prepare = (rows: readonly RuleCase[]): readonly RuleCase[] =>
  rows.map((row) => ({ ...row, recipe: tools + row.recipe }));

testRules("GlibcSearch: order", prepare(order), { base: "glibc" });
testRules("GlibcSearch: subdirectories", prepare(subdirectories), { base: "glibc" });
testRules("GlibcSearch: tokens", prepare(tokens), { base: "glibc" });
testRules("GlibcSearch: files that are no library", prepare(unusable), { base: "glibc" });
testRules("GlibcSearch: each library once", prepare(once), { base: "glibc" });
