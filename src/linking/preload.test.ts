import { afterAll, describe, expect, it } from "vitest";
import { createLinker, plainEnvironment } from "./linker.ts";
import { startsBy, testRules, type RuleCase } from "./testdata/cases.ts";
import { Lab, mayGainPrivileges, withoutCompiler } from "./testdata/lab.ts";

/** `f FILE NUMBER [FLAG...]`: a library whose function returns that number. `main`: a program that exits with it. */
const tools = `
f() { _file=$1 _number=$2; shift 2; so "$_file" "int f(void) { return $_number; }" "$@"; }
main() { f r/libf.so 1; exe app/main 'int f(void); int main(void) { return f(); }' -Lr -l:libf.so -Wl,-rpath,/r "$@"; }
`;
const ignored = (path: string, from = "LD_PRELOAD") => ({
  severity: "degrades",
  subject: { code: "preload-missing", path, from },
});
const told = (preload: string) => ({ preload });

const glibc: readonly RuleCase[] = [
  {
    rule: "LD_PRELOAD: its symbols come first",
    recipe: `main; f p/a.so 2`,
    environment: told("/p/a.so"),
    finds: [],
    real: 2,
  },
  {
    rule: "LD_PRELOAD: blanks and colons part it, the first serves",
    recipe: `main; f p/a.so 2; f p/b.so 3`,
    environment: told(" /p/b.so:/p/a.so"),
    finds: [],
    real: 3,
  },
  {
    rule: "LD_PRELOAD: a line end does not part it",
    recipe: `main; f p/a.so 2; f p/b.so 3`,
    environment: told("/p/a.so\n/p/b.so"),
    finds: [ignored("/p/a.so\n/p/b.so")],
    real: 1,
  },
  {
    rule: "LD_PRELOAD: what is not there is ignored with a warning",
    recipe: `main`,
    environment: told("/p/a.so"),
    finds: [ignored("/p/a.so")],
    real: 1,
  },
  {
    rule: "LD_PRELOAD: what is no library is ignored with a warning",
    recipe: `main; echo text | file p/a.so 644`,
    environment: told("/p/a.so"),
    finds: [ignored("/p/a.so")],
    real: 1,
  },
  {
    rule: "LD_PRELOAD: a missing library of a preload stops the start",
    recipe: `main; f p/b.so 9; f p/a.so 2 -Wl,--no-as-needed -Lp -l:b.so; rm p/b.so`,
    environment: told("/p/a.so"),
    finds: [{ subject: { code: "library-missing", soname: "b.so", neededBy: "/p/a.so" } }],
    real: /b\.so: cannot open shared object file/,
  },
  {
    rule: "LD_PRELOAD: a missing symbol of a preload stops the start",
    recipe: `main; so p/a.so 'int lost(void); int (*p)(void) = lost;'`,
    environment: told("/p/a.so"),
    finds: [{ subject: { code: "symbol-missing", symbols: ["lost"] } }],
    real: /undefined symbol: lost/,
  },
  {
    rule: "LD_PRELOAD: a name without a slash is searched as for the program",
    recipe: `main; f r/a.so 2`,
    environment: told("a.so"),
    finds: [],
    real: 2,
  },
  {
    rule: "LD_PRELOAD: tokens are replaced in a path",
    recipe: `main; f opt/lib/x86_64-linux-gnu/a.so 2`,
    environment: told("/opt/$LIB/a.so"),
    finds: [],
    real: 2,
  },
  {
    rule: "ld.so.preload: blanks, line ends, colons and comments",
    recipe: `main; f p/a.so 2; printf '# one\\n/p/none.so:\\t/p/a.so # /p/two.so\\n' | file etc/ld.so.preload 644`,
    finds: [ignored("/p/none.so", "/etc/ld.so.preload")],
    real: 2,
  },
  {
    rule: "ld.so.preload: LD_PRELOAD comes before it",
    recipe: `main; f p/a.so 2; f p/b.so 3; echo /p/a.so | file etc/ld.so.preload 644`,
    environment: told("/p/b.so"),
    finds: [],
    real: 3,
  },
];

const musl: readonly RuleCase[] = [
  {
    rule: "LD_PRELOAD: its symbols come first",
    recipe: `main; f p/a.so 2`,
    environment: told("/p/a.so"),
    finds: [],
    real: 2,
  },
  {
    rule: "LD_PRELOAD: a line end parts it too",
    recipe: `main; f p/a.so 2; f p/b.so 3`,
    environment: told("/p/b.so\n/p/a.so"),
    finds: [],
    real: 3,
  },
  {
    rule: "LD_PRELOAD: what is not there is ignored in silence",
    recipe: `main`,
    environment: told("/p/a.so"),
    finds: [ignored("/p/a.so")],
    real: 1,
  },
  {
    rule: "LD_PRELOAD: a missing library of a preload stops the start",
    recipe: `main; f p/b.so 9; f p/a.so 2 -Wl,--no-as-needed -Lp -l:b.so; rm p/b.so`,
    environment: told("/p/a.so"),
    finds: [{ subject: { code: "library-missing", soname: "b.so", neededBy: "/p/a.so" } }],
    real: /Error loading shared library b\.so/,
  },
  {
    rule: "LD_PRELOAD: a name without a slash is not searched in the program's path",
    recipe: `main; f r/a.so 2`,
    environment: told("a.so"),
    finds: [ignored("a.so")],
    real: 1,
  },
  {
    rule: "ld.so.preload is not known",
    recipe: `main; f p/a.so 2; echo /p/a.so | file etc/ld.so.preload 644`,
    finds: [],
    real: 1,
  },
];

