import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { packTar, type TarEntry } from "modern-tar";
import type { Digest } from "../src/model/digest.ts";

/** A day that does not change, so that the same entries are the same bytes. */
const madeAt = new Date("2026-01-01T00:00:00Z");

/** One entry of a layer that is made for a test: a text is a file, null a folder, `->` a link, `=>` a hard link. */
export type MadeEntry = readonly [name: string, content: string | Uint8Array | null, mode?: number];

/** A tar archive of these, in their order. */
export async function makeTar(entries: readonly MadeEntry[]): Promise<Buffer> {
  return Buffer.from(await packTar(entries.map(toTarEntry)));
}

function toTarEntry([name, content, mode]: MadeEntry): TarEntry {
  const common = { name, size: 0, mtime: madeAt };
  if (content === null) {
    return { header: { ...common, name: `${name}/`, type: "directory", mode: mode ?? 0o755 } };
  }
  const [, arrow, linkname = ""] = matchLink(content) ?? [];
  if (arrow !== undefined) {
    const type = arrow === "->" ? "symlink" : "link";
    return { header: { ...common, type, linkname, mode: mode ?? 0o777 } };
  }
  const size = Buffer.byteLength(content);
  return { header: { ...common, size, mode: mode ?? 0o644 }, body: content };
}

/** The arrow and the target of a link; null for all else. */
export function matchLink(content: MadeEntry[1]): RegExpExecArray | null {
  return typeof content === "string" ? /^([-=]>) (.*)$/.exec(content) : null;
}

/** Files in a tar archive, their names as they are; for archives of images. */
export async function packFiles(
  files: readonly (readonly [name: string, bytes: Uint8Array | string])[],
): Promise<Buffer> {
  const entries = files.map(([name, body]): TarEntry => {
    const size = Buffer.byteLength(body);
    return { header: { name, size, mtime: madeAt }, body };
  });
  return Buffer.from(await packTar(entries));
}

export function sha256(bytes: Uint8Array | string): `sha256:${string}` {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

export const compressors = {
  none: (bytes: Uint8Array) => Buffer.from(bytes),
  gzip: (bytes: Uint8Array) => gzipSync(bytes),
  zstd: (bytes: Uint8Array) => zstdCompressSync(bytes),
} as const;

export type MadeCompression = keyof typeof compressors;

const layerTypes = {
  none: "application/vnd.oci.image.layer.v1.tar",
  gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
};

/** A descriptor of the OCI image-spec. */
export interface MadeDescriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly platform?: object;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface MadeImage {
  /** Uncompressed, bottom first. */
  readonly tars: readonly Uint8Array[];
  readonly compression?: MadeCompression;
  /** `config` of the image config. */
  readonly config?: object;
  readonly architecture?: string;
  /** In place of what the layers have. */
  readonly diffIds?: readonly string[];
}

/** The image config of the made image, as text. */
export function makeConfig({
  tars,
  config = {},
  architecture = "amd64",
  diffIds,
}: MadeImage): string {
  return JSON.stringify({
    created: madeAt.toISOString(),
    architecture,
    os: "linux",
    config,
    rootfs: { type: "layers", diff_ids: diffIds ?? tars.map((tar) => sha256(tar)) },
  });
}

/** An OCI layout in the making: each part is written as it is made, the index last. */
export class MadeLayout {
  /** By name, relative to the layout. */
  readonly files = new Map<string, Uint8Array>();

  constructor() {
    this.files.set("oci-layout", Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
  }

  blob(bytes: Uint8Array | string, mediaType: string): MadeDescriptor {
    const content = Buffer.from(bytes);
    const digest = sha256(content);
    this.files.set(blobName(digest), content);
    return { mediaType, digest, size: content.byteLength };
  }

  image(image: MadeImage): MadeDescriptor {
    const compression = image.compression ?? "gzip";
    const layers = image.tars.map((tar) =>
      this.blob(compressors[compression](tar), layerTypes[compression]),
    );
    const config = this.blob(makeConfig(image), "application/vnd.oci.image.config.v1+json");
    return this.manifest({ config, layers });
  }

  manifest(fields: object): MadeDescriptor {
    const mediaType = "application/vnd.oci.image.manifest.v1+json";
    return this.blob(JSON.stringify({ schemaVersion: 2, mediaType, ...fields }), mediaType);
  }

  index(manifests: readonly unknown[]): MadeDescriptor {
    const mediaType = "application/vnd.oci.image.index.v1+json";
    return this.blob(JSON.stringify({ schemaVersion: 2, mediaType, manifests }), mediaType);
  }

  /** Names the roots and gives the layout back. */
  finish(manifests: readonly unknown[]): this {
    this.files.set("index.json", Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })));
    return this;
  }

  writeTo(folder: string): string {
    for (const [name, bytes] of this.files) {
      mkdirSync(join(folder, name, ".."), { recursive: true });
      writeFileSync(join(folder, name), bytes);
    }
    return folder;
  }

  async toTar(): Promise<Buffer> {
    return packFiles([...this.files]);
  }
}

