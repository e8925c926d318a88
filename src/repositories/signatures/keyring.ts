import type { PublicKey } from "openpgp";
import type { Failure } from "../../model/failure.ts";

/** A file with keys, as the base has it. */
export interface KeyText {
  /** Its path, for people. */
  readonly from: string;
  /** Armoured; of a binary keyring `base64:` and its bytes. */
  readonly text: string;
}

/** Keys that signatures are held against. */
export interface Keyring {
  readonly keys: readonly PublicKey[];
  /** Files that could not be read as keys. */
  readonly problems: readonly Failure[];
}

const binaryMark = "base64:";

/** What is read of one file: Debian's keyring of all releases has 150 kB. Bytes. */
const maxKeyBytes = 4 * 1024 * 1024;

const armourHead = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

/** Reads OpenPGP public keys. A file that has none is named. Source: RFC 9580 10.1, apt-secure(8). */
export async function readKeyring(files: readonly KeyText[]): Promise<Keyring> {
  const keys: PublicKey[] = [];
  const problems: Failure[] = [];
  for (const { from, text } of files) {
    const read = text.length > maxKeyBytes ? "it is too long" : await readKeys(text);
    if (typeof read !== "string") keys.push(...read);
    else {
      const format = "OpenPGP keys";
      problems.push({
        kind: "malformed",
        what: from,
        where: null,
        format,
        reason: read,
        offsetBytes: null,
      });
    }
  }
  return { keys, problems };
}

/** In words why there are none. Parts that are no public keys, user IDs or such of a later version, are passed over. */
async function readKeys(text: string): Promise<readonly PublicKey[] | string> {
  const { readKeys: read } = await import("openpgp");
  try {
    const blocks = splitBlocks(text);
    const all: PublicKey[] = [];
    for (const block of blocks) {
      const keys =
        typeof block === "string"
          ? await read({ armoredKeys: block })
          : await read({ binaryKeys: block });
      all.push(...keys.map((key) => key.toPublic()));
    }
    return all.length === 0 ? "it has no key" : all;
  } catch (error) {
    // The library's own errors have no class of their own.
    if (!(error instanceof Error)) throw error;
    return `it is no keyring: ${error.message.slice(0, 200)}`;
  }
}

/** apt takes several armoured blocks after one another, the library takes one. */
function splitBlocks(text: string): readonly (string | Uint8Array)[] {
  if (text.startsWith(binaryMark)) {
    return [new Uint8Array(Buffer.from(text.slice(binaryMark.length), "base64"))];
  }
  return text
    .split(armourHead)
    .slice(1)
    .map((rest) => `${armourHead}${rest}`);
}

/** Fingerprints of a key and its subkeys, in upper-case hex. */
export function fingerprintsOf(key: PublicKey): readonly string[] {
  return [key, ...key.getSubkeys()].map((one) => one.getFingerprint().toUpperCase());
}
