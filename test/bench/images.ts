import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { testImage } from "../images.ts";
import { run } from "./process-run.ts";

/** An image as an OCI directory, so that its layers can be given to gzip one by one. */
export interface BenchImage {
  readonly name: string;
  readonly folder: string;
  /** Absolute paths of its layer blobs, bottom first. */
  readonly blobs: readonly string[];
  readonly compressedBytes: number;
}

/** Unpacks an OCI archive of the test images. */
export function fromArchive(name: string, work: string): BenchImage {
  const folder = join(work, name);
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true });
    const done = run(["tar", "-xf", testImage(`${name}.oci.tar`), "-C", folder]);
    if (done.exitCode !== 0) throw new Error(`Cannot unpack ${name}: ${done.stderr}`);
  }
  return describe(name, folder);
}

const folders = ["/usr/lib", "/usr/share", "/usr/bin", "/usr/include", "/usr/local", "/opt"];

/**
 * An image of at least `minBytes` uncompressed, one layer per folder of this machine, so that it holds what real images
 * hold. Null where the machine has not enough.
 */
export function fromMachine(minBytes: number, work: string): BenchImage | null {
  const name = "machine";
  const folder = join(work, name);
  if (!existsSync(join(folder, "index.json"))) {
    mkdirSync(join(folder, "blobs/sha256"), { recursive: true });
    const layers: LayerBlob[] = [];
    for (const source of folders.filter(existsSync)) {
      layers.push(packLayer(source, folder));
      if (layers.reduce((sum, { unpackedBytes }) => sum + unpackedBytes, 0) >= minBytes) break;
    }
    if (layers.reduce((sum, { unpackedBytes }) => sum + unpackedBytes, 0) < minBytes) return null;
    writeLayout(folder, layers);
  }
  return describe(name, folder);
}

interface LayerBlob {
  readonly digest: string;
  readonly diffId: string;
  readonly sizeBytes: number;
  readonly unpackedBytes: number;
}

function packLayer(source: string, folder: string): LayerBlob {
  const tar = join(folder, "layer.tar");
  const script = `tar -C / --exclude=node_modules/.cache -cf '${tar}' '.${source}' && wc -c <'${tar}' && sha256sum <'${tar}' && gzip -f '${tar}'`;
  const packed = run(["sh", "-c", script]);
  const [size = "", sum = ""] = packed.stdout.split("\n");
  const bytes = readFileSync(`${tar}.gz`);
  const digest = createHash("sha256").update(bytes).digest("hex");
  copyFileSync(`${tar}.gz`, join(folder, "blobs/sha256", digest));
  return {
    digest,
    diffId: sum.slice(0, 64),
    sizeBytes: bytes.byteLength,
    unpackedBytes: Number(size),
  };
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

/** The blobs that are no JSON, in the order of the one manifest that names them. */
function describe(name: string, folder: string): BenchImage {
  const blobs = join(folder, "blobs/sha256");
  const texts = readdirSync(blobs)
    .map((file) => readFileSync(join(blobs, file)))
    .filter((bytes) => bytes[0] === 0x7b);
  const parsed = texts.map((bytes): unknown => JSON.parse(bytes.toString("utf8")));
  const layers = parsed.find(isManifest)?.layers ?? [];
  return {
    name,
    folder,
    blobs: layers.map(({ digest }) => join(blobs, digest.replace("sha256:", ""))),
    compressedBytes: layers.reduce((sum, { size }) => sum + size, 0),
  };
}

interface Manifest {
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
}

function isManifest(value: unknown): value is Manifest {
  return typeof value === "object" && value !== null && "layers" in value;
}
