import { describe, expect, it } from "vitest";
import { readScript } from "./read-script.ts";
import type { ScriptEffects } from "./script-effects.ts";

const read = (
  lines: string,
  { script = "postinst", files = [] }: { script?: string; files?: readonly string[] } = {},
): ScriptEffects => readScript(Buffer.from(lines), { package: "p", script, files });

const awk = { link: "/usr/bin/awk", name: "awk", path: "/usr/bin/mawk", priority: 5, slaves: [] };
const install = "update-alternatives --install /usr/bin/awk awk /usr/bin/mawk 5";

describe("readScript() finds alternatives", () => {
  const rows: readonly [string, string, object][] = [
    ["a plain call", install, awk],
    ["over several lines", install.replaceAll(" ", " \\\n\t"), awk],
    ["with a comment at its end", `${install} \\\n  #--slave /a b /c\n`, awk],
    [
      "with slaves",
      `${install} --slave /m/awk.1 awk.1 /m/mawk.1`,
      { ...awk, slaves: [{ link: "/m/awk.1", name: "awk.1", path: "/m/mawk.1" }] },
    ],
    ["by its path, quietly", `/usr/bin/update-alternatives --quiet${install.slice(19)}`, awk],
    ["with a variable", `d=/usr/bin\n${install.replace("/usr/bin/mawk", '"${d}/mawk"')}`, awk],
    [
      "with words in a variable",
      `a='awk /usr/bin/mawk'\n${install.replace("awk /usr/bin/mawk", "$a")}`,
      awk,
    ],
    ["in a loop", `for n in mawk; do ${install.replace("mawk", "$n")}; done`, awk],
    ["in a function", `f() { ${install.replace("mawk", "$1")}\n}\nf mawk`, awk],
    ["in a function with all arguments", `f() { "$@"\n}\nf ${install}`, awk],
    ["when it configures", `if [ "$1" = "configure" ]; then ${install}; fi`, awk],
    ["when it configures, with test", `test "$1" = configure && ${install}`, awk],
    ["in a case", `case "$1" in\n abort-upgrade) ;;\n configure|x) ${install} ;;\nesac`, awk],
    ["after what ends otherwise", `[ "$1" = configure ] || exit 0\n${install}`, awk],
    ["at a first installation", `if [ -z "$2" ]; then ${install}; fi`, awk],
    ["unless it fails", `${install} || true`, awk],
    [
      "in a section of debhelper",
      `# Automatically added by dh_installalternatives/13\n${install}\n# End automatically added section`,
      awk,
    ],
    ["after a here-document", `cat <<EOF\n${install.replace("5", "6")}\nEOF\n${install}`, awk],
  ];
  it.each(rows)("%s", (_, text, expected) => {
    expect(read(`#!/bin/sh\nset -e\n${text}\nexit 0\n`)).toEqual({
      alternatives: [expected],
      diversions: [],
      refreshesLoaderCache: false,
      unknown: [],
    });
  });

  const others: readonly [string, string][] = [
    ["on upgrade", `if [ "$1" = "upgrade" ]; then ${install}; fi`],
    ["of an older version", `if dpkg --compare-versions "$2" lt-nl 2; then ${install}; fi`],
    ["after its end", `exit 0\n${install}`],
    ["of a function that nobody calls", `f() {\n${install}\n}`],
    ["of what is removed", "update-alternatives --remove awk /usr/bin/mawk"],
    ["in a comment", `# ${install}`],
  ];
  it.each(others)("not those %s", (_, text) => {
    expect(read(text)).toMatchObject({ alternatives: [], unknown: [] });
  });

  it("of each pass of a loop", () => {
    const text = 'for p in a b\ndo\n update-alternatives --install /b/$p $p "/c/$p" 1\ndone';
    expect(read(text).alternatives.map(({ path }) => path)).toEqual(["/c/a", "/c/b"]);
  });

  it("under a condition on its own files", () => {
    const text = `if [ -e /usr/bin/mawk ]; then ${install}; fi`;
    expect(read(text, { files: ["/usr/bin/mawk"] }).alternatives).toEqual([awk]);
  });
});

