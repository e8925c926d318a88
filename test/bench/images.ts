import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { testImage } from "../images.ts";
import { run } from "./process-run.ts";

/** An image as an OCI directory, so that its layers can be given to gzip one by one. */
export interface BenchImage {
  readonly name: string;
  readonly folder: string;
  /** Absolute paths of its layer blobs, bottom first. All are gzip. */
  readonly blobs: readonly string[];
  readonly compressedBytes: number;
}

/** Unpacks an OCI archive of the test images. */
export function fromArchive(name: string, work: string): BenchImage {
  const folder = join(work, name);
  mkdirSync(folder, { recursive: true });
  must(["tar", "-xf", testImage(`${name}.oci.tar`), "-C", folder]);
  return describe(name, folder);
}

const folders = ["/usr/bin", "/usr/sbin", "/usr/lib", "/usr/share", "/usr/include", "/usr/local"];
const layerBytes = 128 * 1024 * 1024;

/**
 * An image of `minBytes` uncompressed in layers of 128 MiB, made of this machine's files, so that it holds what real
 * images hold. Null where the machine has not enough.
 */
export function fromMachine(minBytes: number, work: string): BenchImage | null {
  const name = "machine";
  const folder = join(work, name);
  mkdirSync(join(folder, "blobs/sha256"), { recursive: true });
  const lists: string[][] = [[]];
  let [totalBytes, inLayerBytes] = [0, 0];
  for (const { path, sizeBytes } of filesOfMachine()) {
    if (totalBytes >= minBytes) break;
    if (inLayerBytes >= layerBytes) {
      lists.push([]);
      inLayerBytes = 0;
    }
    lists.at(-1)?.push(path);
    inLayerBytes += sizeBytes;
    totalBytes += sizeBytes;
  }
  if (totalBytes < minBytes) return null;
  writeLayout(
    folder,
    lists.map((paths) => packLayer(paths, folder)),
  );
  return describe(name, folder);
}

/** Files and links, without the few that are as big as a whole layer. */
function* filesOfMachine(): Generator<{ path: string; sizeBytes: number }> {
  for (const folder of folders.filter((path) => existsSync(path))) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() && !entry.isSymbolicLink()) continue;
      const path = join(entry.parentPath, entry.name);
      const sizeBytes = lstatSync(path).size;
      if (sizeBytes < layerBytes) yield { path, sizeBytes };
    }
  }
}

interface LayerBlob {
  readonly digest: string;
  readonly diffId: string;
  readonly sizeBytes: number;
}

function packLayer(paths: readonly string[], folder: string): LayerBlob {
  const [list, file] = [join(folder, "list"), join(folder, "layer")];
  writeFileSync(list, paths.map((path) => `${path.slice(1)}\0`).join(""));
  must(["tar", "-C", "/", "--null", "-cf", file, "-T", list]);
  const diffId = sumOf(file);
  must(["gzip", file]);
  const digest = sumOf(`${file}.gz`);
  const sizeBytes = lstatSync(`${file}.gz`).size;
  renameSync(`${file}.gz`, join(folder, "blobs/sha256", digest));
  return { digest, diffId, sizeBytes };
}

/** By another process: a peak of memory in this one would be seen in those that it starts. */
function sumOf(file: string): string {
  return must(["sha256sum", file]).slice(0, 64);
}

function must(command: readonly [string, ...string[]]): string {
  const { exitCode, stdout, stderr } = run(command);
  if (exitCode !== 0) throw new Error(`Cannot run ${command[0]}: ${stderr}`);
  return stdout;
}

function writeLayout(folder: string, layers: readonly LayerBlob[]): void {
  const put = (value: unknown): { digest: string; size: number } => {
    const text = JSON.stringify(value);
    const digest = createHash("sha256").update(text).digest("hex");
    writeFileSync(join(folder, "blobs/sha256", digest), text);
    return { digest: `sha256:${digest}`, size: Buffer.byteLength(text) };
  };
  const types = "application/vnd.oci.image";
  const config = put({
    os: "linux",
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    config: { Cmd: ["/usr/bin/env"] },
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => `sha256:${diffId}`) },
  });
  const manifest = put({
    schemaVersion: 2,
    mediaType: `${types}.manifest.v1+json`,
    config: { mediaType: `${types}.config.v1+json`, ...config },
    layers: layers.map(({ digest, sizeBytes }) => ({
      mediaType: `${types}.layer.v1.tar+gzip`,
      digest: `sha256:${digest}`,
      size: sizeBytes,
    })),
  });
  const entry = { mediaType: `${types}.manifest.v1+json`, ...manifest };
  writeFileSync(
    join(folder, "index.json"),
    JSON.stringify({ schemaVersion: 2, manifests: [entry] }),
  );
  writeFileSync(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
}

/** The layers of the one manifest that the index names. */
function describe(name: string, folder: string): BenchImage {
  const blobOf = (digest: string): string => join(folder, "blobs", digest.replace(":", "/"));
  const [entry] = readDescriptors(join(folder, "index.json"), "manifests");
  if (entry === undefined) throw new Error(`Cannot measure ${name}: its index is empty`);
  const layers = readDescriptors(blobOf(entry.digest), "layers");
  return {
    name,
    folder,
    blobs: layers.map(({ digest }) => blobOf(digest)),
    compressedBytes: layers.reduce((sum, { size }) => sum + size, 0),
  };
}

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

function readDescriptors(file: string, field: "manifests" | "layers"): readonly Descriptor[] {
  const value: unknown = JSON.parse(readFileSync(file, "utf8"));
  const has = (what: unknown, name: string): what is Readonly<Record<string, unknown>> =>
    typeof what === "object" && what !== null && name in what;
  const list = has(value, field) ? value[field] : null;
  if (!Array.isArray(list)) throw new Error(`Cannot read ${file}: it has no list of ${field}`);
  return list.filter((item): item is Descriptor => has(item, "digest") && has(item, "size"));
}
