import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import {
  createCleartextMessage,
  createMessage,
  generateKey,
  readPrivateKey,
  sign,
  type PrivateKey,
} from "openpgp";

/** A key that a test signs with. */
export interface TestKey {
  readonly secret: PrivateKey;
  /** Armoured. */
  readonly armored: string;
  /** Binary. */
  readonly binary: Uint8Array;
  readonly fingerprint: string;
}

/** Made on that day; null lives for ever. */
export async function makeKey(name: string, madeAt: Date, livesSeconds = 0): Promise<TestKey> {
  const made = await generateKey({
    userIDs: [{ name }],
    date: madeAt,
    keyExpirationTime: livesSeconds,
    format: "armored",
  });
  const secret = await readPrivateKey({ armoredKey: made.privateKey });
  const { armored, binary } = {
    armored: made.publicKey,
    binary: secret.toPublic().write(),
  };
  return { secret, armored, binary, fingerprint: secret.getFingerprint().toUpperCase() };
}

export async function clearSign(
  text: string,
  keys: readonly TestKey[],
  date: Date,
): Promise<string> {
  const message = await createCleartextMessage({ text });
  return sign({ message, signingKeys: keys.map(({ secret }) => secret), date });
}

export async function detachedSign(
  text: string,
  keys: readonly TestKey[],
  date: Date,
): Promise<string> {
  const message = await createMessage({ binary: Buffer.from(text) });
  const signingKeys = keys.map(({ secret }) => secret);
  const signature: unknown = await sign({
    ...{ message, signingKeys, date },
    detached: true,
    format: "armored",
  });
  return String(signature);
}

/** One record of a Packages file: what is said of it by field; the rest comes by itself. */
export type MadeRecord = Readonly<Record<string, string>> & { readonly Package: string };

/** Text of a Packages file. */
export function packagesText(records: readonly MadeRecord[]): string {
  return records
    .map((fields) => {
      const name = fields.Package;
      const usual = {
        Package: name,
        Version: "1.0-1",
        Architecture: "amd64",
        Priority: "optional",
        "Installed-Size": "10",
        Filename: `pool/main/${name}_1.0-1_amd64.deb`,
        Size: "1000",
        SHA256: createHash("sha256").update(name).digest("hex"),
      };
      const lines = Object.entries({ ...usual, ...fields }).map(
        ([field, value]) => `${field}: ${value}`,
      );
      return `${lines.join("\n")}\n`;
    })
    .join("\n");
}

export interface MadeSuite {
  /** `dists/stable`. */
  readonly path: string;
  /** By component. */
  readonly packages: Readonly<Record<string, string>>;
  /** By path below the suite, without `.gz`. */
  readonly contents?: Readonly<Record<string, string>>;
  /** Further lines of Release. */
  readonly fields?: string;
  readonly date: Date;
}

/** The files of a suite by path, without Release, and the text of that. */
export function makeSuite(suite: MadeSuite): {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly release: string;
} {
  const files = new Map<string, Uint8Array>();
  const lines: string[] = [];
  const add = (path: string, bytes: Uint8Array): void => {
    const sum = createHash("sha256").update(bytes).digest("hex");
    files.set(`/${suite.path}/${path}`, bytes);
    lines.push(` ${sum} ${bytes.length} ${path}`);
  };
  for (const [component, text] of Object.entries(suite.packages)) {
    add(`${component}/binary-amd64/Packages.gz`, gzipSync(text));
  }
  for (const [path, text] of Object.entries(suite.contents ?? {}))
    add(`${path}.gz`, gzipSync(text));
  const name = suite.path.slice(suite.path.lastIndexOf("/") + 1);
  const release = [
    "Origin: Test",
    `Suite: ${name}`,
    `Codename: ${name}`,
    `Date: ${suite.date.toUTCString().replace("GMT", "UTC")}`,
    "Architectures: amd64",
    `Components: ${Object.keys(suite.packages).join(" ")}`,
    ...(suite.fields === undefined ? [] : [suite.fields]),
    "SHA256:",
    ...lines,
    "",
  ].join("\n");
  return { files, release };
}
