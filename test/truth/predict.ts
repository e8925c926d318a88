import { readFileSync } from "node:fs";
import type { App } from "../../src/check/app.ts";
import type { BaseRoot } from "../../src/check/base-root.ts";
import { checkApp } from "../../src/check/check-app.ts";
import { FactsCache } from "../../src/image/cache/facts-cache.ts";
import { mergeLayers } from "../../src/image/merge.ts";
import { readLayer } from "../../src/image/read-layer.ts";
import { readLayers } from "../../src/image/read-layers.ts";
import { readers } from "../../src/image/readers/list.ts";
import { openElfLines } from "../../src/image/elf-lines.ts";
import { openImages } from "../../src/image/sources/open-images.ts";
import { machineOfPlatform } from "../../src/linking/machine.ts";
import type { CpuLevel } from "../../src/linking/process.ts";
import type { Failure } from "../../src/model/failure.ts";
import { describeFailure } from "../../src/report/failure-words.ts";
import { describeFinding } from "../../src/report/finding-words.ts";
import type { Root } from "./roots.ts";
import type { Subject } from "./subject.ts";
import { workFolder } from "./work-folder.ts";

/** What the product says about one subject in one root, before anything is run. */
export interface Prediction {
  readonly verdict: "runs" | "unproven" | "fails";
  /** Codes of the findings, sorted. */
  readonly codes: readonly string[];
  /** The first cause in words; for the report. */
  readonly text: string;
}

/**
 * Predicts from the subject's folder and the root's archive, with our own readers; never from the unpacked root, which
 * other tools made.
 */
export async function predict(subject: Subject, root: Root): Promise<Prediction> {
  const [app, base] = await Promise.all([appOf(subject), baseOf(root)]);
  const { verdict, findings } = checkApp(app, base);
  const first = findings.find(({ severity }) => severity === "blocks") ?? findings[0];
  return {
    verdict,
    codes: [...new Set(findings.map(({ code }) => code))].toSorted(),
    text: first === undefined ? "" : describeFinding(first),
  };
}

const apps = new Map<string, Promise<App>>();
const bases = new Map<string, Promise<BaseRoot>>();

async function appOf(subject: Subject): Promise<App> {
  let app = apps.get(subject.fingerprint);
  if (app === undefined) {
    app = readApp(subject);
    apps.set(subject.fingerprint, app);
  }
  return app;
}

async function readApp({ folder, program, environment }: Subject): Promise<App> {
  const read = await readLayer({ kind: "directory", directory: folder, mountPath: "/app" });
  if (!read.ok) throw cannot(read.failure);
  return {
    layer: read.value.facts,
    elf: openElfLines(read.value.elfLines),
    programs: [`/app/${program}`],
    env: Object.entries({ HOME: "/tmp", ...environment }).map(
      ([name, value]) => `${name}=${value}`,
    ),
    workingDirectory: "/app",
    machine: machineOfPlatform({ os: "linux", architecture: "amd64" }),
    cpuLevel: hostLevel(),
    packageOf: () => null,
  };
}

async function baseOf(root: Root): Promise<BaseRoot> {
  let base = bases.get(root.id);
  if (base === undefined) {
    base = readBase(root);
    bases.set(root.id, base);
  }
  return base;
}

async function readBase({ id, archive, environment }: Root): Promise<BaseRoot> {
  const images = await openImages(archive ?? "scratch", {
    cwd: "/",
    platforms: [],
    temporaryFolder: workFolder("temporary"),
  });
  if (!images.ok) throw cannot(images.failure);
  const [image] = images.value;
  if (image === undefined) throw new RangeError(`Cannot open ${id}: no image came back`);
  const layers = await readLayers(image.layers, {
    cache: new FactsCache(workFolder("facts"), readers),
  });
  let rootfs = mergeLayers([], { get: () => null });
  for (const layer of layers) {
    if (!layer.ok) throw cannot(layer.failure);
    rootfs = rootfs.over([layer.value.facts], layer.value.elf);
  }
  const info = {
    id,
    reference: null,
    platform: "linux/amd64",
    measurement: { kind: "measured", digest: null, date: "2026-11-25", source: id },
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
  } as const;
  return { info, rootfs, env: environment, workingDirectory: "/", hasEntrypoint: false };
}

function cannot(failure: Failure): Error {
  return new Error(describeFailure(failure));
}

/** What this machine's processor is. Source: x86-64 psABI, micro-architecture levels; names of /proc/cpuinfo. */
function hostLevel(): CpuLevel {
  const flags = new Set(
    /^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1]?.split(" "),
  );
  const has = (names: string): boolean => names.split(" ").every((name) => flags.has(name));
  if (!has("cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3")) return "x86-64-v1";
  if (!has("avx avx2 bmi1 bmi2 f16c fma abm movbe xsave")) return "x86-64-v2";
  return has("avx512f avx512bw avx512cd avx512dq avx512vl") ? "x86-64-v4" : "x86-64-v3";
}
