import { createReadStream, existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { decompress } from "../../formats/compression.ts";
import { FormatError } from "../../formats/format-error.ts";
import { TarReader } from "../../formats/tar/tar-reader.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import type { Image, Layer, OpenImages, OpenOptions, SourceKind } from "../image.ts";
import { systemFailure } from "../system-failure.ts";
import { archiveBlobs, folderBlobs } from "./blobs.ts";
import { openDockerArchive } from "./docker-archive.ts";
import { emptyConfig, hostPlatform } from "./image-config.ts";
import { openOciLayout, type LayoutRequest } from "./oci-layout.ts";
import { archiveKind, isRootFolder, readStart, type ArchiveKind } from "./recognise.ts";
import { parseReference, splitTag, type ParsedReference } from "./reference.ts";
import { spoolArchive } from "./spool-archive.ts";
import { listTar, type TarMembers } from "./tar-members.ts";

export interface OpenImagesOptions extends OpenOptions {
  /** Absolute folder that relative paths start from. */
  readonly cwd: string;
  /** Where an archive goes that has to be uncompressed to be looked into. Its owner removes it. */
  readonly temporaryFolder: string;
}

/**
 * Opens what a reference names, one image per platform. Nothing is unpacked: layers are ranges of the files that are
 * there. A path without a scheme is recognised by its content.
 */
export async function openImages(
  reference: string,
  options: OpenImagesOptions,
): Promise<OpenImages> {
  if (reference === "scratch") return success(scratchImages(options));
  const { source, rest } = parseReference(reference);
  if (source === "docker" || source === "registry") {
    const reason = `${source}: is not read yet; save the image to a file (docker save, skopeo copy) and name that`;
    return failed({ kind: "unsupported", what: reference, where: null, reason });
  }
  const inFolder = (path: string): string => resolve(options.cwd, path);
  const { path, tag } =
    source === null || source === "rootfs"
      ? { path: rest, tag: null }
      : splitTag(rest, (part) => existsSync(inFolder(part)));
  const place = inFolder(path);
  try {
    const stats = statSync(place, { throwIfNoEntry: false });
    if (stats === undefined) return failed(notThere(reference, source));
    const request = { reference, tag, options };
    if (stats.isDirectory()) return openFolder(place, source, request);
    if (!stats.isFile()) {
      const reason = "it is neither a file nor a folder";
      return failed({ kind: "unsupported", what: reference, where: null, reason });
    }
    return await openFile(place, { source, request, temporaryFolder: options.temporaryFolder });
  } catch (error) {
    return failed(systemFailure(error, reference, null));
  }
}

type Request = Omit<LayoutRequest, "source">;

/** `alpine:3.20` is no file, and a name in a registry for everyone else. */
function notThere(reference: string, source: ParsedReference["source"]): Failure {
  if (source === null && /^[a-z0-9][\w./-]*(?::[\w.-]+)?(?:@sha256:\w+)?$/.test(reference)) {
    const reason =
      "no file of that name is there, and images of an engine or a registry are not read yet; save it to a file and name that";
    if (reference.includes(":")) {
      return { kind: "unsupported", what: reference, where: null, reason };
    }
  }
  return { kind: "not-found", what: reference, where: null, near: [] };
}

function openFolder(
  folder: string,
  source: ParsedReference["source"],
  request: Request,
): OpenImages {
  const isLayout = existsSync(join(folder, "oci-layout")) || existsSync(join(folder, "index.json"));
  if (source === "oci" || (source === null && isLayout)) {
    return openOciLayout(folderBlobs(folder), { ...request, source: "oci" });
  }
  if (source === "archive" || source === "oci-archive") {
    const reason = `it is a folder, ${source}: names a file`;
    return failed({ kind: "unsupported", what: request.reference, where: null, reason });
  }
  if (source === "rootfs" || isRootFolder(folder)) {
    return bare(request, "rootfs", { kind: "directory", directory: folder, mountPath: "/" });
  }
  return bare(request, "path", { kind: "directory", directory: folder, mountPath: "/app" });
}

interface FileRequest {
  readonly source: ParsedReference["source"];
  readonly request: Request;
  readonly temporaryFolder: string;
}

async function openFile(
  file: string,
  { source, request, temporaryFolder }: FileRequest,
): Promise<OpenImages> {
  const { reference, options } = request;
  if (source === "oci") {
    const reason = "it is a file, oci: names a folder; for a file it is oci-archive:";
    return failed({ kind: "unsupported", what: reference, where: null, reason });
  }
  const start = readStart(file);
  if (start.isEmpty && source !== null) return failed(noImage(reference, "it is empty"));
  if (start.compression === "none" && !start.isTar) {
    if (source !== null) return failed(noImage(reference, "it is no tar archive"));
    return bare(request, "path", { kind: "directory", directory: file, mountPath: "/app" });
  }
  if (source === "rootfs") return success([rootfsTarball(file, start.compression, request)]);
  if (start.compression === "none") return openTar(file, source, { file, request });
  const isTarInside = await startsWithTar(file, start.compression);
  if (!isTarInside.ok) return isTarInside;
  if (!isTarInside.value.isTar) {
    if (source !== null)
      return failed(noImage(reference, "what is compressed in it is no tar archive"));
    return bare(request, "path", { kind: "directory", directory: file, mountPath: "/app" });
  }
  // A root filesystem streams as it is; only an archive of layers has to be whole to be looked into.
  if (source === null && isTarInside.value.looksLikeRoot) {
    return success([rootfsTarball(file, start.compression, request)]);
  }
  const { signal } = options;
  const spooled = await spoolArchive(file, start.compression, {
    temporaryFolder,
    ...(signal === undefined ? {} : { signal }),
  });
  if (!spooled.ok) return spooled;
  return openTar(spooled.value, source, { file, request });
}

function openTar(
  tar: string,
  source: ParsedReference["source"],
  { file, request }: { readonly file: string; readonly request: Request },
): OpenImages {
  const members = listTar(tar, (entries) => source === null && entries.size > 5000);
  if (!members.ok) return members;
  const found = archiveKind(members.value.entries);
  const kind = source === null ? found : toKind(source);
  return openMembers(members.value, kind, { tar, file, request });
}

function toKind(source: NonNullable<ParsedReference["source"]>): ArchiveKind {
  return source === "archive" || source === "oci-archive" ? source : "rootfs";
}

function openMembers(
  members: TarMembers,
  kind: ArchiveKind,
  {
    tar,
    file,
    request,
  }: { readonly tar: string; readonly file: string; readonly request: Request },
): OpenImages {
  const { reference } = request;
  const blobs = archiveBlobs(members, file);
  const has = (name: string): boolean => members.entries.has(`/${name}`);
  switch (kind) {
    case "archive":
      if (has("manifest.json")) return openDockerArchive(blobs, { ...request, source: kind });
      if (has("repositories")) {
        const reason = "it is a docker save of before Docker 1.10, without manifest.json";
        return failed({ kind: "unsupported", what: reference, where: null, reason });
      }
      return failed(noImage(reference, "it has no manifest.json"));
    case "oci-archive":
      if (!has("index.json")) return failed(noImage(reference, "it has no index.json"));
      return openOciLayout(blobs, { ...request, source: kind });
    case "rootfs":
      return success([rootfsTarball(tar, "none", request)]);
    case "unknown":
      return failed(
        noImage(
          reference,
          "it is an archive with neither image manifests nor a root filesystem; rootfs: takes it as one all the same",
        ),
      );
  }
}

function noImage(what: string, reason: string): Failure {
  return { kind: "malformed", what, where: null, format: "image", reason, offsetBytes: null };
}

function rootfsTarball(
  file: string,
  compression: "none" | "gzip" | "zstd" | "xz",
  { reference, options }: Request,
): Image {
  const platform = options.platforms[0] ?? hostPlatform();
  return {
    reference,
    source: "rootfs",
    platform,
    manifestDigest: null,
    config: emptyConfig(platform),
    layers: [
      {
        kind: "blob",
        file,
        offsetBytes: 0,
        lengthBytes: statSync(file).size,
        compression,
        digest: null,
        diffId: null,
        mediaType: null,
      },
    ],
  };
}

function bare({ reference, options }: Request, source: SourceKind, layer: Layer): OpenImages {
  const platforms = options.platforms.length > 0 ? options.platforms : [hostPlatform()];
  return success(
    platforms.map((platform) => ({
      reference,
      source,
      platform,
      manifestDigest: null,
      config: emptyConfig(platform),
      layers: [layer],
    })),
  );
}

function scratchImages({ platforms }: OpenOptions): readonly Image[] {
  const wanted = platforms.length > 0 ? platforms : [hostPlatform()];
  return wanted.map((platform) => ({
    reference: "scratch",
    source: "scratch",
    platform,
    manifestDigest: null,
    config: emptyConfig(platform),
    layers: [],
  }));
}

/** How much of a compressed file is looked into to tell what is in it. */
const lookedIntoBytes = 64 * 1024;

/** The first entries of what is compressed: a root's own, or anything else. */
async function startsWithTar(
  file: string,
  compression: "gzip" | "zstd" | "xz",
): Promise<Result<{ readonly isTar: boolean; readonly looksLikeRoot: boolean }>> {
  const head = await readHead(file, compression);
  if (!head.ok) return head;
  const names = listHead(file, head.value);
  const tops = new Set([...names].map((name) => name.split("/")[1] ?? ""));
  const isLayout = ["manifest.json", "index.json", "oci-layout", "blobs", "repositories"].some(
    (name) => tops.has(name),
  );
  const hasIds = [...tops].some((name) => /^[0-9a-f]{64}(?:\.json)?$/.test(name));
  return success({ isTar: names.size > 0, looksLikeRoot: !isLayout && !hasIds });
}

async function readHead(
  file: string,
  compression: "gzip" | "zstd" | "xz",
): Promise<Result<Uint8Array>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of decompress(compression, createReadStream(file))) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes >= lookedIntoBytes) break;
    }
    return success(Buffer.concat(chunks));
  } catch (error) {
    if (!(error instanceof FormatError)) return failed(systemFailure(error, file, null));
    const { format, message: reason, offsetBytes } = error;
    return failed({ kind: "malformed", what: file, where: null, format, reason, offsetBytes });
  }
}

function listHead(where: string, head: Uint8Array): ReadonlySet<string> {
  const names = new Set<string>();
  const reader = new TarReader({
    where,
    handler: {
      entry: ({ path }) => {
        names.add(path);
        return false;
      },
      content: () => false,
      endOfFile: () => undefined,
      problem: () => undefined,
    },
  });
  reader.push(head);
  return names;
}
