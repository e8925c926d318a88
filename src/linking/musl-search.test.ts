import { testRules, type RuleCase } from "./testdata/cases.ts";

/** As for glibc's search: `f DIRECTORY NUMBER` makes a library, `main` a program that exits with the number it gives. */
const tools = `
f() { so "$1/libf.so" "int f(void) { return $2; }"; }
main() { f stub 99; exe app/main 'int f(void); int main(void) { return f(); }' -Lstub -l:libf.so "$@"; rm -r stub; }
rpath() { echo "-Wl,--disable-new-dtags,-rpath,$1"; }
runpath() { echo "-Wl,--enable-new-dtags,-rpath,$1"; }
through() { f stub "$1"; shift; so mid/libg.so 'int f(void); int g(void) { return f(); }' -Lstub -l:libf.so "$@"; rm -r stub; }
maing() { exe app/main 'int g(void); int main(void) { return g(); }' -Lmid -l:libg.so "$@"; }
pathfile() { mkdir -p etc; printf "$1" > etc/ld-musl-x86_64.path; }
`;
const missing = (soname = "libf.so") => ({ subject: { code: "library-missing", soname } });
const notFound = /Error loading shared library libf\.so: No such file or directory/;
const at = (path: string, because: string) => ({ "libf.so": `${path}/libf.so ${because}` });
const inPath = (libraryPath: string) => ({ libraryPath });

const order: readonly RuleCase[] = [
  {
    rule: "search: nowhere; what a missing library has is not counted as missing symbols",
    recipe: `main`,
    finds: [missing()],
    real: notFound,
  },
  {
    rule: "search: LD_LIBRARY_PATH comes before DT_RPATH",
    recipe: `main $(rpath /r); f r 1; f l 2`,
    environment: inPath("/l"),
    finds: [],
    loads: at("/l", "LD_LIBRARY_PATH"),
    real: 2,
  },
  {
    rule: "search: DT_RPATH comes before the built-in directories",
    recipe: `main $(rpath /r); f r 1; f lib 2`,
    finds: [],
    loads: at("/r", "rpath"),
    real: 1,
  },
  {
    rule: "search: DT_RUNPATH comes before the built-in directories",
    recipe: `main $(runpath /r); f r 1; f lib 2`,
    finds: [],
    loads: at("/r", "runpath"),
    real: 1,
  },
  {
    rule: "search: DT_RUNPATH wins where there is a DT_RPATH",
    // The string of DT_SONAME (14) becomes that of a DT_RUNPATH (29).
    recipe: `main $(rpath /r) -Wl,-soname,/u; retag app/main SONAME '\\035'; f r 1; f u 2`,
    finds: [],
    loads: at("/u", "runpath"),
    real: 2,
  },
  {
    rule: "search: DT_RUNPATH is inherited by what the object needs",
    recipe: `through 7; maing $(runpath /mid:/r); f r 7`,
    finds: [],
    loads: at("/r", "runpath"),
    real: 7,
  },
  {
    rule: "search: the object's own path comes before those that need it",
    recipe: `through 7 $(runpath /own); maing $(runpath /mid:/r); f own 6; f r 7`,
    finds: [],
    loads: at("/own", "runpath"),
    real: 6,
  },
  {
    rule: "search: the built-in directories, in their order",
    recipe: `main; f usr/lib 1; f usr/local/lib 2`,
    finds: [],
    loads: at("/usr/local/lib", "default"),
    real: 2,
  },
  {
    rule: "search: no multiarch directory and no cache",
    recipe: `main; f lib/x86_64-linux-gnu 1; f usr/lib/x86_64-linux-gnu 1; mkdir -p etc; f c 3; echo /c > etc/ld.so.conf; /sbin/ldconfig -r "$ROOT"`,
    finds: [missing()],
    real: notFound,
  },
  {
    rule: "search: no glibc-hwcaps",
    recipe: `main $(runpath /r); f r 1; f r/glibc-hwcaps/x86-64-v2 2`,
    environment: { cpuLevel: "x86-64-v2" },
    finds: [],
    real: 1,
  },
  {
    rule: "search: an empty part of a path is none",
    recipe: `main $(runpath :/none:); f w 2`,
    environment: { libraryPath: ":", workingDirectory: "/w" },
    finds: [missing()],
    real: notFound,
  },
  {
    rule: "search: a line end parts LD_LIBRARY_PATH, a semicolon does not",
    recipe: `main; f l 2; f m 3`,
    environment: inPath("/none;/m\n/l"),
    finds: [],
    loads: at("/l", "LD_LIBRARY_PATH"),
    real: 2,
  },
  {
    rule: "search: NODEFLIB is not known",
    recipe: `main -Wl,-z,nodefaultlib; f lib 5`,
    finds: [],
    real: 5,
  },
  {
    rule: "a name with a slash is a path, without a search",
    recipe: `main; f lib 1; f p 2; patchelf --replace-needed libf.so /p/libf.so app/main`,
    finds: [],
    loads: { "/p/libf.so": "/p/libf.so path" },
    real: 2,
  },
  {
    rule: "a path in DT_NEEDED has no tokens",
    recipe: `main; f app 2; patchelf --replace-needed libf.so '$ORIGIN/libf.so' app/main`,
    finds: [missing("$ORIGIN/libf.so")],
    real: /Error loading shared library \$ORIGIN\/libf\.so: No such file/,
  },
  {
    rule: "a name of more than 255 bytes is not looked for",
    recipe: `main; patchelf --replace-needed libf.so ${"x".repeat(256)} app/main`,
    finds: [missing("x".repeat(256))],
    real: /Error loading shared library xxx/,
  },
];

