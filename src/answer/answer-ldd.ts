import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { checkApp } from "../check/check-app.ts";
import { startEnvironment } from "../check/environment.ts";
import type { Image } from "../image/image.ts";
import { mergeLayers } from "../image/merge.ts";
import { openLiveRootfs } from "../image/live-rootfs.ts";
import type { Rootfs } from "../image/rootfs.ts";
import { openImages } from "../image/sources/open-images.ts";
import { createLinker } from "../linking/linker.ts";
import { machineOfPlatform } from "../linking/machine.ts";
import type { Start, StartEnvironment } from "../linking/process.ts";
import { failed, success, type Failure, type Result } from "../model/failure.ts";
import { formatPlatform } from "../model/platform.ts";
import { configuredPrograms } from "../target/configured-programs.ts";
import { programsOf } from "../target/find-programs.ts";
import { imageUser } from "../target/image-user.ts";
import { openTargets } from "../target/open-target.ts";
import { readImage } from "../target/read-image.ts";
import { baseIsOf } from "./base-is.ts";
import { openBases } from "./open-bases.ts";
import type { AnswerOptions } from "./options.ts";

/** Programs of one root and what starting each comes to. */
export interface LddAnswer {
  readonly reference: string;
  /** `linux/amd64`; null for the root of this machine. */
  readonly platform: string | null;
  readonly programs: readonly { readonly program: string; readonly start: Start }[];
  /** What was not read of the root. */
  readonly failures: readonly Failure[];
}

/**
 * What the loader of a root loads for a program of it: an image, a folder with a root filesystem, this machine's own
 * root for a file of it, or a base that the file is laid over (`options.bases`). `path`: absolute, or a name for PATH;
 * null takes what the image starts.
 */
export async function answerLdd(
  reference: string,
  path: string | null,
  options: AnswerOptions,
): Promise<Result<readonly LddAnswer[]>> {
  if (options.bases.length > 0) return lddOverBases(reference, path, options);
  if (reference.startsWith("base:")) return lddOfBase(reference, path, options);
  const opened = await openImages(reference, options);
  if (!opened.ok) return opened;
  const answers: LddAnswer[] = [];
  for (const image of opened.value) {
    const answer = await lddOfImage(image, path, options);
    if (!answer.ok) return answer;
    answers.push(answer.value);
  }
  return success(answers);
}

/** A base of the catalogue itself, for each platform that is asked for, else for all that it is known for. */
async function lddOfBase(
  reference: string,
  path: string | null,
  { catalogue, platforms }: AnswerOptions,
): Promise<Result<readonly LddAnswer[]>> {
  const id = reference.slice("base:".length);
  const known = catalogue.bases.filter((info) => info.id === id).map(({ platform }) => platform);
  const asked = platforms.length > 0 ? platforms.map(formatPlatform) : known;
  const answers: LddAnswer[] = [];
  // A base that is not known is asked for once, for its failure.
  for (const platform of asked.length > 0 ? asked : ["linux/amd64"]) {
    const opened = await catalogue.open(id, platform);
    if (!opened.ok) return opened;
    const { config, layers, elf } = opened.value;
    const rootfs = mergeLayers(layers, elf);
    const programs = path === null ? configuredPrograms(config, rootfs, () => true) : [path];
    if (programs.length === 0) return failed(noEntrypoint(reference));
    const root = { config, reference, platform: config.platform, source: null };
    answers.push(lddIn(rootfs, { image: root, programs }));
  }
  return success(answers);
}

function noEntrypoint(reference: string): Failure {
  const reason = "its config starts nothing, expected a program: fromage ldd REF PATH";
  return { kind: "unsupported", what: reference, where: null, reason };
}

/** What is asked of an image once its files are read. */
interface LddRoot extends Pick<Image, "config" | "platform" | "reference"> {
  readonly source: Image["source"] | null;
}

