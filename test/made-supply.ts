import { elfFacts } from "./elf-facts.ts";
import type { App } from "../src/check/app.ts";
import type { BaseRoot } from "../src/check/base-root.ts";
import type { ElfFacts } from "../src/formats/elf/facts.ts";
import type {
  ElfStore,
  FileEntry,
  InstalledPackage,
  LayerFacts,
  PackageFact,
} from "../src/image/layer-facts.ts";
import { mergeLayers } from "../src/image/merge.ts";
import type { PackageProblem } from "../src/model/answer.ts";
import type { BaseInfo } from "../src/model/base.ts";
import { failed, success, type Failure } from "../src/model/failure.ts";
import type { PackageContents } from "../src/repositories/contents/package-contents.ts";
import type {
  AddedPackage,
  PackageSource,
  Provider,
  RepositoryPackage,
  Resolution,
  Wanted,
} from "../src/repositories/package-source.ts";
import type { Supply } from "../src/choose/supply.ts";

type Files = Readonly<Record<string, ElfFacts>>;

const section = { revision: 1, byPath: {}, failures: [] };
const lib = "/usr/lib/x86_64-linux-gnu";
const loaderPath = "/lib64/ld-linux-x86-64.so.2";

const hashes = new Map<string, string>();

/** Something that is the same for the same facts alone. */
function hashOf(facts: ElfFacts): string {
  const text = JSON.stringify(facts);
  const hash = hashes.get(text) ?? String(hashes.size);
  hashes.set(text, hash);
  return hash;
}

/** A layer of ELF files of 100 bytes each. */
export function elfLayer(files: Files, packages: readonly InstalledPackage[] = []): LayerFacts {
  const database = "/var/lib/dpkg/status";
  const paths = [...Object.keys(files), ...(packages.length > 0 ? [database] : [])];
  const entries = paths.map((path): FileEntry => {
    return { path, type: "file", mode: 0o755, uid: 0, gid: 0, sizeBytes: 100 };
  });
  const byPath = Object.fromEntries(
    Object.entries(files).map(([path, facts]) => {
      const { machine, type, soname, interpreter } = facts;
      return [
        path,
        { sha256: hashOf(facts), machine, class: facts.class, type, soname, interpreter },
      ];
    }),
  );
  const fact: PackageFact = { manager: "dpkg", packages, problems: [] };
  return {
    diffId: null,
    compressedBytes: null,
    uncompressedBytes: 100 * Object.keys(files).length,
    entries,
    elf: { ...section, byPath },
    shebangs: section,
    texts: section,
    loaderCaches: section,
    packages: { ...section, byPath: packages.length > 0 ? { [database]: fact } : {} },
    failures: [],
  };
}

export function storeOf(files: Files): ElfStore {
  const facts = new Map(Object.values(files).map((one) => [hashOf(one), one]));
  return { get: (sha256) => facts.get(sha256) ?? null };
}

/** A library of Debian's folder, with these symbol versions. */
export function library(soname: string, versions: readonly string[] = []): Files {
  const definitions = versions.map((name, at) => ({ name, index: at + 2, isBase: false }));
  return { [`${lib}/${soname}`]: elfFacts({ soname, versionDefinitions: definitions }) };
}

/** A program of these libraries: a name alone, or with the versions that it asks of it. */
export function appNeeding(
  needed: Readonly<Record<string, readonly string[]>>,
  fields: Partial<App> = {},
): App {
  const versionNeeds = Object.entries(needed).flatMap(([file, versions]) =>
    versions.length === 0
      ? []
      : [{ file, versions: versions.map((name) => ({ name, weak: false })) }],
  );
  const files = {
    "/app/x": elfFacts({
      type: "pie",
      interpreter: loaderPath,
      needed: Object.keys(needed),
      versionNeeds,
    }),
  };
  return {
    layer: elfLayer(files),
    elf: storeOf(files),
    programs: ["/app/x"],
    env: [],
    workingDirectory: null,
    machine: null,
    cpuLevel: "x86-64-v1",
    packageOf: () => null,
    ...fields,
  };
}

export function baseInfo(fields: Partial<BaseInfo> = {}): BaseInfo {
  return {
    id: "base",
    reference: "example.org/base",
    platform: "linux/amd64",
    measurement: { kind: "measured", digest: null, date: "2026-11-25", source: "test" },
    compressedBytes: null,
    unpackedBytes: 1000,
    distro: { id: "debian", version: "12" },
    libc: { kind: "glibc", version: "2.36" },
    shell: "/bin/sh",
    packageManager: "apt-get",
    user: "",
    packages: 0,
    cpuLevel: "x86-64-v1",
    support: null,
    ...fields,
  };
}

export interface MadeBase {
  readonly info?: Partial<BaseInfo>;
  readonly files?: Files;
  readonly packages?: readonly InstalledPackage[];
}