describe("readScript() says what it does not know", () => {
  const rows: readonly [string, string, readonly string[]][] = [
    ["a command", "ln -s a /b", ["ln -s a /b"]],
    ["a command under a condition", "if grep -q x /y; then ln -s a /b; fi", ["ln -s a /b"]],
    ["an alternative under one", `if grep -q x /y; then ${install}; fi`, [install]],
    [
      "an alternative after one that may have ended it",
      `grep -q x /y || exit 0\n${install}`,
      [install],
    ],
    ["words that come from outside", `x=$(cat /y)\n${install} $x`, [`${install} $x`]],
    [
      "a pattern of file names",
      "update-alternatives --install /a b /c* 1",
      ["update-alternatives --install /a b /c* 1"],
    ],
    [
      "a path that leads up",
      "update-alternatives --install /a b /../c 1",
      ["update-alternatives --install /a b /../c 1"],
    ],
    [
      "a function of which there may be another",
      `f() { ${install}; }\nif grep -q x /y; then f() { :; }; fi\nf`,
      ["f"],
    ],
    [
      "arguments that may have been shifted",
      `f() { grep x /y && shift\n${install.replace("mawk", "$1")}\n}\nf a b`,
      [install.replace("mawk", "$1")],
    ],
    ["a file that is written", "echo x > /etc/y", ["echo x > /etc/y"]],
    ["a file that is read in", ". /etc/y", [". /etc/y"]],
    ["sed in place", "sed -i s/a/b/ /etc/y", ["sed -i s/a/b/ /etc/y"]],
    ["a diversion without a rename", "dpkg-divert --add /a", ["dpkg-divert --add /a"]],
    ["another language", "#!/usr/bin/perl -w\nprint 1;", ["#!/usr/bin/perl -w"]],
    [
      "what dh_installnss does",
      "# Automatically added by dh_installnss/1\nrm /etc/n\n# End automatically added section",
      ["rm /etc/n"],
    ],
    ["a broken script", "if true; then", ['the whole script: "fi" is missing']],
    [
      "a script that has no end",
      "f() { f; }\nf",
      ["the whole script: more than 20 levels (functions in each other)"],
    ],
  ];
  it.each(rows)("%s", (_, text, unknown) => {
    expect(read(text)).toMatchObject({ alternatives: [], diversions: [], unknown });
  });

  it("cuts long statements and lists 20 at most", () => {
    const text = Array.from({ length: 30 }, (_, at) => `mv /${at} /${"x".repeat(200)}`).join("\n");
    const { unknown } = read(text);
    expect(unknown.length).toBe(20);
    expect(unknown[0]).toHaveLength(101);
  });
});

describe("readScript() knows what leaves nothing behind", () => {
  const rows: readonly [string, string][] = [
    ["nothing at all", ""],
    ["what only looks and speaks", 'echo "a; b" >&2\ngrep -q x /y 2>/dev/null || true'],
    [
      "a section of dh_python3",
      "# Automatically added by dh_python3\npy3compile -p x\nrm /x\n# End automatically added section",
    ],
    ["debconf", ". /usr/share/debconf/confmodule\ndb_get x/y\n"],
    ["output to nowhere", "which x > /dev/null 2>&1"],
    ["a service where no init runs", "if [ -d /run/systemd/system ]; then rm /x; fi"],
  ];
  it.each(rows)("%s", (_, text) => expect(read(text).unknown).toEqual([]));

  it("ldconfig", () => {
    const text = '[ "$1" != configure ] || ldconfig';
    expect(read(text)).toMatchObject({ refreshesLoaderCache: true, unknown: [] });
  });

  it("diversions, of preinst too", () => {
    const text =
      'if [ "$1" = install ]; then\ndpkg-divert --package q --add --rename --divert /a.x /a\nfi';
    expect(read(text, { script: "preinst" })).toMatchObject({
      diversions: [{ from: "/a", to: "/a.x", by: "q" }],
      unknown: [],
    });
  });
});
