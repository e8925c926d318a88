import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findTestImages, testImage, withoutImages } from "../../test/images.ts";
import { createLinker } from "./linker.ts";
import { testRules, type RuleCase } from "./testdata/cases.ts";
import { Lab, withoutCompiler } from "./testdata/lab.ts";

const tools = `
f() { so "$1/libf.so" "int f(void) { return $2; }"; }
main() { f r 1; exe app/main 'int f(void); int main(void) { return f(); }' -Lr -l:libf.so -Wl,-rpath,/r "$@"; }
`;
const interpreter = "/lib64/ld-linux-x86-64.so.2";

/** What this machine's compilers make, with the loaders swapped. */
const swapped: readonly RuleCase[] = [
  {
    rule: "the content of the interpreter decides, not its name: musl under glibc's name",
    // A token that glibc knows makes musl ignore the whole path.
    recipe: `f r 1; exe app/main 'int f(void); void _start(void) { f(); }' -nostartfiles -Lr -l:libf.so -Wl,-rpath,'/opt/$LIB:/r'
      rm -r lib/x86_64-linux-gnu lib64/*; cp /lib/ld-musl-x86_64.so.1 lib/; ln -s ../lib/ld-musl-x86_64.so.1 lib64/ld-linux-x86-64.so.2`,
    finds: [{ subject: { code: "library-missing", soname: "libf.so" } }],
    real: /Error loading shared library libf\.so/,
  },
  {
    rule: "a glibc program under musl by a link: libc.so.6 is musl itself, and the symbols decide",
    recipe: `main; rm -r lib/x86_64-linux-gnu lib64/*; cp /lib/ld-musl-x86_64.so.1 lib/; ln -s ../lib/ld-musl-x86_64.so.1 lib64/ld-linux-x86-64.so.2`,
    finds: [],
    loads: { "libc.so.6": `${interpreter} self` },
    real: 1,
  },
  {
    rule: "a loader whose rules are not known proves nothing",
    recipe: `main; cp .run app/ld; patchelf --set-interpreter /app/ld app/main`,
    finds: [{ subject: { code: "not-read", path: "/app/ld" } }],
    // It takes the program's arguments for its own, and stops.
    real: /^/,
  },
  {
    rule: "OSABI of another system: the kernel does not look, the program does as that system has it",
    recipe: `exe app/main 'int main(void) { return 5; }' -static; poke app/main 7 '\\011'`,
    finds: [{ subject: { code: "wrong-osabi", found: "FreeBSD" } }],
    real: /^$/,
  },
];

const images = findTestImages();
const cache = mkdtempSync(join(tmpdir(), "fromage-linking-images-"));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

/** `take IMAGE`: loader and libc of another release, unpacked once. */
const debian = `
${tools}
take() { [ -d "$CACHE/$1" ] || { mkdir -p "$CACHE/$1/oci"; tar -xf "$IMAGES/$1" -C "$CACHE/$1/oci"
  for _blob in "$CACHE/$1"/oci/blobs/sha256/*; do
    tar -xzf "$_blob" -C "$CACHE/$1" --wildcards '*lib/x86_64-linux-gnu/ld-linux-x86-64.so.2' '*lib/x86_64-linux-gnu/libc.so.6' 2>/dev/null || true
  done; }; _new=$CACHE/$1/usr/lib/x86_64-linux-gnu; [ -d "$_new" ] || _new=$CACHE/$1/lib/x86_64-linux-gnu; }
ld() { rm lib/x86_64-linux-gnu/ld-linux-x86-64.so.2; cp "$_new/ld-linux-x86-64.so.2" lib/x86_64-linux-gnu/; chmod 755 lib/x86_64-linux-gnu/ld-linux-x86-64.so.2; }
libc() { rm lib/x86_64-linux-gnu/libc.so.6; cp "$_new/libc.so.6" lib/x86_64-linux-gnu/; }
take debian-13-slim-amd64.oci.tar
`;
const releases: readonly RuleCase[] = [
  {
    rule: "glibc 2.41: loader and libc of one release",
    recipe: `main; ld; libc`,
    finds: [],
    real: 1,
  },
  {
    rule: "a libc of a later release than the loader",
    recipe: `main; libc`,
    finds: [{ subject: { code: "libc-mixed", libc: "glibc 2.41", expected: "glibc 2.36" } }],
    real: /undefined symbol: __tunable_is_initialized, version GLIBC_PRIVATE/,
  },
  {
    rule: "a libc of an earlier release than the loader",
    recipe: `main; ld`,
    finds: [{ subject: { code: "libc-mixed", libc: "glibc 2.36", expected: "glibc 2.41" } }],
    real: /stack smashing detected/,
  },
  {
    rule: "from 2.41: a library without any versions is not asserted against",
    recipe: `ld; libc; echo 'V1 { f; };' > app/map; so stub/libf.so 'int f(void) { return 1; }' -Wl,--version-script,app/map
      exe app/main 'int f(void); int main(void) { return f(); }' -Lstub -l:libf.so -Wl,-rpath,/r; so r/libf.so 'int f(void) { return 1; }' -nostdlib`,
    finds: [],
    real: 1,
  },
  {
    rule: "from 2.37: tls and the platform's directory are not looked at",
    recipe: `main; ld; libc; f r/tls 2; f r/x86_64 3`,
    finds: [],
    real: 1,
  },
  {
    rule: "2.41: a stack that must be executable does not stop the start",
    recipe: `main; ld; libc; so r/libf.so 'int f(void) { return 1; }' -Wl,-z,execstack`,
    finds: [],
    real: 1,
  },
];
const prepare = (rows: readonly RuleCase[], before: string): readonly RuleCase[] =>
  rows.map((row) => ({ ...row, recipe: before + row.recipe }));

