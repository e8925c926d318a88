import { describe, expect, it } from "vitest";
import { elfFacts } from "../../test/elf-facts.ts";
import { memoryRootfs } from "../../test/memory-rootfs.ts";
import type { ElfFacts } from "../formats/elf/facts.ts";
import type { FileEntry, LayerFacts } from "../image/layer-facts.ts";
import { mergeLayers } from "../image/merge.ts";
import { plainEnvironment } from "../linking/linker.ts";
import type { Start } from "../linking/process.ts";
import type { BaseInfo, MeasurementKind } from "../model/base.ts";
import type { Finding } from "../model/finding.ts";
import type { App } from "./app.ts";
import type { BaseRoot } from "./base-root.ts";
import { checkApp } from "./check-app.ts";
import { startEnvironment } from "./environment.ts";
import { scriptPackages } from "./rules/script-packages.ts";
import { standIn } from "./rules/stand-in.ts";
import { staticDlopen } from "./rules/static-dlopen.ts";
import { verdictOf } from "./verdict.ts";

const section = { revision: 1, byPath: {}, failures: [] };

/** A layer of ELF files: the hash of each is its own path. */
function elfLayer(files: Readonly<Record<string, ElfFacts>>): LayerFacts {
  const entries = Object.keys(files).map((path): FileEntry => ({
    path,
    type: "file",
    mode: 0o755,
    uid: 0,
    gid: 0,
    sizeBytes: 100,
  }));
  const byPath = Object.fromEntries(
    Object.entries(files).map(([path, { machine, type, soname, interpreter, ...rest }]) => [
      path,
      { sha256: path, machine, class: rest.class, type, soname, interpreter },
    ]),
  );
  return {
    diffId: null,
    compressedBytes: null,
    uncompressedBytes: 0,
    entries,
    elf: { ...section, byPath },
    shebangs: section,
    texts: section,
    loaderCaches: section,
    packages: section,
    failures: [],
  };
}

const storeOf = (files: Readonly<Record<string, ElfFacts>>) => ({
  get: (sha256: string) => files[sha256] ?? null,
});

function infoOf(kind: MeasurementKind): BaseInfo {
  return {
    id: "base",
    reference: "example.org/base",
    platform: "linux/amd64",
    measurement: { kind, digest: null, date: "2026-11-25", source: "test" },
    compressedBytes: null,
    unpackedBytes: 0,
    distro: null,
    libc: null,
    shell: null,
    packageManager: null,
    user: "",
    packages: null,
    cpuLevel: "x86-64-v1",
    support: null,
  };
}

function baseOf(
  files: Readonly<Record<string, ElfFacts>>,
  kind: MeasurementKind = "measured",
): BaseRoot {
  const rootfs = mergeLayers([elfLayer(files)], storeOf(files));
  return { info: infoOf(kind), rootfs, env: [], workingDirectory: "", hasEntrypoint: false };
}

function appOf(files: Readonly<Record<string, ElfFacts>>, fields: Partial<App> = {}): App {
  return {
    layer: elfLayer(files),
    elf: storeOf(files),
    programs: Object.keys(files).slice(0, 1),
    env: [],
    workingDirectory: null,
    machine: null,
    cpuLevel: "x86-64-v1",
    packageOf: () => null,
    ...fields,
  };
}

const musl = elfFacts({
  loader: { kind: "musl", version: "1.2.5", systemDirs: [], muslArchitecture: "x86_64" },
});
const interpreter = "/lib/ld-musl-x86_64.so.1";
const program = elfFacts({ type: "pie", interpreter });

