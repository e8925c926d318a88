import type { OpenBase } from "../catalogue/catalogue.ts";
import { measureBase } from "../catalogue/measure-base.ts";
import type { BaseRoot } from "../check/base-root.ts";
import { toBaseRoot } from "../choose/open-base.ts";
import { describeSource } from "../image/describe-source.ts";
import { openImages } from "../image/sources/open-images.ts";
import type { BaseInfo } from "../model/base.ts";
import { failed, success, type Failure, type Result } from "../model/failure.ts";
import { parsePlatform } from "../model/platform.ts";
import { nearest } from "../model/nearest.ts";
import { failuresOf } from "../target/read-image.ts";
import type { AnswerOptions } from "./options.ts";

/** Bases for one platform, in the order in which they were asked for. */
export interface OpenedBases {
  readonly opened: readonly OpenBase[];
  readonly roots: readonly BaseRoot[];
  /** What was not read of them. */
  readonly failures: readonly Failure[];
}

/** The named bases, or all of the catalogue, as far as they are for that platform (`linux/amd64`). */
export async function openBases(
  platform: string,
  options: AnswerOptions,
): Promise<Result<OpenedBases>> {
  const { catalogue, bases } = options;
  const known = catalogue.bases.filter((info) => isFor(info, platform));
  const opened: OpenBase[] = [];
  if (bases.length === 0 && known.length === 0) return failed(noBaseFor(platform, catalogue));
  const wanted = bases.length > 0 ? bases : known.map(({ id }) => `base:${id}`);
  for (const reference of wanted) {
    const base = await openBase(reference, { platform, known, options });
    if (!base.ok) return base;
    // Named twice, or by two of its names: it is one candidate.
    const { id } = base.value.info;
    if (!opened.some(({ info }) => info.id === id)) opened.push(base.value);
  }
  const failures = opened.flatMap(({ layers }) => layers.flatMap(failuresOf));
  return success({ opened, roots: opened.map(toBaseRoot), failures });
}

function noBaseFor(platform: string, { bases }: AnswerOptions["catalogue"]): Failure {
  const near = [...new Set(bases.map((info) => info.platform))].toSorted();
  return { kind: "not-found", what: `a base for ${platform}`, where: "the catalogue", near };
}

/** A base of the catalogue is known for `linux/amd64`; a platform that asks for a newer processor can use it. */
export function isFor({ platform }: BaseInfo, asked: string): boolean {
  return platform === asked || (platform === "linux/amd64" && asked.startsWith("linux/amd64/"));
}

interface BaseRequest {
  readonly platform: string;
  /** Of the catalogue, for that platform. */
  readonly known: readonly BaseInfo[];
  readonly options: AnswerOptions;
}

/** `base:ID`, an id of the catalogue, the name in a registry that the catalogue has, or any image. */
async function openBase(
  reference: string,
  { platform, known, options }: BaseRequest,
): Promise<Result<OpenBase>> {
  const { catalogue } = options;
  const id = reference.startsWith("base:") ? reference.slice("base:".length) : reference;
  const info = known.find((one) => one.id === id || one.reference === reference);
  if (info !== undefined) return catalogue.open(info.id, info.platform);
  const isElsewhere = catalogue.bases.some((one) => one.id === id || one.reference === reference);
  if (reference.startsWith("base:") || isElsewhere) return catalogue.open(id, platform);
  const measured = await measureNow(reference, platform, options);
  if (measured.ok || !["not-found", "unsupported"].includes(measured.failure.kind)) return measured;
  // `alpine:3.20` is what people write, `alpine-3.20` is what it is called here.
  const asId = reference.replace(":", "-");
  const near = nearest(
    asId,
    known.map((one) => one.id),
  );
  if (near.length === 0) return measured;
  return failed({ kind: "not-found", what: reference, where: null, near });
}

/** Any image, read as the bases of the catalogue were. */
async function measureNow(
  reference: string,
  platform: string,
  { cwd, temporaryFolder, remote, signal, cache, onProgress, asOf, support }: AnswerOptions,
): Promise<Result<OpenBase>> {
  const wanted = parsePlatform(platform);
  const images = await openImages(reference, {
    cwd,
    temporaryFolder,
    platforms: wanted === null ? [] : [wanted],
    ...(signal === undefined ? {} : { signal }),
    ...(remote === undefined ? {} : { remote }),
  });
  if (!images.ok) return images;
  const [image] = images.value;
  if (image === undefined) {
    return failed({ kind: "not-found", what: reference, where: null, near: [] });
  }
  if (image.source === "path") {
    const reason = "it is a file or folder, a base is an image or a root filesystem";
    return failed({ kind: "unsupported", what: reference, where: null, reason });
  }
  return measureBase(image, {
    id: reference,
    reference: null,
    kind: "measured",
    source: describeSource(image),
    date: asOf,
    digest: null,
    support,
    ...(signal === undefined ? {} : { signal }),
    ...(cache === undefined ? {} : { cache }),
    onProgress: (progress) => onProgress?.(reference, progress),
  });
}
