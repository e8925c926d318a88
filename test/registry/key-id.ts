import { createHash, createPublicKey, type KeyObject } from "node:crypto";

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/**
 * The id by which docker-registry 2.8 knows a key: `PYYO:TEWU:…`, twelve groups of four letters. Source: distribution 2.8,
 * docs/spec/auth/jwt.md, "kid": the first 240 bits of the SHA-256 of the DER public key, in base32.
 */
export function keyId(key: KeyObject): string {
  const der = createPublicKey(key).export({ type: "spki", format: "der" });
  const bits = [...createHash("sha256").update(der).digest().subarray(0, 30)]
    .map((byte) => byte.toString(2).padStart(8, "0"))
    .join("");
  const letters = bits.replace(/.{5}/g, (five) => base32.charAt(Number.parseInt(five, 2)));
  return letters.replace(/.{4}(?=.)/g, (four) => `${four}:`);
}
