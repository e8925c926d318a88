import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { gzipSync } from "node:zlib";
import { packTar, type TarEntry } from "modern-tar";
import { makeTar, matchLink, type MadeEntry } from "./made-images.ts";

/** A key that signs what is made, and the name under which its public half stands in /etc/apk/keys. */
export interface ApkKey {
  readonly name: string;
  readonly secret: KeyObject;
  readonly pem: string;
}

/** A package that is made for a test. */
export interface MadeApk {
  readonly name: string;
  readonly version: string;
  readonly files: readonly MadeEntry[];
  /** Further lines of .PKGINFO: `depend = so:libc.so`. */
  readonly info?: string;
  /** By name: `.post-install` … */
  readonly scripts?: Readonly<Record<string, string>>;
}

export function makeApkKey(name: string): ApkKey {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  return { name, secret: privateKey, pem };
}

/** The three members of an .apk: signature and control have no end of archive. `record` is its entry of an APKINDEX. */
export async function makeApk(
  made: MadeApk,
  key: ApkKey,
  kind: "RSA" | "RSA256" = "RSA",
): Promise<{ readonly bytes: Buffer; readonly record: string; readonly controlSha1: string }> {
  const data = gzipSync(await packTar(made.files.map(toDataEntry)));
  const hash = createHash("sha256").update(data).digest("hex");
  const { name, version, info = "", scripts = {} } = made;
  const lines = `pkgname = ${name}\npkgver = ${version}\narch = x86_64\nsize = 4096\n`;
  const text = `# made for a test\n${lines}${info}datahash = ${hash}\n`;
  const entries: MadeEntry[] = [[".PKGINFO", text], ...Object.entries(scripts).map(toScript)];
  const control = gzipSync(withoutEnd(await makeTar(entries)));
  const signature = await makeSignature(control, key, kind);
  const bytes = Buffer.concat([signature, control, data]);
  const sha1 = createHash("sha1").update(control).digest();
  const said = readInfo(info);
  const record = `C:Q1${sha1.toString("base64")}\nP:${name}\nV:${version}\nA:x86_64\nS:${bytes.length}\nI:4096\n${said}`;
  return { bytes, record, controlSha1: sha1.toString("hex") };
}

/** A signed APKINDEX.tar.gz; not signed without a key. */
export async function makeApkIndex(
  records: readonly string[],
  key: ApkKey | null,
  kind: "RSA" | "RSA256" = "RSA",
): Promise<Buffer> {
  const index: MadeEntry = ["APKINDEX", records.map((record) => `${record}\n`).join("")];
  const content = gzipSync(await makeTar([["DESCRIPTION", "made"], index]));
  if (key === null) return content;
  return Buffer.concat([await makeSignature(content, key, kind), content]);
}

async function makeSignature(
  signed: Uint8Array,
  key: ApkKey,
  kind: "RSA" | "RSA256",
): Promise<Buffer> {
  const bytes = sign(kind === "RSA" ? "sha1" : "sha256", signed, key.secret);
  return gzipSync(withoutEnd(await makeTar([[`.SIGN.${kind}.${key.name}`, bytes]])));
}

function withoutEnd(tar: Buffer): Buffer {
  let end = tar.length;
  while (end >= 512 && tar.subarray(end - 512, end).every((byte) => byte === 0)) end -= 512;
  return tar.subarray(0, end);
}

function toScript([name, text]: readonly [string, string]): MadeEntry {
  return [name, text, 0o755];
}

/** With the checksum that abuild puts beside each file and link. */
function toDataEntry([name, content, mode]: MadeEntry): TarEntry {
  const common = { name, size: 0, mtime: new Date("2026-01-01T00:00:00Z") };
  if (content === null) {
    return { header: { ...common, name: `${name}/`, type: "directory", mode: mode ?? 0o755 } };
  }
  const [, , linkname] = matchLink(content) ?? [];
  const sha1 = createHash("sha1")
    .update(linkname ?? content)
    .digest("hex");
  const pax = { "APK-TOOLS.checksum.SHA1": sha1 };
  if (linkname !== undefined)
    return { header: { ...common, type: "symlink", linkname, mode: 0o777, pax } };
  const size = Buffer.byteLength(content);
  return { header: { ...common, size, mode: mode ?? 0o644, pax }, body: content };
}

/** Relations of .PKGINFO as an index has them. */
function readInfo(info: string): string {
  const letters = {
    depend: "D",
    provides: "p",
    install_if: "i",
    provider_priority: "k",
    origin: "o",
  };
  return Object.entries(letters)
    .map(([key, letter]) => {
      const lines = info.split("\n").filter((line) => line.startsWith(`${key} = `));
      const values = lines.map((line) => line.slice(key.length + 3));
      return values.length === 0 ? "" : `${letter}:${values.join(" ")}\n`;
    })
    .join("");
}
