import { describeRootfs } from "../distros/describe-rootfs.ts";
import { installedPackages } from "../distros/installed-packages.ts";
import type { FactsCache } from "../image/cache/facts-cache.ts";
import { joinElfStores } from "../image/elf-lines.ts";
import type { Image, ImageConfig } from "../image/image.ts";
import type { LayerFacts } from "../image/layer-facts.ts";
import { textLayer } from "./text-layer.ts";
import { mergeLayers } from "../image/merge.ts";
import { readLayers, type ReadLayer, type ReadProgress } from "../image/read-layers.ts";
import type { RootfsNode, Rootfs } from "../image/rootfs.ts";
import type { BaseInfo, MeasurementKind } from "../model/base.ts";
import type { Digest } from "../model/digest.ts";
import { failed, success, type Result } from "../model/failure.ts";
import { formatPlatform, normalisePlatform } from "../model/platform.ts";
import type { OpenBase } from "./catalogue.ts";
import { promisedCpuLevel } from "./cpu-level.ts";
import { sumCompressed } from "./sum-compressed.ts";
import { findSupport, type SupportTable } from "./support.ts";

/** The parts of an image config that a medium without one leaves open. */
export type ConfigDefaults = Partial<Omit<ImageConfig, "platform" | "diffIds">>;

export interface MeasureOptions {
  readonly id: string;
  /** As `FROM` would name it; null for what has no name in a registry. */
  readonly reference: string | null;
  readonly kind: Exclude<MeasurementKind, "published">;
  /** Where the bytes came from, in one line for people. */
  readonly source: string;
  /** ISO day of the measurement. */
  readonly date: string;
  /** Of the publisher's manifest. The image must have it; null where it is not known, and for a stand-in. */
  readonly digest: Digest | null;
  /** Null: nothing is said about support. */
  readonly support: SupportTable | null;
  /** What the publisher's config says, for a medium that has none. It wins over the image's. */
  readonly config?: ConfigDefaults;
  /** Small files that the publisher's image has and a stand-in lacks, by absolute path: they come over its layers. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Absent: nothing is looked up or kept. */
  readonly cache?: FactsCache;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ReadProgress) => void;
}

/**
 * Reads an image as a base: the facts of its layers and what they come to in the words of a table. What could not be
 * read of a layer stays named in its `failures`. Fails when a layer cannot be read at all, or when the image has
 * another digest than the one that was asked for (`malformed`).
 */
export async function measureBase(
  image: Image,
  options: MeasureOptions,
): Promise<Result<OpenBase>> {
  const { id, digest, kind, texts } = options;
  if (kind !== "stand-in" && texts !== undefined) {
    throw new TypeError("Cannot add to measured bytes: only a stand-in may lack something");
  }
  if (kind === "stand-in" && digest !== null) {
    throw new TypeError("Cannot measure a stand-in: it has no official digest");
  }
  if (digest !== null && image.manifestDigest !== digest) {
    const reason = `its digest is ${image.manifestDigest ?? "not known"}, expected ${digest}`;
    const what = image.reference;
    return failed({
      kind: "malformed",
      what,
      where: null,
      format: "image",
      reason,
      offsetBytes: null,
    });
  }
  const { cache, signal, onProgress } = options;
  // Named by the base: a path of this machine must not get into a record that others read.
  const results = await readLayers(image.layers, {
    nameOf: () => id,
    ...(cache === undefined ? {} : { cache }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const layers: ReadLayer[] = [];
  for (const result of results) {
    if (!result.ok) return result;
    layers.push(result.value);
  }
  const compressedBytes = await sumCompressed(image.layers, signal);
  if (!compressedBytes.ok) return compressedBytes;
  const read = layers.map((layer) => layer.facts);
  const facts = texts === undefined ? read : [...read, textLayer(texts)];
  const elf = joinElfStores(layers.map((layer) => layer.elf));
  const config = toConfig(image, read, options);
  const rootfs = mergeLayers(facts, elf);
  const info = toInfo(rootfs, { config, options, compressedBytes: compressedBytes.value });
  return success({ info, config, layers: facts, elf });
}

/** DiffIds that the medium does not say are those that were read. */
function toConfig(
  { config, platform }: Image,
  layers: readonly LayerFacts[],
  { config: defaults }: MeasureOptions,
): ImageConfig {
  const found = layers.flatMap(({ diffId }) => (diffId === null ? [] : [diffId]));
  const isComplete = config.diffIds.length === layers.length;
  // A part of the chain would be taken for a shorter base.
  const read = found.length === layers.length ? found : [];
  return {
    ...config,
    ...defaults,
    platform: normalisePlatform(platform),
    diffIds: isComplete ? config.diffIds : read,
  };
}

interface Measured {
  readonly config: ImageConfig;
  readonly options: MeasureOptions;
  readonly compressedBytes: number | null;
}

function toInfo(rootfs: Rootfs, { config, options, compressedBytes }: Measured): BaseInfo {
  const { id, reference, kind, digest, date, source, support } = options;
  const { distro, libc, shell, packageManager } = describeRootfs(rootfs);
  const { manager, packages } = installedPackages(rootfs);
  const known = distro === null ? null : { id: distro.id, version: distro.version };
  return {
    id,
    reference,
    platform: formatPlatform(config.platform),
    measurement: { kind, digest, date, source },
    compressedBytes,
    unpackedBytes: sumFiles(rootfs),
    distro: known,
    libc: libc === null ? null : { kind: libc.kind, version: libc.version },
    shell: shell === null ? null : shell.path,
    packageManager,
    user: config.user,
    packages: manager === "none" ? null : packages.length,
    cpuLevel: promisedCpuLevel(rootfs, config.platform),
    support: support === null ? null : findSupport(support, { reference, distro: known }),
  };
}

/** Sizes of all files; one with several names counts once. */
function sumFiles(rootfs: Rootfs): number {
  const counted = new Set<RootfsNode>();
  let sumBytes = 0;
  for (const path of rootfs.paths()) {
    const node = rootfs.lookup(path);
    if (node === null || node.entry.type !== "file" || counted.has(node)) continue;
    counted.add(node);
    sumBytes += node.entry.sizeBytes;
  }
  return sumBytes;
}