const pathFile: readonly RuleCase[] = [
  {
    rule: "path file: it replaces the built-in directories, parted by colons or line ends",
    recipe: `main; f lib 1; f c 2; pathfile '/none:/d\\n/c\\n'`,
    finds: [],
    loads: at("/c", "musl-path-file"),
    real: 2,
  },
  {
    rule: "path file: what it does not name is not searched",
    recipe: `main; f lib 1; pathfile '/none\\n'`,
    finds: [missing()],
    real: notFound,
  },
  {
    rule: "path file: an empty one leaves nothing",
    recipe: `main; f lib 1; pathfile ''`,
    finds: [missing()],
    // The words are those of whatever failed before: errno is not set.
    real: /Error loading shared library libf\.so/,
  },
  {
    rule: "path file: a directory in its place leaves nothing",
    recipe: `main; f lib 1; mkdir -p etc/ld-musl-x86_64.path`,
    finds: [missing()],
    // The words are those of whatever failed before: errno is not set.
    real: /Error loading shared library libf\.so/,
  },
  {
    rule: "path file: it stands beside the directory of PT_INTERP as written",
    recipe: `main; f lib 1; f c 2; mkdir -p opt; ln -s /lib opt/lib; patchelf --set-interpreter /opt/lib/ld-musl-x86_64.so.1 app/main; pathfile '/c'`,
    finds: [],
    loads: at("/lib", "default"),
    real: 1,
  },
  {
    rule: "path file: one beside that directory counts",
    recipe: `main; f lib 1; f c 2; mkdir -p opt/etc; ln -s /lib opt/lib; patchelf --set-interpreter /opt/lib/ld-musl-x86_64.so.1 app/main; echo /c > opt/etc/ld-musl-x86_64.path`,
    finds: [],
    loads: at("/c", "musl-path-file"),
    real: 2,
  },
  {
    rule: "path file: one whose text was not read proves nothing",
    recipe: `main; f c 2; mkdir -p opt/etc; ln -s /lib opt/lib; patchelf --set-interpreter /opt/lib/ld-musl-x86_64.so.1 app/main; yes /none | head -c 1100000 > opt/etc/ld-musl-x86_64.path`,
    finds: [{ subject: { code: "not-read", path: "/opt/etc/ld-musl-x86_64.path" } }],
    real: notFound,
  },
];

const reserved = ["c", "pthread", "rt", "m", "dl", "util", "xnet"].map((name) => `lib${name}.so.9`);

