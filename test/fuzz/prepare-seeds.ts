import { spawnSync } from "node:child_process";
import {
  closeSync,
  createReadStream,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import {
  compressionMagicBytes,
  decompress,
  detectCompression,
  type Compression,
} from "../../src/formats/compression.ts";
import { blockBytes } from "../../src/formats/tar/block.ts";
import type { TarHandler } from "../../src/formats/tar/tar-handler.ts";
import { TarReader } from "../../src/formats/tar/tar-reader.ts";
import { listTar, type TarRange } from "../../src/image/sources/tar-members.ts";
import { findTestImages } from "../images.ts";
import { packLayers } from "./layer-stack.ts";

/** Bigger inputs are changed too slowly to be worth it. */
const maxSeedBytes = 96 * 1024;
/** Files of one kind that are taken of one image. */
const maxOfKind = 12;

/** Which family a file of an image is for. */
const kinds: readonly (readonly [family: string, path: RegExp])[] = [
  ["apk", /^\/lib\/apk\/db\/installed$/],
  ["dpkg", /^\/var\/lib\/dpkg\/(?:status\.d\/[\w.-]+|info\/[\w.:+-]+\.list|diversions|status)$/],
  ["rpm", /\/rpmdb\.sqlite$/],
  ["texts", /^\/etc\/(?:passwd|group|os-release)$|^\/usr\/lib\/os-release$|\/bin\/[\w-]+$/],
  ["ld-so-cache", /^\/etc\/ld\.so\.cache$/],
  ["elf", /\.so(?:\.|$)|\/s?bin\//],
];

/**
 * Real inputs for the families, in folders of their names below `folder`: files of the test images where those are there, of
 * this machine, and compiled. The same machine gives the same ones.
 */
export async function prepareSeeds(folder: string): Promise<void> {
  const images = findTestImages();
  if (images !== null) {
    await takeFrom(join(images, "alpine-minirootfs-3.20.3-x86_64.tar.gz"), folder);
    await takeFrom(join(images, "almalinux-9-docker-aarch64-micro-20231124.tar.xz"), folder);
    await takeFrom(join(images, "distroless-base-debian12-amd64.oci.tar"), folder);
    await takeFrom(join(images, "debian-12-slim-amd64.oci.tar"), folder);
  }
  for (const path of ["/etc/ld.so.cache", "/etc/passwd", "/etc/os-release"]) {
    if (existsSync(path))
      keep(folder, path === "/etc/ld.so.cache" ? "ld-so-cache" : "texts", readFileSync(path));
  }
  compile(folder);
  compress(folder);
}

const counts = new Map<string, number>();

function keep(folder: string, family: string, bytes: Uint8Array): void {
  const kept = bytes.byteLength <= maxSeedBytes ? bytes : cutText(family, bytes);
  if (kept === null || kept.byteLength === 0) return;
  const count = counts.get(`${folder}/${family}`) ?? 0;
  counts.set(`${folder}/${family}`, count + 1);
  mkdirSync(join(folder, family), { recursive: true });
  writeFileSync(join(folder, family, String(count).padStart(4, "0")), kept);
}

/** Of a long text the beginning is as good; a long binary file is left out. */
function cutText(family: string, bytes: Uint8Array): Uint8Array | null {
  return ["apk", "dpkg", "texts"].includes(family) ? bytes.subarray(0, 32 * 1024) : null;
}

/** The files of interest of the biggest layer of an archive, and the layer's beginning. */
async function takeFrom(archive: string, folder: string): Promise<void> {
  if (!existsSync(archive)) return;
  const { offsetBytes: start, lengthBytes } = biggestBlob(archive);
  const end = start + lengthBytes - 1;
  const source = createReadStream(archive, { start, end, highWaterMark: 1024 * 1024 });
  const reader = new TarReader({ where: archive, handler: takeFiles(folder) });
  let head: Buffer | null = null;
  for await (const chunk of decompress(compressionAt(archive, start), source)) {
    head ??= Buffer.from(chunk.subarray(0, 40 * 512));
    reader.push(chunk);
  }
  if (head === null) return;
  keep(folder, "tar", head);
  keep(folder, "layers", packLayers([head, gzipSync(head)]));
  const [first, second] = cutMembers(head);
  keep(folder, "layers", packLayers([first, second]));
  keep(folder, "tar", first);
  keep(folder, "tar", second);
  keep(folder, "compression", gzipSync(head));
  keep(folder, "compression", zstdCompressSync(head));
}

/** Twice some whole members of the beginning of an archive. */
function cutMembers(head: Buffer): readonly [Buffer, Buffer] {
  const starts = Array.from({ length: head.byteLength / blockBytes }, (_, at) => at * blockBytes);
  const headers = starts.filter((at) => head.toString("latin1", at + 257, at + 262) === "ustar");
  const [fourth, eighth] = [headers[4] ?? head.byteLength, headers[8] ?? head.byteLength];
  return [head.subarray(0, fourth), head.subarray(fourth, eighth)];
}

/** All of a file that is no OCI archive. */
function biggestBlob(archive: string): TarRange {
  const members = listTar(archive, { where: archive });
  if (!members.ok) return { offsetBytes: 0, lengthBytes: Infinity };
  const all = members.value;
  const blobs = [...all.entries.keys()].filter((path) => path.startsWith("/blobs/"));
  const ranges = blobs.flatMap((path) => all.find(path) ?? []);
  const [biggest] = ranges.toSorted((a, b) => b.lengthBytes - a.lengthBytes);
  return biggest ?? { offsetBytes: 0, lengthBytes: Infinity };
}

function takeFiles(folder: string): TarHandler {
  const taken = new Map<string, number>();
  let content: Buffer[] = [];
  let family: string | null = null;
  return {
    entry({ path, sizeBytes }) {
      family = kinds.find(([, pattern]) => pattern.test(path))?.[0] ?? null;
      content = [];
      const isBig = sizeBytes > 4 * 1024 * 1024;
      return family !== null && !isBig && (taken.get(family) ?? 0) < maxOfKind;
    },
    content: (bytes) => content.push(Buffer.from(bytes)) > 0,
    endOfFile() {
      if (family === null) return;
      taken.set(family, (taken.get(family) ?? 0) + 1);
      keep(folder, family, Buffer.concat(content));
    },
    problem: () => undefined,
  };
}

function compressionAt(archive: string, start: number): Compression {
  const descriptor = openSync(archive, "r");
  try {
    const head = Buffer.alloc(compressionMagicBytes);
    readSync(descriptor, head, 0, head.byteLength, start);
    return detectCompression(head);
  } finally {
    closeSync(descriptor);
  }
}

const program =
  "#include <stdio.h>\nint shown(void);int main(int c,char**v){puts(v[c-1]);return 0;}\n";

const compiler = "gcc";

/** Small programs and libraries of this machine's compiler, where there is one. */
function compile(folder: string): void {
  const builds: readonly (readonly string[])[] = [
    ["-shared", "-fPIC", "-Wl,-soname,libmade.so.1"],
    ["-pie"],
    ["-no-pie", "-s", "-Wl,--hash-style=both"],
    ["-shared", "-fPIC", "-Wl,-z,now", "-g"],
  ];
  for (const flags of builds) {
    const output = join(folder, "compiled");
    mkdirSync(folder, { recursive: true });
    const made = spawnSync(compiler, ["-x", "c", "-", "-o", output, ...flags], { input: program });
    if (made.status === 0) keep(folder, "elf", readFileSync(output));
  }
  const xzHere = spawnSync("xz", ["-c", "-9"], { input: program.repeat(40) });
  if (xzHere.status === 0) keep(folder, "xz", xzHere.stdout);
}

function compress(folder: string): void {
  const bytes = Buffer.from(program.repeat(40));
  keep(folder, "compression", Buffer.concat([gzipSync(bytes), gzipSync(bytes), Buffer.alloc(64)]));
  keep(folder, "compression", Buffer.concat([zstdCompressSync(bytes), zstdCompressSync(bytes)]));
  for (const args of [
    ["-c", "-0"],
    ["-c", "--check=crc32"],
    ["-c", "--check=none", "-6"],
  ]) {
    const made = spawnSync("xz", args, { input: bytes });
    if (made.status === 0) keep(folder, "xz", made.stdout);
  }
}
