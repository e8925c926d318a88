import type { KeyID, PublicKey, VerifyMessageResult } from "openpgp";

/** What became of a signature. */
export type SignatureOutcome =
  /** `fingerprint` of the key (or its subkey's owner), upper-case hex; `user` as the key names its owner. */
  | {
      readonly kind: "good";
      readonly fingerprint: string;
      readonly user: string | null;
      /** ISO 8601. */
      readonly signedAt: string;
      /** The key has run out since it signed. */
      readonly isKeyExpired: boolean;
    }
  /** Whoever signed is not among the keys; key IDs in upper-case hex. */
  | { readonly kind: "unknown-key"; readonly keyIds: readonly string[] }
  /** Signed by a known key, and these are not the bytes; or no signature at all comes out of it. */
  | { readonly kind: "bad"; readonly reason: string }
  | { readonly kind: "not-signed" };

/** `signed`: exactly the bytes that the signature is over; null unless it is good. */
export interface VerifiedText {
  readonly outcome: SignatureOutcome;
  readonly signed: Uint8Array | null;
}

const clearSignedHead = "-----BEGIN PGP SIGNED MESSAGE-----";

/**
 * A text with its signature around it, as InRelease is. What stands before or behind the signed part counts for nothing.
 * `now`: keys that were not valid yet, or signatures of the future, are bad. Never throws for what is in the bytes.
 * Source: RFC 9580 7.
 */
export async function verifyClearSigned(
  bytes: Uint8Array,
  keys: readonly PublicKey[],
  now: Date,
): Promise<VerifiedText> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  if (!text.startsWith(clearSignedHead)) return { outcome: { kind: "not-signed" }, signed: null };
  const { readCleartextMessage, verify } = await import("openpgp");
  return orBad(async () => {
    const message = await readCleartextMessage({ cleartextMessage: text });
    const { signatures } = await verify({ message, verificationKeys: [...keys], date: now });
    const outcome = await judge(signatures, keys, now);
    return { outcome, signed: ifGood(outcome, Buffer.from(message.getText(), "utf8")) };
  });
}

/** A file and its signature apart, armoured (Release.gpg, repomd.xml.asc) or binary. Otherwise as `verifyClearSigned`. */
export async function verifyDetached(
  { bytes, signature }: { readonly bytes: Uint8Array; readonly signature: Uint8Array },
  keys: readonly PublicKey[],
  now: Date,
): Promise<VerifiedText> {
  const { createMessage, readSignature, verify } = await import("openpgp");
  return orBad(async () => {
    const armored = Buffer.from(signature).toString("latin1");
    const isArmored = armored.trimStart().startsWith("-----BEGIN PGP SIGNATURE-----");
    const read = isArmored
      ? await readSignature({ armoredSignature: armored })
      : await readSignature({ binarySignature: signature });
    const message = await createMessage({ binary: bytes });
    const options = { message, signature: read, verificationKeys: [...keys], date: now };
    const { signatures } = await verify(options);
    const outcome = await judge(signatures, keys, now);
    return { outcome, signed: ifGood(outcome, bytes) };
  });
}

function ifGood({ kind }: SignatureOutcome, signed: Uint8Array): Uint8Array | null {
  return kind === "good" ? signed : null;
}

/** The library throws errors without a class of their own for bytes that are no message. */
async function orBad(verify: () => Promise<VerifiedText>): Promise<VerifiedText> {
  try {
    return await verify();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { outcome: { kind: "bad", reason: error.message.slice(0, 200) }, signed: null };
  }
}

/**
 * One good signature is enough and one bad is too much; those of unknown keys do not count beside a good one: archives sign
 * with the keys of several releases. Source: apt methods/gpgv.cc, VerifyGetSigners.
 */
async function judge(
  signatures: readonly VerifyMessageResult["signatures"][number][],
  keys: readonly PublicKey[],
  now: Date,
): Promise<SignatureOutcome> {
  const outcomes: SignatureOutcome[] = [];
  for (const signature of signatures) {
    const key = keys.find((one) => one.getKeys(signature.keyID).length > 0);
    const keyIds = [signature.keyID.toHex().toUpperCase()];
    outcomes.push(
      key === undefined ? { kind: "unknown-key", keyIds } : await judgeOne(key, signature, now),
    );
  }
  const bad = outcomes.find(({ kind }) => kind === "bad");
  const good =
    outcomes.find((one) => one.kind === "good" && !one.isKeyExpired) ??
    outcomes.find(({ kind }) => kind === "good");
  const keyIds = outcomes.flatMap((one) => (one.kind === "unknown-key" ? one.keyIds : []));
  if (bad !== undefined || good !== undefined) return bad ?? good ?? { kind: "not-signed" };
  return keyIds.length === 0 ? { kind: "not-signed" } : { kind: "unknown-key", keyIds };
}

async function judgeOne(
  key: PublicKey,
  { verified, signature, keyID }: VerifyMessageResult["signatures"][number],
  now: Date,
): Promise<SignatureOutcome> {
  const signedAt = (await signature).packets[0]?.created ?? null;
  const fault = await faultOf(verified);
  if (fault !== null || signedAt === null) {
    return { kind: "bad", reason: fault ?? "it does not say when it was made" };
  }
  return {
    kind: "good",
    fingerprint: key.getFingerprint().toUpperCase(),
    user: key.getUserIDs()[0] ?? null,
    signedAt: signedAt.toISOString(),
    isKeyExpired: await isExpired(key, keyID, now),
  };
}

/** The library asks only whether the key was valid when it signed. */
async function isExpired(key: PublicKey, keyId: KeyID, now: Date): Promise<boolean> {
  const used = [key, ...key.getSubkeys().filter((one) => one.getKeyID().equals(keyId))];
  const ends = await Promise.all(used.map((one) => one.getExpirationTime()));
  return ends.some((end) => end === null || (typeof end !== "number" && end <= now));
}

/** In words; null when it is verified. */
async function faultOf(verified: Promise<true>): Promise<string | null> {
  try {
    await verified;
    return null;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.message.slice(0, 200);
  }
}