const names: readonly RuleCase[] = [
  {
    rule: "reserved names are the loader itself, no file is opened",
    recipe: `main $(runpath /r); f r 1; for n in ${reserved.join(" ")}; do patchelf --add-needed $n app/main; echo x > r/$n; done`,
    finds: [],
    loads: {
      "libm.so.9": "/lib/ld-musl-x86_64.so.1 self",
      "libc.so": "/lib/ld-musl-x86_64.so.1 self",
    },
    real: 1,
  },
  {
    rule: "reserved names: libc.musl-x86_64.so.1 is one",
    recipe: `main $(runpath /r); f r 1; patchelf --replace-needed libc.so libc.musl-x86_64.so.1 app/main`,
    finds: [],
    real: 1,
  },
  {
    rule: "reserved names: libcrypt, libresolv, libnsl and ld-linux are none",
    recipe: `main $(runpath /r); f r 1; for n in libcrypt.so.1 libresolv.so.2 libnsl.so.1 ld-linux-x86-64.so.2; do patchelf --add-needed $n app/main; done`,
    finds: ["ld-linux-x86-64.so.2", "libnsl.so.1", "libresolv.so.2", "libcrypt.so.1"].map(missing),
    real: /libcrypt\.so\.1: No such file/,
  },
  {
    rule: "the interpreter's own name is the loader",
    recipe: `main $(runpath /r); f r 1; patchelf --add-needed /lib/ld-musl-x86_64.so.1 app/main`,
    finds: [],
    real: 1,
  },
  {
    rule: "another name of the loader's file is the loader",
    recipe: `main $(runpath /r); f r 1; ln -s ld-musl-x86_64.so.1 lib/ld-linux-x86-64.so.2; patchelf --add-needed ld-linux-x86-64.so.2 app/main`,
    finds: [],
    loads: { "ld-linux-x86-64.so.2": "/lib/ld-musl-x86_64.so.1 self" },
    real: 1,
  },
  {
    rule: "a libc under another name is swallowed: musl takes its place",
    recipe: `main $(runpath /r); f r 1; so p/other.so 'int stdin = 1; int __libc_start_main(void) { return 1; }' -nostdlib; patchelf --add-needed /p/other.so app/main`,
    finds: [],
    loads: { "/p/other.so": "/lib/ld-musl-x86_64.so.1 self" },
    real: 1,
  },
  {
    rule: "two names of one file are one library",
    recipe: `main $(runpath /r); f r 1; ln -s libf.so r/libh.so; patchelf --add-needed libh.so app/main`,
    finds: [],
    loads: { "libf.so": "/r/libh.so runpath", "libh.so": "/r/libh.so runpath" },
    real: 1,
  },
  {
    rule: "a soname is no name: only the file's own name counts",
    recipe: `through 7 $(runpath /none); so p/other.so 'int f(void) { return 4; }' -Wl,-soname,libf.so; maing $(runpath /mid); patchelf --add-needed /p/other.so app/main`,
    finds: [missing()],
    real: notFound,
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
    rule: "tokens: ${ORIGIN} of a library is where it was found, links not followed",
    recipe: `through 7 $(runpath '\${ORIGIN}/own'); maing $(runpath /a); mkdir a; mv mid/libg.so app/; ln -s ../app/libg.so a/libg.so; f a/own 1; f app/own 2`,
    finds: [],
    loads: at("/a/own", "runpath"),
    real: 1,
  },
  {
    rule: "tokens: any other makes the whole path ignored",
    recipe: `main $(runpath '/r:/opt/$LIB'); f r 1`,
    finds: [missing()],
    real: notFound,
  },
  {
    rule: "tokens: what follows ORIGIN does not count",
    recipe: `main $(runpath '$ORIGINAL'); f appAL 1`,
    finds: [],
    real: 1,
  },
  {
    rule: "tokens: LD_LIBRARY_PATH has none",
    recipe: `main; f app/own 1`,
    environment: inPath("$ORIGIN/own"),
    finds: [missing()],
    real: notFound,
  },
];

const foreign = (reason: string) => ({
  subject: { code: "library-unusable", soname: "libf.so", path: "/r/libf.so", reason },
});
const noExec = /Error loading shared library libf\.so: Exec format error/;

const unusable: readonly RuleCase[] = [
  {
    rule: "the first file counts: another class ends the search",
    recipe: `main $(runpath /r:/s); f s 2; mkdir r; echo 'int f;' | gcc -m32 -x c - -shared -nostdlib -o r/libf.so`,
    finds: [foreign("other-machine")],
    real: noExec,
  },
  {
    rule: "the first file counts: a text ends the search",
    recipe: `main $(runpath /r:/s); f s 2; printf '/* GNU ld script, longer than any ELF header has to be */ INPUT(libf.so.1)' | file r/libf.so 644`,
    finds: [foreign("not-elf")],
    real: noExec,
  },
  {
    rule: "the first file counts: a file that is too short ends the search",
    recipe: `main $(runpath /r:/s); f s 2; echo short | file r/libf.so 644`,
    finds: [foreign("too-short")],
    real: noExec,
  },
  {
    rule: "the first file counts: a directory ends the search",
    recipe: `main $(runpath /r:/s); f s 2; mkdir -p r/libf.so`,
    finds: [foreign("not-elf")],
    real: /Error loading shared library libf\.so: Is a directory/,
  },
  {
    rule: "a link to nothing is passed over",
    recipe: `main $(runpath /r:/s); f s 2; mkdir r; ln -s none r/libf.so`,
    finds: [],
    real: 2,
  },
  {
    rule: "a link that loops ends the search",
    recipe: `main $(runpath /r:/s); f s 2; f lib 3; mkdir r; ln -s libf.so r/libf.so`,
    finds: [missing()],
    real: /Error loading shared library libf\.so: (?:Symbolic link loop|Too many)/,
  },
  {
    rule: "OSABI of another system is not looked at",
    recipe: `main $(runpath /r); f r 1; poke r/libf.so 7 '\\011'`,
    finds: [],
    real: 1,
  },
  {
    rule: "a position-independent program is taken as a library",
    recipe: `main $(runpath /r); exe r/libf.so 'int f(void) { return 6; } int main(void) { return 0; }' -pie -rdynamic`,
    finds: [],
    real: 6,
  },
];

const prepare = (rows: readonly RuleCase[]): readonly RuleCase[] =>
  rows.map((row) => ({ ...row, recipe: tools + row.recipe }));

testRules("MuslSearch: order", prepare(order), { base: "musl" });
testRules("MuslSearch: path file", prepare(pathFile), { base: "musl" });
testRules("MuslSearch: names", prepare(names), { base: "musl" });
testRules("MuslSearch: tokens", prepare(tokens), { base: "musl" });
testRules("MuslSearch: files that are no library", prepare(unusable), { base: "musl" });