const prepare = (rows: readonly RuleCase[]): readonly RuleCase[] =>
  rows.map((row) => ({ ...row, recipe: tools + row.recipe }));

testRules("preloads of glibc", prepare(glibc), { base: "glibc" });
testRules("preloads of musl", prepare(musl), { base: "musl" });

interface SecureCase extends Omit<RuleCase, "finds" | "program"> {
  /** `uid:gid` of who starts it; 65534:65534 when absent. */
  readonly user?: string;
  readonly base: "glibc" | "musl";
}

/** The files belong to root; the program is setuid root unless the recipe says otherwise. */
const secure: readonly SecureCase[] = [
  {
    rule: "glibc: LD_LIBRARY_PATH does not count",
    base: "glibc",
    recipe: `main; f l/libf.so 2; chmod 4755 app/main`,
    environment: { libraryPath: "/l" },
    real: 1,
  },
  {
    rule: "glibc: who owns the program starts it as any other",
    base: "glibc",
    recipe: `main; f l/libf.so 2; chmod 4755 app/main`,
    environment: { libraryPath: "/l" },
    user: "0:0",
    real: 2,
  },
  {
    rule: "glibc: setgid counts where the group may execute",
    base: "glibc",
    recipe: `main; f l/libf.so 2; chmod 2755 app/main`,
    environment: { libraryPath: "/l" },
    real: 1,
  },
  {
    rule: "glibc: a path in LD_PRELOAD does not count",
    base: "glibc",
    recipe: `main; f p/a.so 2; chmod 4755 app/main p/a.so`,
    environment: { preload: "/p/a.so" },
    real: 1,
  },
  {
    rule: "glibc: a name in LD_PRELOAD counts where the library is setuid",
    base: "glibc",
    recipe: `main; f lib/a.so 2; chmod 4755 app/main lib/a.so`,
    environment: { preload: "a.so" },
    real: 2,
  },
  {
    rule: "glibc: a name in LD_PRELOAD does not count where the library is not setuid",
    base: "glibc",
    recipe: `main; f lib/a.so 2; chmod 4755 app/main`,
    environment: { preload: "a.so" },
    real: 1,
  },
  {
    rule: "glibc: a path in ld.so.preload counts",
    base: "glibc",
    recipe: `main; f p/a.so 2; chmod 4755 app/main; echo /p/a.so | file etc/ld.so.preload 644`,
    real: 2,
  },
  {
    rule: "glibc: $ORIGIN of the program counts where it leads into a built-in directory",
    base: "glibc",
    recipe: `main; f lib/x/libf.so 2; patchelf --set-rpath '$ORIGIN/../lib/x:/r' app/main; chmod 4755 app/main`,
    real: 2,
  },
  {
    rule: "glibc: $ORIGIN of the program does not count elsewhere",
    base: "glibc",
    recipe: `main; f app/libf.so 2; patchelf --set-rpath '$ORIGIN:/r' app/main; chmod 4755 app/main`,
    real: 1,
  },
  {
    rule: "glibc: $ORIGIN does not count after something else",
    base: "glibc",
    recipe: `main; f lib/x/libf.so 2; patchelf --set-rpath '/lib/../$ORIGIN/../lib/x:/r' app/main; chmod 4755 app/main`,
    real: 1,
  },
  {
    rule: "glibc: a token in DT_NEEDED stops the start",
    base: "glibc",
    recipe: `main; patchelf --replace-needed libf.so '$ORIGIN/../r/libf.so' app/main; chmod 4755 app/main`,
    real: /DST not allowed in SUID\/SGID programs/,
  },
  {
    rule: "musl: LD_LIBRARY_PATH and LD_PRELOAD do not count",
    base: "musl",
    recipe: `main; f l/libf.so 2; f p/a.so 3; chmod 4755 app/main`,
    environment: { libraryPath: "/l", preload: "/p/a.so" },
    real: 1,
  },
  {
    rule: "musl: $ORIGIN of the program makes its whole path ignored",
    base: "musl",
    recipe: `main; f lib/libf.so 2; patchelf --set-rpath '/r:$ORIGIN' app/main; chmod 4755 app/main`,
    real: 2,
  },
];

const why =
  withoutCompiler("glibc") ??
  withoutCompiler("musl") ??
  (mayGainPrivileges() ? null : "skipped: only root may make setuid programs that count");

describe.skipIf(why !== null)(`secure mode${why === null ? "" : ` (${why})`}`, () => {
  const lab = new Lab();
  afterAll(() => lab.remove());
  it.each(secure.map((row) => [row.rule, row] as const))("%s", async (_, row) => {
    const [uid = 0, gid = 0] = (row.user ?? "65534:65534").split(":").map(Number);
    const environment = { ...plainEnvironment, ...row.environment, user: { uid, gid } };
    const root = lab.build(row.base, tools + row.recipe);
    const start = createLinker(await lab.read(root), { environment }).start("/app/main");
    lab.open();
    const { status, stderr } = lab.runAs(root, "/app/main", { user: `${uid}:${gid}`, environment });
    if (typeof row.real === "number")
      expect({ status, stderr }).toMatchObject({ status: row.real });
    else expect(stderr).toMatch(row.real);
    expect(startsBy(start)).toBe(typeof row.real === "number");
    // The library whose function is called: the first one in load order that has it.
    const objects = start.processes[0]?.objects.slice(1) ?? [];
    const first = objects.find(({ facts }) =>
      facts.exports.some(({ names }) => /^f$/m.test(names)),
    );
    if (row.real === 1) expect(first?.path).toBe("/r/libf.so");
    if (row.real === 2) expect(first?.path).not.toBe("/r/libf.so");
  });
});
