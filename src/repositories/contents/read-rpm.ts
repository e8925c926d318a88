import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync } from "node:fs";
import {
  compressionMagicBytes,
  detectCompression,
  type Compression,
} from "../../formats/compression.ts";
import { FormatError } from "../../formats/format-error.ts";
import { toFailure } from "../../formats/over-limit-error.ts";
import { PathBudget } from "../../formats/path-budget.ts";
import { ProblemLog } from "../../formats/record-problem.ts";
import { readFileEntries, type RpmFileEntry } from "../../formats/rpm/file-entries.ts";
import { RpmHeader } from "../../formats/rpm/header.ts";
import { parseRpmPackage } from "../../formats/rpm/package.ts";
import { parseRpmFile } from "../../formats/rpm/rpm-file.ts";
import { fromDescriptor } from "../../image/file-window.ts";
import type { BlobLayer } from "../../image/image.ts";
import { toInstalledRpmPackage } from "../../image/readers/rpm-package.ts";
import { systemFailure } from "../../image/system-failure.ts";
import { defaultBudgets } from "../../model/budgets.ts";
import type { Digest } from "../../model/digest.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import type { PackageFile, PackageHeader, PackageReader } from "./package-contents.ts";
import { readRpmLayer } from "./read-rpm-layer.ts";
import { readRpmScripts } from "./rpm-scripts.ts";

/** Packages of Red Hat, Fedora, SUSE and their likes. */
export const rpmReader: PackageReader = {
  family: "rpm",
  revision: 1,
  async read(file, options) {
    const opened = openRpm(file);
    if (!opened.ok) return opened;
    const { header, files, layer, headerDigest } = opened.value;
    const read = await readRpmLayer(layer, files, { ...options, where: file.name, headerDigest });
    return read.ok ? success({ header, ...read.value }) : read;
  },
};

interface OpenedRpm {
  readonly header: PackageHeader;
  readonly files: readonly RpmFileEntry[];
  /** Where the payload is. */
  readonly layer: BlobLayer;
  /** The payload alone does not say whose files it has. */
  readonly headerDigest: Digest;
}

function openRpm(file: PackageFile): Result<OpenedRpm> {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(file.file, "r");
    const bytes = fromDescriptor(descriptor, fstatSync(descriptor).size);
    const { header, payload } = parseRpmFile(bytes);
    const head = bytes.read(payload.offsetBytes, compressionMagicBytes);
    const compression = findCompression(new RpmHeader(header), head);
    if (compression === null) {
      const reason = "its files are compressed by bzip2 or lzma, which are not read";
      return failed({ kind: "unsupported", what: file.name, where: null, reason });
    }
    const found = readHeader(header, file.name);
    if (!found.ok) return found;
    const unnamed = { digest: null, diffId: null, mediaType: null };
    const layer: BlobLayer = {
      kind: "blob",
      file: file.file,
      ...payload,
      compression,
      ...unnamed,
    };
    const headerDigest: Digest = `sha256:${createHash("sha256").update(header).digest("hex")}`;
    return success({ ...found.value, layer, headerDigest });
  } catch (error) {
    const failure =
      error instanceof FormatError
        ? toFailure(error, file.name, null)
        : systemFailure(error, file.file, null);
    return failed(failure);
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

/** Source: rpm include/rpm/rpmtag.h, PAYLOADCOMPRESSOR; absent in packages that are not compressed. */
const compressorTag = 1125;

/** Null for one that is not read. The bytes say it; the header only whether none is meant. */
function findCompression(header: RpmHeader, head: Uint8Array): Compression | null {
  const found = detectCompression(head);
  const said = header.text(compressorTag);
  if (found !== "none" || said === null || said === "" || said === "none") return found;
  // A cpio archive begins in itself.
  return Buffer.from(head).toString("latin1").startsWith("0707") ? "none" : null;
}

function readHeader(bytes: Uint8Array, name: string): Result<Pick<OpenedRpm, "header" | "files">> {
  const log = new ProblemLog("rpm");
  const found = parseRpmPackage(bytes, new PathBudget(log), log);
  if (found === null) {
    const reason = "it is a public key, no package";
    return failed({ kind: "unsupported", what: name, where: null, reason });
  }
  const header = new RpmHeader(bytes);
  const files = readFileEntries(header, defaultBudgets.packagePaths);
  const installed = files.filter(({ isGhost }) => !isGhost).map(({ path }) => path);
  const context = { package: found.name, files: installed };
  const problems = log.toArray().map((one): Failure => ({ ...one, what: "header", where: name }));
  return success({
    header: {
      package: toInstalledRpmPackage(found),
      scripts: readRpmScripts(header, files, context),
      symbols: [],
      shlibs: [],
      problems,
    },
    files,
  });
}