/** A base with glibc's loader, of which all that is given stands in Debian's folder. */
export function madeBase({ info, files = {}, packages = [] }: MadeBase = {}): BaseRoot {
  const loader = {
    kind: "glibc",
    version: "2.36",
    systemDirs: [`${lib}/`, "/lib/", "/usr/lib/"],
    muslArchitecture: null,
  } as const;
  const all = { [loaderPath]: elfFacts({ loader, soname: "ld-linux-x86-64.so.2" }), ...files };
  const rootfs = mergeLayers([elfLayer(all, packages)], storeOf(all));
  const common = { env: [], workingDirectory: "", hasEntrypoint: false };
  return { info: baseInfo(info), rootfs, ...common };
}

export const installed = (name: string, version = "1"): InstalledPackage => ({
  name,
  version,
  architecture: "amd64",
  source: null,
  files: [],
});

/** A package of a made repository. */
export interface MadePackage {
  readonly files?: Files;
  readonly version?: string;
  /** Names of packages that come along. */
  readonly needs?: readonly string[];
  /** What its index says that it brings, by the name of a wish. */
  readonly brings?: readonly string[];
  /** Of `brings`. */
  readonly versions?: Provider["versions"];
  /** What stands in the way whenever it is asked for. */
  readonly problems?: readonly PackageProblem[];
  /** Its file cannot be had. */
  readonly unread?: Failure;
  /** A part of its file that cannot be read. */
  readonly damage?: Failure;
  /** A statement of its postinst that nobody knows. */
  readonly script?: string;
}

export interface MadeSupply extends Supply {
  /** What was asked of `resolve`, joined with blanks, in order. */
  readonly asked: readonly string[];
  /** Names of packages whose files were fetched, in order. */
  readonly fetched: readonly string[];
}

/** What supplies a base with these packages, the best provider first. */
export function madeSupply(
  packages: Readonly<Record<string, MadePackage>>,
  fields: Partial<Supply> & { readonly sourceProblems?: readonly Failure[] } = {},
): MadeSupply {
  const asked: string[] = [];
  const fetched: string[] = [];
  const toPackage = (name: string): RepositoryPackage => ({
    name,
    version: packages[name]?.version ?? "1",
    architecture: "amd64",
    source: null,
    downloadBytes: 10,
    installedBytes: 100,
    url: `http://repository.example/${name}.deb`,
    checksum: null,
    repository: "bookworm/main",
  });
  const source: PackageSource = {
    family: "dpkg",
    name: "Debian 12 (bookworm), amd64",
    data: [],
    problems: fields.sourceProblems ?? [],
    findProviders: (wanted) =>
      Object.entries(packages)
        .filter(([name, { brings = [] }]) => [...brings, name].includes(nameOf(wanted)))
        .map(([name, { versions = "unknown" }]) => {
          return { package: toPackage(name), path: null, versions };
        }),
    resolve(names, there) {
      asked.push(names.join(" "));
      return resolve(packages, toPackage, { names, there });
    },
    close: () => undefined,
  };
  return {
    asked,
    fetched,
    source,
    how: "install",
    builder: null,
    contentsOf({ name }) {
      fetched.push(name);
      const made = packages[name] ?? {};
      return Promise.resolve(
        made.unread === undefined ? success(contentsOf(name, made)) : failed(made.unread),
      );
    },
    problemsOf: () => [],
    ...fields,
  };
}

const nameOf = (wanted: Wanted): string =>
  wanted.kind === "soname" ? wanted.soname : wanted.kind === "file" ? wanted.path : wanted.name;

function resolve(
  packages: Readonly<Record<string, MadePackage>>,
  toPackage: (name: string) => RepositoryPackage,
  {
    names,
    there,
  }: { readonly names: readonly string[]; readonly there: readonly InstalledPackage[] },
): Resolution {
  const found = new Map<string, AddedPackage>();
  const add = (name: string, because: AddedPackage["because"]): void => {
    if (found.has(name)) return;
    found.set(name, { ...toPackage(name), because });
    for (const other of packages[name]?.needs ?? []) {
      add(other, { kind: "needed", by: name, relation: other });
    }
  };
  for (const name of names) add(name, { kind: "asked" });
  const all = [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const versionOf = (name: string) => there.find((one) => one.name === name)?.version;
  return {
    added: all.filter(({ name }) => versionOf(name) === undefined),
    changed: all.flatMap((to) => {
      const from = versionOf(to.name);
      return from === undefined || from === to.version ? [] : [{ from, to }];
    }),
    removed: [],
    problems: names.flatMap((name) => packages[name]?.problems ?? []),
  };
}

function contentsOf(
  name: string,
  { files = {}, version, script, damage }: MadePackage,
): PackageContents {
  const effects = { alternatives: [], diversions: [], refreshesLoaderCache: false };
  return {
    package: { ...installed(name, version), files: Object.keys(files) },
    scripts:
      script === undefined
        ? []
        : [{ name: "postinst", effects: { ...effects, unknown: [script] } }],
    symbols: [],
    shlibs: [],
    problems: damage === undefined ? [] : [damage],
    layer: elfLayer(files),
    elf: storeOf(files),
  };
}
