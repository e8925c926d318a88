import { existsSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Compression } from "../../formats/compression.ts";
import { withBudgets, type Budgets } from "../../model/budgets.ts";
import { failed, success, type Failure } from "../../model/failure.ts";
import type { Image, OpenImages, OpenOptions } from "../image.ts";
import { systemFailure } from "../system-failure.ts";
import { bareImages, tarballLayer } from "./bare.ts";
import { archiveBlobs, folderBlobs } from "./blobs.ts";
import { readCompressedStart } from "./compressed-start.ts";
import { openDockerArchive } from "./docker-archive.ts";
import { openOciLayout, type LayoutRequest } from "./oci-layout.ts";
import { openNamed } from "./open-named.ts";
import { archiveKind, isLayoutArchive, isRootFolder, readStart } from "./recognise.ts";
import { parseReference, splitTag, type ParsedReference } from "./reference.ts";
import type { RemoteSources } from "./remote-sources.ts";
import { spoolArchive, spoolBudgetsOf } from "./spool-archive.ts";
import { listTar, type TarMembers } from "./tar-members.ts";

export interface OpenImagesOptions extends OpenOptions {
  /** Absolute folder that relative paths start from. */
  readonly cwd: string;
  /** Where an archive goes that has to be uncompressed to be looked into. Its owner removes it. */
  readonly temporaryFolder: string;
  /** Absent: only what is in files is opened. */
  readonly remote?: RemoteSources;
}

/**
 * Opens what a reference names, one image per platform. Nothing is unpacked: layers are ranges of the files that are
 * there. A path without a scheme is recognised by its content.
 */