testRules("linkProcess()", prepare(swapped, tools), { base: "glibc" });
describe.skipIf(images === null)(images === null ? withoutImages : "with loaders of images", () => {
  const env = { IMAGES: images ?? "", CACHE: cache };
  testRules("linkGlibc(): releases", prepare(releases, debian), { base: "glibc", env });

  const foreign: readonly RuleCase[] = [
    {
      rule: "musl: the first file counts, a library of another machine stops the start",
      recipe: `${tools} main; tar -xzf "$ARM" -O ./lib/libz.so.1.3.1 > r/new; rm r/libf.so; mv r/new r/libf.so`,
      finds: [
        { subject: { code: "library-unusable", path: "/r/libf.so", reason: "other-machine" } },
      ],
      real: /Error relocating \/r\/libf\.so: unsupported relocation type/,
    },
  ];
  const arm = images === null ? "" : testImage("alpine-minirootfs-3.20.3-aarch64.tar.gz");
  testRules("linkMusl(): machines", foreign, { base: "musl", env: { ARM: arm } });

  const busybox: readonly RuleCase[] = [
    {
      rule: "env: BusyBox' env has no -S",
      recipe: `tar -xzf "$ALPINE" --exclude './dev/*' --exclude './proc'; printf '#!/usr/bin/env -S sh -e\\nexit 3\\n' | file app/main 755`,
      finds: [{ subject: { code: "interpreter-missing", reason: "env-options" } }],
      real: /env: unrecognized option: S/,
    },
    {
      rule: "env: BusyBox' env starts a name",
      recipe: `tar -xzf "$ALPINE" --exclude './dev/*' --exclude './proc'; printf '#!/usr/bin/env sh\\nexit 3\\n' | file app/main 755`,
      finds: [],
      real: 3,
    },
    {
      rule: "env: a blank in the argument is part of the name",
      recipe: `tar -xzf "$ALPINE" --exclude './dev/*' --exclude './proc'; printf '#!/usr/bin/env sh -e\\nexit 3\\n' | file app/main 755`,
      finds: [{ subject: { code: "interpreter-missing", reason: "not-in-path" } }],
      real: /can't execute 'sh -e'/,
    },
  ];
  const alpine = images === null ? "" : testImage("alpine-minirootfs-3.20.3-x86_64.tar.gz");
  testRules("planExec(): env", busybox, { base: "musl", env: { ALPINE: alpine } });
});

const why = withoutCompiler("glibc");
describe.skipIf(why !== null)(`machines${why === null ? "" : ` (${why})`}`, () => {
  const lab = new Lab();
  afterAll(() => lab.remove());
  const amd64 = { class: 64, byteOrder: "little", machine: 62 } as const;
  const arm64 = { ...amd64, machine: 183 } as const;
  it.each([
    ["the image's machine", amd64, "", []],
    ["another machine", arm64, "", [{ code: "wrong-machine", found: "amd64", expected: "arm64" }]],
    [
      "32 bits of the same family, which a kernel may or may not run",
      amd64,
      "echo 'void _start(void) {}' | gcc -m32 -x c - -static -nostdlib -o app/main",
      [{ code: "not-read", path: "/app/main" }],
    ],
  ] as const)("of a program: %s", async (_, machine, recipe, subjects) => {
    const root = lab.build("glibc", `exe app/main 'int main(void) { return 0; }'\n${recipe}`);
    const start = createLinker(await lab.read(root), { machine }).start("/app/main");
    expect(start.problems.map(({ subject }) => subject)).toMatchObject([...subjects]);
  });
});
