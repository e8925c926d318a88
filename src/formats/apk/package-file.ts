import { createHash } from "node:crypto";
import { FormatError } from "../format-error.ts";
import { OverLimitError } from "../over-limit-error.ts";
import type { RandomAccess } from "../random-access.ts";
import { isApkDatabase } from "./index-archive.ts";
import { inflateMember } from "./gzip-member.ts";
import { parsePackageInfo, type ApkPackageInfo } from "./package-info.ts";
import { readApkSignatures, type ApkSignature } from "./signature.ts";
import { TarFiles } from "./tar-files.ts";

/** The parts of an .apk of apk 2: three gzip members behind one another. */
export interface ApkFile {
  readonly signatures: readonly ApkSignature[];
  /** The control part as it is stored: what the signatures sign, and what the index has the SHA-1 of. */
  readonly control: Uint8Array;
  /** Lower-case hex. */
  readonly controlSha1: string;
  readonly info: ApkPackageInfo;
  /** By name: `.pre-install`, `.post-install`, `.trigger` … */
  readonly scripts: ReadonlyMap<string, Uint8Array>;
  /** Where the data part stands: a tar archive under gzip. */
  readonly data: { readonly offsetBytes: number; readonly lengthBytes: number };
}

const maxControlBytes = 16 * 1024 * 1024;

/**
 * Finds the parts of a package and reads the small ones. Null for a package of apk 3 (`ADB`), which is not read. Throws
 * FormatError. Source: apk-package(5), apk-v2(5); apk-tools src/extract_v2.c.
 */
export async function parseApkFile(content: RandomAccess): Promise<ApkFile | null> {
  if (isApkDatabase(content.read(0, 4))) return null;
  const { signatures, endBytes: controlAt } = await readApkSignatures(content);
  const wants = (name: string): boolean => /^\.[\w-]+$/.test(name);
  const files = new TarFiles({ wants, where: "the control part", maxBytes: maxControlBytes });
  const dataAt = await readMember(content, controlAt, files);
  files.end();
  const lengthBytes = dataAt - controlAt;
  if (lengthBytes > maxControlBytes) {
    const budget = "size of the control part";
    throw new OverLimitError("apk", { budget, limit: maxControlBytes, unit: "bytes" });
  }
  const info = files.byName.get(".PKGINFO");
  if (info === undefined) throw new FormatError("apk", "the control part has no .PKGINFO");
  const control = Uint8Array.from(content.read(controlAt, lengthBytes));
  const scripts = [...files.byName].filter(([name]) => name !== ".PKGINFO");
  return {
    signatures,
    control,
    controlSha1: createHash("sha1").update(control).digest("hex"),
    info: parsePackageInfo(info.bytes),
    scripts: new Map(scripts.map(([name, { bytes }]) => [name, bytes])),
    data: { offsetBytes: dataAt, lengthBytes: content.sizeBytes - dataAt },
  };
}

/** Where the member ends. */
async function readMember(
  content: RandomAccess,
  offsetBytes: number,
  files: TarFiles,
): Promise<number> {
  const member = inflateMember(content, offsetBytes);
  for (let next = await member.next(); ; next = await member.next()) {
    if (next.done === true) return next.value;
    files.push(next.value);
  }
}