export function blobName(digest: Digest): string {
  return `blobs/${digest.replace(":", "/")}`;
}

/** The layout of `docker save` before Docker 25: a folder per layer, the second with the same bytes a link to the first. */
export async function makeOldDockerSave(image: MadeImage, name: string): Promise<Buffer> {
  const config = makeConfig(image);
  const configName = `${sha256(config).slice(7)}.json`;
  const entries: TarEntry[] = [];
  const add = (path: string, body: Uint8Array | string): void => {
    entries.push({ header: { name: path, size: Buffer.byteLength(body), mtime: madeAt }, body });
  };
  const layers: string[] = [];
  const first = new Map<string, string>();
  for (const [index, tar] of image.tars.entries()) {
    const id = sha256(`layer ${index}`).slice(7);
    const path = `${id}/layer.tar`;
    entries.push({ header: { name: `${id}/`, type: "directory", size: 0, mtime: madeAt } });
    add(`${id}/VERSION`, "1.0");
    add(`${id}/json`, JSON.stringify({ id }));
    const shared = first.get(sha256(tar));
    if (shared === undefined) add(path, tar);
    else {
      const linkname = `../${shared}`;
      entries.push({ header: { name: path, type: "symlink", linkname, size: 0, mtime: madeAt } });
    }
    first.set(sha256(tar), shared ?? path);
    layers.push(path);
  }
  add(configName, config);
  add("manifest.json", JSON.stringify([{ Config: configName, RepoTags: [name], Layers: layers }]));
  add("repositories", "{}");
  return Buffer.from(await packTar(entries));
}

/** The layout since Docker 25: an OCI layout with a manifest.json beside index.json. Layers are stored uncompressed. */
export async function makeNewDockerSave(image: MadeImage, name: string): Promise<Buffer> {
  const layout = new MadeLayout();
  const manifest = layout.image({ ...image, compression: "none" });
  const annotations = { "io.containerd.image.name": name };
  layout.finish([{ ...manifest, annotations }]);
  const Layers = image.tars.map((tar) => blobName(sha256(tar)));
  const Config = blobName(sha256(makeConfig(image)));
  layout.files.set(
    "manifest.json",
    Buffer.from(JSON.stringify([{ Config, RepoTags: [name], Layers }])),
  );
  return layout.toTar();
}

/** The least x86-64 program that the loader's reader takes: one segment, no libraries. `seed` makes others of it. */
export function makeElf(seed: number): Buffer {
  const elf = Buffer.alloc(128);
  elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  elf.writeUInt16LE(2, 0x10);
  elf.writeUInt16LE(62, 0x12);
  elf.writeUInt32LE(1, 0x14);
  elf.writeBigUInt64LE(64n, 0x20);
  elf.writeUInt16LE(64, 0x34);
  elf.writeUInt16LE(56, 0x36);
  elf.writeUInt16LE(1, 0x38);
  elf.writeUInt32LE(1, 64);
  elf.writeBigUInt64LE(128n, 64 + 32);
  elf.writeBigUInt64LE(128n, 64 + 40);
  elf.writeUInt32LE(seed, 120);
  return elf;
}
