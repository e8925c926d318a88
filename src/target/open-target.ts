import type { App } from "../check/app.ts";
import type { Catalogue, OpenBase } from "../catalogue/catalogue.ts";
import type { Image } from "../image/image.ts";
import type { ElfStore, LayerFacts } from "../image/layer-facts.ts";
import type { MergedRootfs } from "../image/merge.ts";
import { openImages } from "../image/sources/open-images.ts";
import type { RemoteSources } from "../image/sources/remote-sources.ts";
import type { ReadLayersOptions } from "../image/read-layers.ts";
import { takePaths, withoutData } from "../image/take-paths.ts";
import { createLinker } from "../linking/linker.ts";
import { machineOfPlatform, platformOfMachine } from "../linking/machine.ts";
import type { CpuLevel, Start } from "../linking/process.ts";
import type { TargetSummary } from "../model/answer.ts";
import { failed, success, type Failure, type Result } from "../model/failure.ts";
import { formatPlatform, type Platform } from "../model/platform.ts";
import type { FinalBase } from "../formats/dockerfile/final-base.ts";
import { startEnvironment } from "../check/environment.ts";
import { configuredPrograms, realProgram } from "./configured-programs.ts";
import { findBase, noBase } from "./find-base.ts";
import { copiedPaths } from "./fold-directories.ts";
import { programsOf, type FoundPrograms } from "./find-programs.ts";
import { imageUser } from "./image-user.ts";
import { hostOf, measureTarget } from "./measure-target.ts";
import { readImage } from "./read-image.ts";
import { splitImage, type ImageParts, type KnownBase } from "./split-image.ts";
import type { Target } from "./target.ts";

export interface OpenTargetOptions {
  readonly cwd: string;
  /** Empty: what the target is for. */
  readonly platforms: readonly Platform[];
  readonly catalogue: Catalogue;
  /** The base that somebody says it stands on; per platform. */
  readonly baseIs: ((platform: string) => Promise<Result<OpenBase>>) | null;
  /** What the Dockerfile says that the image was built by; absent where none was named. */
  readonly finalStage?: FinalBase;
  /** Absolute paths in an image that are the app's, whoever owns them. */
  readonly appPaths: readonly string[];
  /** What is started, instead of what is found; paths in the image, or below a folder. */
  readonly programs: readonly string[];
  /** Shared objects that what is started opens by itself; paths in the image, or below a folder. */
  readonly loads?: readonly string[];
  readonly read: ReadLayersOptions;
  readonly temporaryFolder: string;
  /** Absent: only what is in files is opened. */
  readonly remote?: RemoteSources;
  readonly signal?: AbortSignal;
}

/** Opens what the user points at, for each platform, and splits it. */
export async function openTargets(
  reference: string,
  options: OpenTargetOptions,
): Promise<Result<readonly Target[]>> {
  const opened = await openImages(reference, options);
  if (!opened.ok) return opened;
  const targets: Target[] = [];
  for (const image of opened.value) {
    const target = await openTarget(image, options);
    if (!target.ok) return target;
    targets.push(target.value);
  }
  return success(targets);
}

