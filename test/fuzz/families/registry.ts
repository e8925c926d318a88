import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc, { type Arbitrary } from "fast-check";
import { openBolt, type BoltBucket } from "../../../src/formats/bolt/bucket.ts";
import { fromBytes } from "../../../src/formats/random-access.ts";
import { parseChallenges } from "../../../src/image/registry/client/challenges.ts";
import { parseAuthFile } from "../../../src/image/registry/credentials/parse-auth-file.ts";
import { parseImageName, wholeName } from "../../../src/image/registry/names/parse-image-name.ts";
import { parseDaemonJson } from "../../../src/image/registry/settings/parse-daemon-json.ts";
import { parseRegistriesConf } from "../../../src/image/registry/settings/parse-registries-conf.ts";
import type { Family } from "../family.ts";
import { oddLine, textBytes } from "./words.ts";

const host = fc.constantFrom("docker.io", "[::1]:5000", "https://x/v1/", "a b", "10.0.0.0/8", "");
const oddValue = fc.oneof(fc.jsonValue({ maxDepth: 2 }), oddLine, host);
const hostsIn = (name: string): Arbitrary<unknown> =>
  fc.dictionary(fc.constant(name), fc.oneof(fc.array(oddValue, { maxLength: 3 }), oddValue));
const login = fc.dictionary(
  fc.constantFrom("auth", "identitytoken", "registrytoken", "username", "__proto__"),
  fc.oneof(fc.constantFrom("YTpi", "YQ==", "!"), oddValue),
);
const json = fc
  .oneof(
    hostsIn("registry-mirrors"),
    hostsIn("insecure-registries"),
    fc.record({ auths: fc.dictionary(host, fc.oneof(login, oddValue)) }),
    fc.record({ credHelpers: fc.dictionary(host, oddValue), credsStore: oddValue }),
    oddValue,
  )
  .map((value) => JSON.stringify(value));
const toml = fc
  .array(
    fc.oneof(
      fc.constantFrom("[[registry]]\n", "[registries.search]\n", "[[registry.mirror]]\n", "\n"),
      fc
        .tuple(
          fc.constantFrom("location", "prefix", "insecure", "blocked", "registries", "a.b.c"),
          oddValue,
        )
        .map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`),
      oddLine,
    ),
    { maxLength: 10 },
  )
  .map((parts) => parts.join(""));
const challenge = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "Bearer ",
        "Basic ",
        'realm="https://x/t"',
        ",",
        'scope="a',
        "service=",
        "==",
      ),
      oddLine,
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(""));

/** Settings of engines, logins, challenges and names of images: the same text is given to all of them. */
export const registry: Family = {
  name: "registry",
  made: textBytes(fc.oneof(json, json, toml, challenge, oddLine)),
  async read(input) {
    const text = Buffer.from(input).toString("utf8");
    const name = parseImageName(text);
    if (name.ok) {
      const again = parseImageName(wholeName(name.value));
      if (!again.ok || wholeName(again.value) !== wholeName(name.value)) {
        throw new TypeError(`${wholeName(name.value)} is another name when it is read again`);
      }
    }
    return [
      name,
      parseDaemonJson(text),
      parseAuthFile(text),
      parseChallenges(text),
      await parseRegistriesConf({ text, source: "file", isDropIn: input.length % 2 === 0 }),
    ];
  },
  maxOutput: (inputBytes) => 64 * 1024 + 400 * inputBytes,
};

const kept = join(import.meta.dirname, "../../../src/formats/bolt/testdata/sample.db.gz");
const sample = Buffer.from(gunzipSync(readFileSync(kept)));

/** Rights the checksums of both metas, of pages of 1 KiB as in the sample. Source: bbolt db.go, `meta`. */
function repairMetas(bytes: Buffer): Buffer {
  for (const at of [16, 1024 + 16]) {
    if (at + 64 > bytes.byteLength) continue;
    let sum = 0xcbf29ce484222325n;
    for (const byte of bytes.subarray(at, at + 56)) {
      sum = BigInt.asUintN(64, (sum ^ BigInt(byte)) * 0x100000001b3n);
    }
    bytes.writeBigUInt64LE(sum, at + 56);
  }
  return bytes;
}

/** How many keys there are in all. */
function countKeys(bucket: BoltBucket): number {
  let count = 0;
  for (const entry of bucket.entries())
    count += entry.kind === "value" ? 1 : countKeys(entry.bucket);
  return count;
}

export const bolt: Family = {
  name: "bolt",
  made: fc.constant(sample),
  repair: repairMetas,
  read(input) {
    const content = fromBytes(input);
    const isShrunk = (input.at(-1) ?? 0) % 8 === 7;
    const file = isShrunk ? { ...content, sizeBytes: input.byteLength + 4096 } : content;
    const { transaction, root } = openBolt(file);
    return [String(transaction), countKeys(root)];
  },
};
