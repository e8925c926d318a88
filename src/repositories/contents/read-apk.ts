import { closeSync, fstatSync, openSync } from "node:fs";
import { FormatError } from "../../formats/format-error.ts";
import { parseApkFile, type ApkFile } from "../../formats/apk/package-file.ts";
import { readScript } from "../../formats/dpkg/read-script.ts";
import { toFailure } from "../../formats/over-limit-error.ts";
import { fromDescriptor } from "../../image/file-window.ts";
import type { BlobLayer } from "../../image/image.ts";
import type { LayerFacts } from "../../image/layer-facts.ts";
import { readLayer } from "../../image/read-layer.ts";
import { toInstalledApkPackage } from "../../image/readers/apk-package.ts";
import { systemFailure } from "../../image/system-failure.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import type {
  PackageFile,
  PackageHeader,
  PackageReader,
  PackageScript,
} from "./package-contents.ts";

/** In the order in which apk runs them around the files. Source: apk-package(5), "scripts". */
const installScripts = [".pre-install", ".post-install", ".trigger"] as const;

/** Packages of Alpine and Wolfi as apk 2 writes them; those of apk 3 are `unsupported`. */
export const apkReader: PackageReader = {
  family: "apk",
  revision: 1,
  async read(file, options) {
    const opened = await openApk(file);
    if (!opened.ok) return opened;
    const apk = opened.value;
    const layer = await readLayer(dataLayer(file.file, apk), { where: file.name, ...options });
    if (!layer.ok) return layer;
    const { facts, elfLines } = layer.value;
    const header = readHeader(file, apk, facts);
    return header.ok ? success({ header: header.value, facts, elfLines }) : header;
  },
};

/**
 * Whether the file of a package is the one that an index lists with this SHA-1 of its control part. The control part has the
 * hash of the data, which `apkReader` checks. Fails with `malformed` when it is another one.
 */
export async function checkApkControl(file: PackageFile, sha1: string): Promise<Result<null>> {
  const opened = await openApk(file);
  if (!opened.ok) return opened;
  const found = opened.value.controlSha1;
  if (found === sha1) return success(null);
  const reason = `its control part has the SHA-1 ${found}, the index promises ${sha1}`;
  return failed(malformed(file.name, reason));
}

async function openApk({ file, name }: PackageFile): Promise<Result<ApkFile>> {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(file, "r");
    const apk = await parseApkFile(fromDescriptor(descriptor, fstatSync(descriptor).size));
    if (apk !== null) return success(apk);
    const reason = "packages of apk 3 (ADB) are not read yet";
    return failed({ kind: "unsupported", what: name, where: null, reason });
  } catch (error) {
    const failure =
      error instanceof FormatError
        ? toFailure(error, name, null)
        : systemFailure(error, file, null);
    return failed(failure);
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

/** Its hash stands in the control part. */
function dataLayer(file: string, { data, info }: ApkFile): BlobLayer {
  const digest = info.dataSha256 === null ? null : (`sha256:${info.dataSha256}` as const);
  return {
    kind: "blob",
    file,
    ...data,
    compression: "gzip",
    digest,
    diffId: null,
    mediaType: null,
  };
}

function readHeader(file: PackageFile, apk: ApkFile, facts: LayerFacts): Result<PackageHeader> {
  const { record, problems } = apk.info;
  if (record === null) return failed(malformed(file.name, ".PKGINFO describes no package"));
  const files = facts.entries.map(({ path }) => path);
  const scripts = installScripts.flatMap((name): PackageScript[] => {
    const bytes = apk.scripts.get(name);
    if (bytes === undefined) return [];
    return [{ name, effects: readScript(bytes, { package: record.name, script: name, files }) }];
  });
  const told = problems.map((one): Failure => ({ ...one, what: ".PKGINFO", where: file.name }));
  const unproved =
    apk.info.dataSha256 === null ? [malformed(file.name, ".PKGINFO has no hash of the files")] : [];
  return success({
    package: toInstalledApkPackage({ ...record, files }),
    scripts,
    symbols: [],
    shlibs: [],
    problems: [...told, ...unproved],
  });
}

function malformed(what: string, reason: string): Failure {
  return { kind: "malformed", what, where: null, format: "apk", reason, offsetBytes: null };
}
