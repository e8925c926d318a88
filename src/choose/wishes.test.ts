import { describe, expect, it } from "vitest";
import { appNeeding, elfLayer, library, madeBase, installed } from "../../test/made-supply.ts";
import { checkApp, type Checked } from "../check/check-app.ts";
import type { Finding, FindingSubject } from "../model/finding.ts";
import type { Provider, RepositoryPackage } from "../repositories/package-source.ts";
import { pickProvider, type PickOptions } from "./pick-provider.ts";
import { wishContext, wishesOf, type Wish, type WishContext } from "./wishes.ts";

const context: WishContext = {
  ...{ isSameRelease: false, libc: "glibc", isCopied: false },
  own: new Set(["libours.so.1"]),
};
const checked = checkApp(appNeeding({ "liba.so.1": ["A_1", "A_2"] }), madeBase());

function withFindings(subjects: readonly FindingSubject[]): Checked {
  const common = { severity: "blocks", phase: "load", program: "/app/x", evidence: [] } as const;
  const findings = subjects.map((subject): Finding => ({ ...common, ...subject }));
  return { ...checked, findings };
}

const loader = (interpreter: string): FindingSubject => ({
  code: "loader-missing",
  interpreter,
  linkTarget: null,
});
const missing = (soname: string): FindingSubject => ({
  code: "library-missing",
  soname,
  neededBy: "/app/x",
  searched: [
    { path: `/lib/${soname}`, because: "default", found: "nothing" },
    { path: `/app/lib/${soname}`, because: "rpath", found: "nothing" },
  ],
});
const version = (name: string): FindingSubject => ({
  code: "version-missing",
  version: name,
  library: "liba.so.1",
  path: "/lib/liba.so.1",
  neededBy: "/app/x",
  newest: null,
});
const script = (
  interpreter: string,
  reason: "absent" | "not-in-path" | "loop",
): FindingSubject => ({
  code: "interpreter-missing",
  interpreter,
  line: interpreter,
  reason,
});
const needed = (path: string): FindingSubject => ({
  code: "package-needed",
  package: "perl",
  path,
});

const glibc = "/lib64/ld-linux-x86-64.so.2";
const musl = "/lib/ld-musl-x86_64.so.1";
const rows: readonly (readonly [FindingSubject, Partial<WishContext>, readonly string[]])[] = [
  [missing("liba.so.1"), {}, ["soname liba.so.1"]],
  [missing("/opt/liba.so"), {}, ["file /opt/liba.so"]],
  [missing("lib/liba.so"), {}, []],
  [missing("libours.so.1"), {}, []],
  [version("A_2"), {}, ["soname liba.so.1"]],
  [version("GLIBC_2.38"), {}, []],
  [loader(glibc), {}, [`file ${glibc}`]],
  [loader(glibc), { libc: null }, [`file ${glibc}`]],
  [loader(glibc), { libc: "musl" }, []],
  [loader(glibc), { libc: null, isCopied: true }, []],
  [loader(musl), {}, [`file ${musl}`]],
  [loader(musl), { libc: "musl" }, [`file ${musl}`]],
  [loader(musl), { isCopied: true }, [`file ${musl}`]],
  [script("/usr/bin/perl", "absent"), {}, ["file /usr/bin/perl"]],
  [script("/app/own", "absent"), {}, []],
  [script("perl", "not-in-path"), {}, ["command perl"]],
  [script("/bin/sh", "loop"), {}, []],
  [needed("/usr/bin/perl"), {}, ["file /usr/bin/perl"]],
  [needed("/usr/bin/perl"), { isSameRelease: true }, ["package perl"]],
];

describe("wishesOf()", () => {
  it.each(rows)("%j on %j", (subject, fields, expected) => {
    const wishes = wishesOf(withFindings([subject]), { ...context, ...fields });
    expect(wishes.map(({ wanted, name }) => `${wanted.kind} ${name}`)).toEqual(expected);
  });
  it("asks for each once, with the versions that any file wants of it, where the loader looks", () => {
    const subjects = [missing("liba.so.1"), missing("liba.so.1"), version("A_2")];
    expect(wishesOf(withFindings(subjects), context)).toEqual([
      {
        wanted: {
          kind: "soname",
          soname: "liba.so.1",
          elfClass: 64,
          versions: ["A_1", "A_2"],
        },
        name: "liba.so.1",
        folders: ["/lib"],
      },
    ]);
  });
});

describe("wishContext()", () => {
  it.each<readonly [string, string | null, boolean]>([
    ["a base with apt", "apt-get", false],
    ["one without", null, true],
  ])("%s", (_name, packageManager, isCopied) => {
    const base = madeBase({ info: { packageManager }, packages: [installed("a")] });
    const layer = elfLayer({ ...library("libours.so.1") });
    const { own, ...rest } = wishContext(base, { layer }, true);
    expect(rest).toEqual({ isSameRelease: true, libc: "glibc", isCopied });
    expect(own).toContain("libours.so.1");
  });
  it("of a base that has no package is of no family", () => {
    const base = madeBase({ info: { packageManager: null }, files: library("liba.so.1") });
    expect(wishContext(base, { layer: elfLayer({}) }, false).isCopied).toBe(false);
  });
});

describe("pickProvider()", () => {
  const wish: Wish = {
    wanted: { kind: "soname", soname: "liba.so.1", elfClass: 64, versions: ["A_1"] },
    name: "liba.so.1",
    folders: ["/lib/x86_64-linux-gnu"],
  };
  const plain: Omit<RepositoryPackage, "name"> = {
    ...{ version: "1", architecture: "amd64", source: null, downloadBytes: null },
    ...{ installedBytes: null, url: "http://x/", checksum: null, repository: "main" },
  };
  const provider = (name: string, fields: Partial<Provider> = {}): Provider => ({
    package: { name, ...plain },
    path: null,
    versions: "unknown",
    ...fields,
  });
  const none: PickOptions = { asked: new Set(), known: new Set(), refused: new Set() };
  const at = (folder: string): Partial<Provider> => ({ path: `${folder}/liba.so.1` });

  it.each<readonly [string, readonly Provider[], Partial<PickOptions>, string | null]>([
    ["the first of equals", [provider("b"), provider("a")], {}, "b"],
    ["none where there is none", [], {}, null],
    ["none where all were tried", [provider("a")], { refused: new Set(["a"]) }, null],
    ["what is taken anyway", [provider("b"), provider("a")], { asked: new Set(["a"]) }, "a"],
    [
      "what is taken anyway before what the target was built with",
      [provider("b"), provider("a")],
      { asked: new Set(["a"]), known: new Set(["b"]) },
      "a",
    ],
    [
      "what the target was built with before what says that it has the versions",
      [provider("b", { versions: "all" }), provider("a")],
      { known: new Set(["a"]) },
      "a",
    ],
    ["who has the versions", [provider("b"), provider("a", { versions: "all" })], {}, "a"],
    ["who may have them", [provider("b", { versions: "not-all" }), provider("a")], {}, "a"],
    [
      "who has it where the loader looks, in either spelling of /usr",
      [provider("b", at("/opt/b")), provider("a", at("/usr/lib/x86_64-linux-gnu"))],
      {},
      "a",
    ],
  ])("takes %s", (_name, providers, options, expected) => {
    expect(pickProvider(wish, providers, { ...none, ...options })?.package.name ?? null).toBe(
      expected,
    );
  });
});
