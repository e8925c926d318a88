import { createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { compressors, sha256 } from "../made-images.ts";
import { keyId } from "./key-id.ts";

export interface SchemaOne {
  readonly mediaType: "application/vnd.docker.distribution.manifest.v1+prettyjws";
  readonly manifest: Buffer;
  /** Compressed, lowest first. */
  readonly layers: readonly Buffer[];
}

/**
 * A manifest of schema 1, signed with a key of its own as docker-registry 2.8 demands it.
 * Source: distribution 2.8, docs/spec/manifest-v2-1.md and docs/spec/json.md ("signed manifest").
 */
export function makeSchemaOne(name: string, tag: string, tars: readonly Uint8Array[]): SchemaOne {
  const layers = tars.map((tar) => compressors.gzip(tar));
  const ids = layers.map((layer) => sha256(layer).slice("sha256:".length));
  const history = ids.map((id, index) => {
    const parent = ids[index - 1];
    const config = { id, ...(parent === undefined ? {} : { parent }), os: "linux" };
    return { v1Compatibility: JSON.stringify(config) };
  });
  const fields = {
    schemaVersion: 1,
    name,
    tag,
    architecture: "amd64",
    fsLayers: layers.map((layer) => ({ blobSum: sha256(layer) })).toReversed(),
    history: history.toReversed(),
  };
  return {
    mediaType: "application/vnd.docker.distribution.manifest.v1+prettyjws",
    manifest: signPretty(JSON.stringify(fields, null, 3)),
    layers,
  };
}

/** The text with its signatures as a last field; the protected header says what to cut off to get the text back. */
function signPretty(text: string): Buffer {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { crv, kty, x, y } = createPublicKey(privateKey).export({ format: "jwk" });
  const tail = "\n}";
  const head = text.slice(0, -tail.length);
  const header = {
    formatLength: Buffer.byteLength(head),
    formatTail: Buffer.from(tail).toString("base64url"),
    time: "2026-01-01T00:00:00Z",
  };
  const protectedPart = Buffer.from(JSON.stringify(header)).toString("base64url");
  const signed = `${protectedPart}.${Buffer.from(text).toString("base64url")}`;
  const signature = sign("sha256", Buffer.from(signed), {
    key: privateKey,
    dsaEncoding: "ieee-p1363",
  });
  const signatures = [
    {
      header: { jwk: { crv, kid: keyId(privateKey), kty, x, y }, alg: "ES256" },
      signature: signature.toString("base64url"),
      protected: protectedPart,
    },
  ];
  return Buffer.from(`${head},\n   "signatures": ${JSON.stringify(signatures)}${tail}`);
}