async function openTarget(image: Image, options: OpenTargetOptions): Promise<Result<Target>> {
  const host = hostOf(image);
  const isPath = host !== null;
  const read = await readImage(image, options.read);
  if (!read.ok) return read;
  const { rootfs, elf } = read.value;
  const found = isPath ? success(noBase) : await findBase(image, read.value, options);
  if (!found.ok) return found;
  const base = success(found.value.base);
  const failures = [...read.value.failures, ...found.value.failures];
  const parts = isPath ? pathParts(rootfs) : splitImage(rootfs, base.value, options.appPaths);
  const { programs, unchecked } = findPrograms(image, { rootfs, parts, named: options.programs });
  // What could not be read comes first: the program may be in it.
  if (programs.length === 0) return failed(failures[0] ?? noProgram(image, isPath));
  const loads = (options.loads ?? []).map((name) => inResult(image, name));
  const own = [...programs, ...loads];
  const platform = platformOf(image, { rootfs, programs: own, asked: options.platforms });
  const taken = isPath
    ? parts.appPaths.map((path) => ({ from: path, to: path }))
    : copiedPaths(rootfs, parts.appPaths);
  const layer = takePaths(rootfs, taken);
  const app = makeApp(image, { rootfs, parts, programs, loads, platform, layer, elf });
  const starts = startInTarget(app, rootfs);
  const summary: TargetSummary = {
    reference: image.reference,
    ...(image.origin === undefined ? {} : { origin: image.origin }),
    kind: host === null ? "image" : host.isFolder ? "folder" : "file",
    platform: formatPlatform(platform),
    ...found.value.said,
    addedPackages: parts.addedPackages.map(({ name, version }) => ({ name, version })),
    app: {
      programs,
      unchecked,
      files: layer.entries.filter(({ type }) => type === "file").length,
      unpackedBytes: layer.uncompressedBytes,
      elfFiles: Object.keys(layer.elf.byPath).length,
    },
  };
  return success({
    summary,
    source: image.source,
    imageName: image.name ?? null,
    config: image.config,
    rootfs,
    app,
    appPaths: parts.appPaths,
    starts,
    processes: starts.flatMap(({ processes }) => processes),
    compressed: await measureTarget({
      image,
      rootfs,
      host,
      appPaths: parts.appPaths,
      baseLayers: foreignLayers(rootfs, { parts, base: base.value }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    }),
    failures,
  });
}

/** How many layers at the bottom are not the app's; null where one of the others holds more than the app. */
function foreignLayers(
  rootfs: MergedRootfs,
  { parts, base }: { readonly parts: Parts; readonly base: KnownBase | null },
): number | null {
  if (parts.addedPackages.length > 0) return null;
  if (base !== null) return base.layers;
  const own = new Set(parts.appPaths);
  const isAllApp = [...rootfs.paths()].every(
    (path) => own.has(path) || rootfs.lookup(path)?.entry.type === "directory",
  );
  return isAllApp ? 0 : null;
}

/** A file or folder is all app. */
function pathParts(rootfs: MergedRootfs): Pick<ImageParts, "addedPackages" | "appPaths"> & {
  readonly ownership: ImageParts["ownership"] | null;
} {
  const appPaths = [...rootfs.paths()].filter((path) => path !== "/");
  return { addedPackages: [], appPaths, ownership: null };
}

type Parts = ReturnType<typeof pathParts>;

function findPrograms(
  image: Image,
  {
    rootfs,
    parts,
    named,
  }: { readonly rootfs: MergedRootfs; readonly parts: Parts; readonly named: readonly string[] },
): FoundPrograms {
  if (named.length > 0) {
    return { programs: named.map((name) => inResult(image, name)), unchecked: [] };
  }
  if (image.source !== "path") {
    const isTaken = new Set(parts.appPaths);
    const configured = configuredPrograms(image.config, rootfs, (path) => isTaken.has(path));
    const real = configured.map((program) => realProgram(image.config, rootfs, program) ?? program);
    const isOwn = real.some((path) => isTaken.has(path));
    const found = programsOf(rootfs, parts.appPaths);
    // What the config starts is the base's own shell, and the app has programs: those are what is meant.
    const isShell = configured.every((program) => /(?:^|\/)(?:ba|da|a)?sh$/.test(program));
    if (configured.length > 0 && (isOwn || !isShell || found.programs.length === 0)) {
      return withStarted({ configured, real }, { rootfs, found, isTaken });
    }
    return found;
  }
  return programsOf(rootfs, parts.appPaths);
}

/** What is named below a folder is there below /app. */
function inResult(image: Image, name: string): string {
  return image.source === "path" && !name.startsWith("/")
    ? `/app/${name.replace(/^\.\//, "")}`
    : name;
}

/**
 * A script starts what its text says, which is not read here: so every program of the app beside it is looked at too.
 * Without a script, they are told as not looked at.
 */
function withStarted(
  { configured, real }: Readonly<Record<"configured" | "real", readonly string[]>>,
  app: {
    readonly rootfs: MergedRootfs;
    readonly found: FoundPrograms;
    readonly isTaken: ReadonlySet<string>;
  },
): FoundPrograms {
  const others = app.found.programs.filter((program) => !real.includes(program));
  const isScript = real.some((path) => app.isTaken.has(path) && app.rootfs.shebang(path) !== null);
  return isScript
    ? { programs: [...configured, ...others], unchecked: [] }
    : { programs: configured, unchecked: others };
}

function noProgram({ reference }: Image, isPath: boolean): Failure {
  const reason = isPath
    ? "it has neither an ELF program nor a script, expected one or --program PATH"
    : "its config starts nothing and it has no program of an app, expected --program PATH";
  return { kind: "unsupported", what: reference, where: null, reason };
}

/** The platform of a file or folder is that of its first program, unless somebody says another. */
function platformOf(
  image: Image,
  seen: {
    readonly rootfs: MergedRootfs;
    readonly programs: readonly string[];
    readonly asked: readonly Platform[];
  },
): Platform {
  if (image.source !== "path" || seen.asked.length > 0) return image.platform;
  for (const program of seen.programs) {
    const facts = seen.rootfs.elf(program);
    const platform = facts === null ? null : platformOfMachine(facts);
    if (platform !== null) return platform;
  }
  return image.platform;
}

interface AppParts {
  readonly rootfs: MergedRootfs;
  readonly parts: Parts;
  readonly programs: readonly string[];
  readonly loads: readonly string[];
  readonly platform: Platform;
  readonly layer: LayerFacts;
  readonly elf: ElfStore;
}

function makeApp(image: Image, taken: AppParts): App {
  const { rootfs, parts, programs, loads, platform, layer, elf } = taken;
  const isPath = image.source === "path";
  const user = isPath ? null : imageUser(image.config.user, rootfs);
  return {
    ...(user === null ? {} : { user }),
    layer: withoutData(layer, new Set(programs)),
    elf,
    programs,
    ...(loads.length === 0 ? {} : { loads }),
    env: image.config.env,
    workingDirectory: isPath ? "/app" : image.config.workingDir || null,
    machine: machineOfPlatform(platform),
    cpuLevel: cpuLevelOf(platform),
    addedPackages: [...new Set(parts.addedPackages.map(({ name }) => name))],
    packageOf(path) {
      const resolved = rootfs.resolve(path);
      if (resolved.kind !== "found") return null;
      return parts.ownership?.ownerOf(resolved.path)?.name ?? null;
    },
  };
}

/** `linux/amd64/v3`. Source: OCI image-index.md, platform variants; Go's GOAMD64. */
function cpuLevelOf({ architecture, variant }: Platform): CpuLevel {
  const levels: Readonly<Record<string, CpuLevel>> = {
    v2: "x86-64-v2",
    v3: "x86-64-v3",
    v4: "x86-64-v4",
  };
  return (architecture === "amd64" ? levels[variant ?? ""] : undefined) ?? "x86-64-v1";
}

function startInTarget(app: App, rootfs: MergedRootfs): readonly Start[] {
  const base = { env: [], workingDirectory: "/", info: { cpuLevel: app.cpuLevel } };
  const environment = startEnvironment(app, base);
  const linker = createLinker(rootfs, { environment, machine: app.machine });
  return app.programs.map((program) => linker.start(program));
}
