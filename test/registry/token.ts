import { createPrivateKey, sign, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { TokenSigner } from "./certificates.ts";
import { keyId } from "./key-id.ts";

/** What a token allows: `repository:NAME:pull,push`. Source: distribution, docs/spec/auth/scope.md. */
export interface Access {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

export interface TokenClaims {
  readonly issuer: string;
  readonly service: string;
  readonly subject: string;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly lifetimeSeconds: number;
  readonly access: readonly Access[];
}

/**
 * A JSON web token as docker-registry 2.8 takes it: RS256, the key named by `kid` or sent as certificate in `x5c`. Source:
 * distribution, docs/spec/auth/jwt.md.
 */
export function signToken(claims: TokenClaims, signer: TokenSigner, names: "kid" | "x5c"): string {
  const key = createPrivateKey(readFileSync(signer.keyFile));
  const certificate = new X509Certificate(readFileSync(signer.certificateFile));
  const named =
    names === "kid" ? { kid: keyId(key) } : { x5c: [certificate.raw.toString("base64")] };
  const { issuer, service, subject, issuedAt, lifetimeSeconds, access } = claims;
  const payload = {
    iss: issuer,
    sub: subject,
    aud: service,
    iat: issuedAt,
    nbf: issuedAt,
    exp: issuedAt + lifetimeSeconds,
    jti: `${issuedAt}-${subject}`,
    access,
  };
  const signed = `${encode({ typ: "JWT", alg: "RS256", ...named })}.${encode(payload)}`;
  return `${signed}.${sign("RSA-SHA256", Buffer.from(signed), key).toString("base64url")}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
