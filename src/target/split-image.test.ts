import { describe, expect, it } from "vitest";
import type { FileEntry, InstalledPackage, LayerFacts } from "../image/layer-facts.ts";
import { mergeLayers } from "../image/merge.ts";
import { splitImage } from "./split-image.ts";

const store = { get: () => null };

type Short = string | readonly [path: string, fields: Partial<FileEntry>];

interface ShortLayer {
  readonly files: readonly Short[];
  /** What its apk database says, whole. */
  readonly apk?: readonly (readonly [name: string, version: string, ...files: readonly string[]])[];
}

function layer({ files, apk }: ShortLayer): LayerFacts {
  const empty = { revision: 1, byPath: {}, failures: [] };
  const entries = files.map((file): FileEntry => {
    const [path, fields] = typeof file === "string" ? [file, {}] : file;
    return { path, type: "file", mode: 0o755, uid: 0, gid: 0, sizeBytes: 1, ...fields };
  });
  const database = "/lib/apk/db/installed";
  const packages = (apk ?? []).map(([name, version, ...owned]): InstalledPackage => ({
    name,
    version,
    architecture: null,
    source: null,
    files: owned,
  }));
  const fact = { manager: "apk" as const, packages, problems: [] };
  if (apk !== undefined) {
    const common = { mode: 0o644, uid: 0, gid: 0, sizeBytes: 1 };
    entries.push({ path: database, type: "file", ...common });
  }
  return {
    diffId: null,
    compressedBytes: null,
    uncompressedBytes: 0,
    entries,
    elf: empty,
    shebangs: empty,
    texts: empty,
    loaderCaches: empty,
    packages: apk === undefined ? empty : { ...empty, byPath: { [database]: fact } },
    failures: [],
  };
}

const busybox = ["busybox", "1", "/bin/busybox"] as const;
const curl = ["curl", "8", "/usr/bin/curl"] as const;
const base: ShortLayer = { files: ["/bin/busybox", "/etc/passwd"], apk: [busybox] };
const installs: ShortLayer = {
  files: ["/usr/bin/curl", "/etc/passwd", "/var/cache/x"],
  apk: [busybox, curl],
};
const app: ShortLayer = {
  files: ["/app/server", "/usr/local/bin/tool", "/etc/app.conf", ["/data", { type: "directory" }]],
};

interface Case {
  readonly name: string;
  readonly layers: readonly ShortLayer[];
  /** How many of them are the base; null: it is not known. "said": somebody says that the first one is it. */
  readonly known: number | null | "said";
  readonly appRoots?: readonly string[];
  readonly added: readonly string[];
  readonly appPaths: readonly string[];
}

const cases: readonly Case[] = [
  {
    name: "above a known base, what no package has is the app, and packages are packages",
    layers: [base, installs, app],
    known: 1,
    added: ["curl"],
    appPaths: ["/app", "/app/server", "/data", "/etc/app.conf", "/usr/local/bin/tool"],
  },
  {
    name: "a base that somebody names counts like one that the layers show",
    layers: [base, installs, app],
    known: "said",
    added: ["curl"],
    appPaths: ["/app", "/app/server", "/data", "/etc/app.conf", "/usr/local/bin/tool"],
  },
  {
    name: "without a known base all packages are added, and the distribution's folders are not the app",
    layers: [base, installs, app],
    known: null,
    added: ["busybox", "curl"],
    appPaths: ["/app", "/app/server", "/data", "/usr/local/bin/tool"],
  },
  {
    name: "an image without a package database is all app, but for what a running system writes",
    layers: [{ files: ["/lib/ld-musl-x86_64.so.1", "/server", "/etc/passwd", "/tmp/x"] }],
    known: null,
    added: [],
    appPaths: ["/lib/ld-musl-x86_64.so.1", "/server"],
  },
  {
    name: "a path that is named is the app's even when a package has it",
    layers: [base, installs],
    known: 1,
    appRoots: ["/usr/bin/curl"],
    added: ["curl"],
    appPaths: ["/usr/bin/curl"],
  },
];

describe("splitImage()", () => {
  it.each(cases)("$name", ({ layers, known, appRoots = [], added, appPaths }) => {
    const rootfs = mergeLayers(layers.map(layer), store);
    const count = known === "said" ? 1 : (known ?? 0);
    const lowest = mergeLayers(layers.slice(0, count).map(layer), store);
    const knownBase =
      known === null ? null : { rootfs: lowest, layers: known === "said" ? null : known };
    const parts = splitImage(rootfs, knownBase, appRoots);
    expect(parts.addedPackages.map(({ name }) => name)).toEqual(added);
    expect(parts.appPaths).toEqual(appPaths);
  });
});