async function lddOfImage(
  image: Image,
  path: string | null,
  options: AnswerOptions,
): Promise<Result<LddAnswer>> {
  const [layer] = image.layers;
  const { reference } = image;
  // A folder of this machine is looked at where a loader would look, not read as a whole.
  if (layer?.kind === "directory") {
    if (image.source === "path") return lddOfFile(image, layer.directory, { path, options });
    if (path !== null) {
      return success(lddIn(openLiveRootfs(layer.directory), { image, programs: [path] }));
    }
  }
  const read = await readImage(image, {
    ...(options.cache === undefined ? {} : { cache: options.cache }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onProgress: (progress) => options.onProgress?.(reference, progress),
  });
  if (!read.ok) return read;
  const { rootfs, failures } = read.value;
  const programs = path === null ? configuredPrograms(image.config, rootfs, () => true) : [path];
  if (programs.length === 0) {
    return failed(noEntrypoint(reference));
  }
  return success({ ...lddIn(rootfs, { image, programs }), failures });
}

function lddIn(
  rootfs: Rootfs,
  { image, programs }: { readonly image: LddRoot; readonly programs: readonly string[] },
): LddAnswer {
  const { config, platform, reference } = image;
  const user = imageUser(config.user, rootfs);
  const environment = startEnvironment(
    {
      env: config.env,
      workingDirectory: config.workingDir || null,
      cpuLevel: "x86-64-v1",
      ...(user === null ? {} : { user }),
    },
    { env: [], workingDirectory: "/", info: { cpuLevel: "x86-64-v1" } },
  );
  // An image's platform is known by its config, that of a root filesystem only by its programs.
  const machine = image.source === "rootfs" ? null : machineOfPlatform(platform);
  const linker = createLinker(rootfs, { environment, machine });
  return {
    reference,
    platform: image.source === "rootfs" ? null : formatPlatform(platform),
    programs: programs.map((program) => ({ program, start: linker.start(program) })),
    failures: [],
  };
}

/** A file of this machine, or the programs of a folder, as this machine would start them. */
async function lddOfFile(
  image: Image,
  place: string,
  { path, options }: { readonly path: string | null; readonly options: AnswerOptions },
): Promise<Result<LddAnswer>> {
  const host = resolve(options.cwd, place);
  const programs = statSync(host).isDirectory()
    ? path === null
      ? await programsBelow(image, host)
      : success([join(host, path)])
    : success([host]);
  if (!programs.ok) return programs;
  const environment: StartEnvironment = {
    ...startEnvironment(
      { env: [], workingDirectory: options.cwd, cpuLevel: "x86-64-v4" },
      { env: [], workingDirectory: "/", info: { cpuLevel: "x86-64-v4" } },
    ),
  };
  const linker = createLinker(openLiveRootfs("/"), { environment });
  return success({
    reference: image.reference,
    platform: null,
    programs: programs.value.map((program) => ({ program, start: linker.start(program) })),
    failures: [],
  });
}

async function programsBelow(image: Image, host: string): Promise<Result<readonly string[]>> {
  const read = await readImage(image, {});
  if (!read.ok) return read;
  const { rootfs } = read.value;
  const { programs } = programsOf(rootfs, [...rootfs.paths()]);
  return success(programs.map((program) => join(host, program.slice("/app/".length))));
}

async function lddOverBases(
  reference: string,
  path: string | null,
  options: AnswerOptions,
): Promise<Result<readonly LddAnswer[]>> {
  const targets = await openTargets(reference, {
    ...options,
    programs: path === null ? options.programs : [path],
    baseIs: baseIsOf(options),
    read: options.cache === undefined ? {} : { cache: options.cache },
  });
  if (!targets.ok) return targets;
  const answers: LddAnswer[] = [];
  for (const { app, summary, failures } of targets.value) {
    const bases = await openBases(summary.platform, options);
    if (!bases.ok) return bases;
    for (const base of bases.value.roots) {
      const { starts } = checkApp(app, base);
      answers.push({
        reference: `${reference} on ${base.info.id}`,
        platform: summary.platform,
        programs: app.programs.flatMap((program, index) => {
          const start = starts[index];
          return start === undefined ? [] : [{ program, start }];
        }),
        failures: [...failures, ...bases.value.failures],
      });
    }
  }
  return success(answers);
}
