import { constants, createPublicKey, verify, type KeyObject } from "node:crypto";
import type { RandomAccess } from "../random-access.ts";
import { inflateMember } from "./gzip-member.ts";
import { TarFiles } from "./tar-files.ts";

/** One `.SIGN.` member. Source: apk-package(5), "signature"; apk-tools src/extract_v2.c. */
export interface ApkSignature {
  /** File name of the key in /etc/apk/keys; any text. */
  readonly keyName: string;
  /** Null for a kind that apk does not check either. */
  readonly hash: "sha1" | "sha256" | "sha512" | null;
  readonly bytes: Uint8Array;
}

/** The signatures of a file, and where the bytes behind them begin: 0 when there are none. */
export interface ApkSignatures {
  readonly signatures: readonly ApkSignature[];
  readonly endBytes: number;
}

/** What came of checking them. `key` and `keys` are file names, any text. */
export type SignatureCheck =
  | { readonly kind: "good"; readonly key: string }
  | { readonly kind: "absent" }
  | { readonly kind: "unknown-key"; readonly keys: readonly string[] }
  /** The key is there, and the signature is not of it or of other bytes. */
  | { readonly kind: "wrong"; readonly key: string }
  /** The file of the key is no public RSA key in PEM. */
  | { readonly kind: "broken-key"; readonly key: string };

const maxSignatureBytes = 1024 * 1024;
const hashes: ReadonlyMap<string, ApkSignature["hash"]> = new Map([
  ["RSA", "sha1"],
  ["RSA256", "sha256"],
  ["RSA512", "sha512"],
]);
const namePattern = /^\.SIGN\.([^./]+)\.([^/]+)$/;

/**
 * Reads the first gzip member of an index or a package: a tar archive without end blocks whose entries are called
 * `.SIGN.RSA.KEY` (SHA-1) or `.SIGN.RSA256.KEY`. Throws FormatError.
 */
export async function readApkSignatures(content: RandomAccess): Promise<ApkSignatures> {
  const isSignature = (name: string): boolean => name.startsWith(".SIGN.");
  const where = "the signature part";
  const files = new TarFiles({ wants: isSignature, where, maxBytes: maxSignatureBytes });
  const member = inflateMember(content, 0);
  for (let next = await member.next(); ; next = await member.next()) {
    if (next.done === true) {
      if (files.first === null) return { signatures: [], endBytes: 0 };
      files.end();
      return { signatures: readSignatures(files), endBytes: next.value };
    }
    // An unsigned file begins with its content, which may be longer than any signature: its first header is enough.
    files.push(next.value.subarray(0, maxSignatureBytes));
    if (files.first !== null && !isSignature(files.first)) {
      await member.return(0);
      return { signatures: [], endBytes: 0 };
    }
    files.push(next.value.subarray(maxSignatureBytes));
  }
}

function readSignatures(files: TarFiles): readonly ApkSignature[] {
  return [...files.byName].flatMap(([name, { bytes }]): ApkSignature[] => {
    const [, kind = "", keyName] = namePattern.exec(name) ?? [];
    if (keyName === undefined) return [];
    return [{ keyName, hash: hashes.get(kind) ?? null, bytes }];
  });
}

/**
 * Checks the first signature for which there is a key, as apk does. `keys` are PEM texts by file name; `signed` the bytes as they
 * are stored: all that follows the signature in an index, the control part of a package.
 */
export function checkApkSignature(
  signatures: readonly ApkSignature[],
  signed: Uint8Array,
  keys: ReadonlyMap<string, string>,
): SignatureCheck {
  if (signatures.length === 0) return { kind: "absent" };
  for (const { keyName, hash, bytes } of signatures) {
    const text = keys.get(keyName);
    if (hash === null || text === undefined) continue;
    const key = readKey(text);
    if (key === null) return { kind: "broken-key", key: keyName };
    const isGood = verify(hash, signed, { key, padding: constants.RSA_PKCS1_PADDING }, bytes);
    return { kind: isGood ? "good" : "wrong", key: keyName };
  }
  return { kind: "unknown-key", keys: signatures.map(({ keyName }) => keyName) };
}

function readKey(text: string): KeyObject | null {
  try {
    const key = createPublicKey(text);
    return key.asymmetricKeyType === "rsa" ? key : null;
  } catch {
    // OpenSSL has a hundred errors for a text that is no key.
    return null;
  }
}