export async function openImages(
  reference: string,
  options: OpenImagesOptions,
): Promise<OpenImages> {
  if (reference === "scratch") return success(bareImages({ reference, options }, "scratch", []));
  if (options.signal?.aborted === true) {
    return failed({ kind: "cancelled", what: reference, where: null });
  }
  const { source, rest } = parseReference(reference);
  // An empty path would be the current folder.
  if (rest === "") return failed(notThere(reference));
  if (source === "docker" || source === "registry") {
    return openNamed({
      name: rest,
      source,
      remote: options.remote,
      request: { ...options, reference },
    });
  }
  const inFolder = (path: string): string => resolve(options.cwd, path);
  const { path, tag } =
    source === null || source === "rootfs"
      ? { path: rest, tag: null }
      : splitTag(rest, (part) => existsSync(inFolder(part)));
  const place = inFolder(path);
  try {
    const stats = statSync(place, { throwIfNoEntry: false });
    if (stats === undefined) return await openAbsent(reference, source, options);
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

const budgetsOf = ({ options }: Request): Budgets => withBudgets(options.budgets);

/** `alpine:3.20` is no file: an engine or a registry may have it. */
async function openAbsent(
  reference: string,
  source: ParsedReference["source"],
  options: OpenImagesOptions,
): Promise<OpenImages> {
  if (source !== null) return failed(notThere(reference));
  const { remote } = options;
  return openNamed({ name: reference, source: null, remote, request: { ...options, reference } });
}

function notThere(reference: string): Failure {
  return { kind: "not-found", what: reference, where: null, near: [] };
}

function openFolder(
  folder: string,
  source: ParsedReference["source"],
  request: Request,
): OpenImages {
  const isLayout = existsSync(join(folder, "oci-layout")) || existsSync(join(folder, "index.json"));
  if (source === "oci" || (source === null && isLayout)) {
    return openOciLayout(folderBlobs(folder, budgetsOf(request)), { ...request, source: "oci" });
  }
  if (source === "archive" || source === "oci-archive") {
    const reason = `it is a folder, ${source}: names a file`;
    return failed({ kind: "unsupported", what: request.reference, where: null, reason });
  }
  if (source === "rootfs" || isRootFolder(folder)) {
    const layer = { kind: "directory", directory: folder, mountPath: "/" } as const;
    return success(bareImages(request, "rootfs", [layer]));
  }
  return success(appPath(folder, request));
}

interface FileRequest {
  readonly source: ParsedReference["source"];
  readonly request: Request;
  readonly temporaryFolder: string;
}

async function openFile(file: string, asked: FileRequest): Promise<OpenImages> {
  const { source, request } = asked;
  const { reference } = request;
  if (source === "oci") {
    const reason = "it is a file, oci: names a folder; for a file it is oci-archive:";
    return failed({ kind: "unsupported", what: reference, where: null, reason });
  }
  const { compression, isTar, isEmpty } = readStart(file);
  if (compression !== "none") return openCompressed(file, compression, asked);
  if (source === null && !isTar) return success(appPath(file, request));
  if (isEmpty) return failed(noImage(reference, "it is empty"));
  if (!isTar) return failed(noImage(reference, "it is no tar archive"));
  return openTar(file, source, { file, request });
}

/** A folder or file of the app alone. */
function appPath(directory: string, request: Request): readonly Image[] {
  return bareImages(request, "path", [{ kind: "directory", directory, mountPath: "/app" }]);
}

async function openCompressed(
  file: string,
  compression: Exclude<Compression, "none">,
  { source, request, temporaryFolder }: FileRequest,
): Promise<OpenImages> {
  const asRoot = (): OpenImages =>
    success(bareImages(request, "rootfs", [tarballLayer(file, compression)]));
  if (source === "rootfs") return asRoot();
  const start = await readCompressedStart(file, compression);
  if (!start.ok) return start;
  if (!start.value.isTar) {
    if (source === null) return success(appPath(file, request));
    return failed(noImage(request.reference, "what is compressed in it is no tar archive"));
  }
  // A root filesystem streams as it is; only an archive of layers has to be whole to be looked into.
  if (source === null && start.value.looksLikeRoot) return asRoot();
  const { signal } = request.options;
  const spooled = await spoolArchive(file, compression, {
    temporaryFolder,
    budgets: spoolBudgetsOf(budgetsOf(request)),
    ...(signal === undefined ? {} : { signal }),
  });
  if (!spooled.ok) return spooled;
  const opened = openTar(spooled.value, source, { file, request });
  const isArchive = opened.ok && opened.value.every((image) => image.source !== "rootfs");
  if (!isArchive) rmSync(spooled.value, { force: true });
  return opened.ok && !isArchive ? asRoot() : opened;
}

interface TarRequest {
  /** What the user named: the archive itself, or the compressed file around it. */
  readonly file: string;
  readonly request: Request;
}

function openTar(
  tar: string,
  source: ParsedReference["source"],
  { file, request }: TarRequest,
): OpenImages {
  const asRoot = (): OpenImages =>
    success(bareImages(request, "rootfs", [tarballLayer(tar, "none")]));
  if (source === "rootfs") return asRoot();
  const members = listTar(tar, {
    where: file,
    budgets: budgetsOf(request),
    isEnough: (entries) => source === null && entries.size > 5000,
  });
  if (!members.ok) return members;
  const found = archiveKind(members.value.entries);
  const kind = source === "archive" || source === "oci-archive" ? source : found;
  switch (kind) {
    case "archive":
      return openSaved(members.value, { file, request });
    case "oci-archive":
      return members.value.entries.has("/index.json")
        ? openOciLayout(archiveBlobs(members.value, file, budgetsOf(request)), {
            ...request,
            source: kind,
          })
        : failed(noImage(request.reference, "it has no index.json"));
    case "rootfs":
      return asRoot();
    case "unknown": {
      const reason =
        "it is an archive with neither image manifests nor a root filesystem; rootfs: takes it as one all the same";
      return failed(noImage(request.reference, reason));
    }
  }
}

/** What `docker save` wrote. Of both layouts in it the OCI one says more: digests of manifests, several platforms. */
function openSaved(members: TarMembers, { file, request }: TarRequest): OpenImages {
  const layout = { ...request, source: "archive" as const };
  const blobs = archiveBlobs(members, file, budgetsOf(request));
  if (isLayoutArchive(members.entries)) return openOciLayout(blobs, layout);
  if (members.entries.has("/manifest.json")) return openDockerArchive(blobs, layout);
  if (!members.entries.has("/repositories")) {
    return failed(noImage(request.reference, "it has no manifest.json"));
  }
  const reason = "it is a docker save of before Docker 1.10, without manifest.json";
  return failed({ kind: "unsupported", what: request.reference, where: null, reason });
}

function noImage(what: string, reason: string): Failure {
  return { kind: "malformed", what, where: null, format: "image", reason, offsetBytes: null };
}