describe("checkApp()", () => {
  it("runs where loader and libraries are there", () => {
    const app = appOf({ "/app/x": { ...program, needed: ["liba.so"] } });
    const base = baseOf({ [interpreter]: musl, "/usr/lib/liba.so": elfFacts() });
    expect(checkApp(app, base)).toMatchObject({ verdict: "runs", findings: [] });
  });
  it("fails with what is missing, where it was looked for and what asked for it", () => {
    const app = appOf({ "/app/x": { ...program, needed: ["liba.so"] } });
    const { verdict, findings } = checkApp(app, baseOf({ [interpreter]: musl }));
    expect(verdict).toBe("fails");
    expect(findings).toMatchObject([
      {
        code: "library-missing",
        program: "/app/x",
        neededBy: "/app/x",
        evidence: [{ file: "/app/x", seen: "DT_NEEDED liba.so" }],
      },
    ]);
  });
  it("is unproven at best on bytes that are not the publisher's", () => {
    const app = appOf({ "/app/x": elfFacts({ type: "exec" }) });
    const { verdict, findings } = checkApp(app, baseOf({}, "stand-in"));
    expect(verdict).toBe("unproven");
    expect(findings.map(({ code }) => code)).toEqual(["base-stand-in"]);
  });
  it("names the package of the target when the base lacks its program", () => {
    const app = appOf({}, { programs: ["nginx"], packageOf: () => "nginx-light" });
    const { findings } = checkApp(app, baseOf({}));
    expect(findings).toMatchObject([{ code: "package-needed", package: "nginx-light" }]);
  });
  it.each<readonly [string, FileEntry["type"], string, string]>([
    ["a file where the base has a directory", "file", "/opt", "unproven"],
    ["a directory where the base has a file", "directory", "/opt/tool", "unproven"],
    ["a directory where the base has one", "directory", "/opt", "runs"],
    ["a file where the base has one", "file", "/opt/tool", "runs"],
    ["a file where the base has nothing", "file", "/srv", "runs"],
  ])("is %s proved or not, as COPY would do", (_name, type, path, verdict) => {
    const app = appOf({ "/app/x": elfFacts({ type: "exec" }) });
    const entry = { path, type, mode: 0o755, uid: 0, gid: 0, sizeBytes: 0 };
    const layer = { ...app.layer, entries: [...app.layer.entries, entry] };
    const base = baseOf({ "/opt/tool": elfFacts() });
    expect(checkApp({ ...app, layer }, base).verdict).toBe(verdict);
  });
  it("takes what is added into the check", () => {
    const app = appOf({ "/app/x": { ...program, needed: ["liba.so"] } });
    const added = { "/usr/lib/liba.so": elfFacts() };
    const additions = { layer: elfLayer(added), elf: storeOf(added), env: {} };
    expect(checkApp(app, baseOf({ [interpreter]: musl }), additions).verdict).toBe("runs");
  });
});

describe("startEnvironment()", () => {
  const base = {
    env: ["PATH=/base", "LD_PRELOAD=/x.so"],
    workingDirectory: "",
    info: infoOf("measured"),
  };
  const app = { env: ["PATH=/app", "LD_BIND_NOW=1"], workingDirectory: null };
  it("lets the app's environment win over the base's, and a recipe over both", () => {
    const made = startEnvironment({ ...app, cpuLevel: "x86-64-v1" }, base, { PATH: "/recipe" });
    expect(made).toEqual({
      ...plainEnvironment,
      path: "/recipe",
      preload: "/x.so",
      bindNow: true,
    });
  });
  it.each([
    ["x86-64-v1", "x86-64-v3", "x86-64-v3"],
    ["x86-64-v3", "x86-64-v2", "x86-64-v3"],
  ] as const)("an app for %s on a base for %s has %s", (own, ofBase, expected) => {
    const info = { ...infoOf("measured"), cpuLevel: ofBase };
    const made = startEnvironment({ ...app, cpuLevel: own }, { ...base, info });
    expect(made.cpuLevel).toBe(expected);
  });
});

describe("verdictOf()", () => {
  const common = { program: "/x", evidence: [] };
  const missing = { ...common, code: "program-missing", name: "x", searched: [] } as const;
  const unread = { ...common, code: "not-read", path: "/x", reason: "" } as const;
  it.each<readonly [string, readonly Finding[], string]>([
    ["nothing", [], "runs"],
    ["what only degrades", [{ ...missing, severity: "degrades", phase: "load" }], "runs"],
    ["what blocks the start", [{ ...missing, severity: "blocks", phase: "load" }], "fails"],
    ["what blocks a later use", [{ ...missing, severity: "blocks", phase: "use" }], "unproven"],
    ["what was not read", [{ ...unread, severity: "blocks", phase: "load" }], "unproven"],
    [
      "what was not read and what is missing",
      [
        { ...unread, severity: "blocks", phase: "load" },
        { ...missing, severity: "blocks", phase: "load" },
      ],
      "fails",
    ],
  ])("of %s", (_name, findings, verdict) => {
    expect(verdictOf(findings)).toBe(verdict);
  });
});

describe("rule static-dlopen", () => {
  const libc = {
    kind: "glibc",
    version: null,
    opens: ["nss"],
    mayOpen: [],
    nssDatabases: ["passwd"],
  } as const;
  const started = (staticLibc: ElfFacts["staticLibc"], files: Record<string, string>) => {
    const facts = elfFacts({ type: "exec", staticLibc, libraryNames: ["libz.so.1"] });
    const rootfs = memoryRootfs({ "/app/x": "", ...files });
    const node = rootfs.lookup("/app/x");
    if (node === null) throw new Error("the program is there");
    const object = {
      path: "/app/x",
      realPath: "/app/x",
      node,
      facts,
      neededBy: null,
      because: "program",
      needs: [],
    } as const;
    const process = {
      ruleSet: "none",
      interpreter: null,
      libcVersion: null,
      objects: [object],
      problems: [],
    } as const;
    const start: Start = { steps: [], processes: [process], problems: [] };
    return [
      ...staticDlopen.find({ app: appOf({}), base: baseOf({}), rootfs, program: "/app/x", start }),
    ];
  };
  it.each<readonly [string, Record<string, string>, readonly object[]]>([
    ["no nsswitch.conf: glibc's own services do", {}, []],
    ["files and dns are built in", { "/etc/nsswitch.conf": "passwd: files dns # compat\n" }, []],
    [
      "a module that is not there",
      { "/etc/nsswitch.conf": "passwd: compat\n" },
      [{ opens: ["libnss_compat.so.2"], present: false, severity: "blocks", phase: "use" }],
    ],
    [
      "a module of the base's own glibc",
      { "/etc/nsswitch.conf": "passwd: compat", "/usr/lib/libnss_compat.so.2": "" },
      [{ opens: ["libnss_compat.so.2"], present: true, severity: "blocks", phase: "use" }],
    ],
    [
      "a module in the folder of whatever machine",
      {
        "/etc/nsswitch.conf": "passwd: files compat",
        "/usr/lib/riscv64-linux-gnu/libnss_compat.so.2": "",
      },
      [{ opens: ["libnss_compat.so.2"], present: true, severity: "blocks", phase: "use" }],
    ],
    [
      "a module that is not there is passed over for one that is built in",
      { "/etc/nsswitch.conf": "passwd: db files\n" },
      [],
    ],
    [
      "actions are no services, other databases do not count",
      { "/etc/nsswitch.conf": "passwd: files [NOTFOUND=return]\nhosts: files mdns\n" },
      [],
    ],
  ])("%s", (_name, files, expected) => {
    expect(started(libc, files)).toMatchObject(expected);
  });
  it("says nothing of code that every static program of that libc has in it", () => {
    const baggage = { ...libc, opens: [], mayOpen: ["nss", "iconv", "dlopen"] } as const;
    expect(started(baggage, { "/etc/nsswitch.conf": "passwd: compat\n" })).toEqual([]);
  });
  it("names the libraries that a static program opens by name", () => {
    const opens = { ...libc, opens: ["dlopen"] } as const;
    expect(started(opens, {})).toMatchObject([{ opens: ["libz.so.1"], severity: "degrades" }]);
  });
});

describe("rule stand-in", () => {
  it.each(["measured", "published"] as const)("says nothing of a base that is %s", (kind) => {
    const base = baseOf({}, kind);
    const start: Start = { steps: [], processes: [], problems: [] };
    const started = { app: appOf({}), base, rootfs: base.rootfs, program: "/x", start };
    expect([...standIn.find(started)]).toEqual([]);
  });
});

describe("rule script-packages", () => {
  const script = { path: "run", realPath: "/run", kind: "script", line: "/bin/sh" } as const;
  const elf = { path: "/bin/sh", realPath: "/bin/sh", kind: "elf", line: null } as const;
  const find = (fields: Partial<App>, steps: Start["steps"]) => {
    const base = baseOf({});
    const start: Start = { steps, processes: [], problems: [] };
    const started = { app: appOf({}, fields), base, rootfs: base.rootfs, program: "run", start };
    return [...scriptPackages.find(started)];
  };
  it("says that a script may need the packages that the base lacks", () => {
    const names = "a, b, c, d, e and 1 more";
    const reason = `what this script runs is not read, and the base lacks packages of the image: ${names}`;
    expect(find({ addedPackages: ["a", "b", "c", "d", "e", "f"] }, [script, elf])).toMatchObject([
      { code: "not-read", path: "run", reason, severity: "blocks", phase: "use" },
    ]);
  });
  it.each<readonly [string, Partial<App>, Start["steps"]]>([
    ["a program that is no script", { addedPackages: ["a"] }, [elf]],
    ["an image without packages of its own", { addedPackages: [] }, [script, elf]],
    ["a folder", {}, [script, elf]],
  ])("says nothing of %s", (_name, fields, steps) => {
    expect(find(fields, steps)).toEqual([]);
  });
});
