import { FormatError } from "../../formats/format-error.ts";
import { finalBase } from "../../formats/dockerfile/final-base.ts";
import { parseProvenance, type Provenance } from "../../formats/provenance/parse-provenance.ts";
import type { Image } from "../../image/image.ts";
import type { Failure } from "../../model/failure.ts";
import type { Claim } from "./claim.ts";
import { plainName, relateNames } from "./base-names.ts";

export interface ProvenanceClaims {
  readonly claims: readonly Claim[];
  /** What could not be read; the image is no worse for it. */
  readonly failures: readonly Failure[];
}

/**
 * What attestations of the build say. They list every image that was used: which of them the last stage starts with, only
 * the Dockerfile says, where it is in them. Nobody's signature is looked at, so none of it is certain.
 */
export async function provenanceClaims({
  attached,
  manifestDigest,
  reference,
}: Image): Promise<ProvenanceClaims> {
  if (attached === undefined) return { claims: [], failures: [] };
  const { statements, failures } = await attached.readStatements();
  const claims: Claim[] = [];
  const problems = [...failures];
  for (const statement of statements) {
    const parsed = parse(statement, reference);
    if ("kind" in parsed) problems.push(parsed);
    else if (parsed.provenance !== null) {
      const { subjects } = parsed.provenance;
      const isOwn = manifestDigest === null || subjects.includes(manifestDigest);
      if (isOwn) claims.push(...claimsOf(parsed.provenance));
      else problems.push(malformed(reference, "it speaks of another image"));
    }
  }
  return { claims, failures: problems };
}

function parse(
  statement: unknown,
  where: string,
): Failure | { readonly provenance: Provenance | null } {
  try {
    return { provenance: parseProvenance(statement) };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return malformed(where, error.message);
  }
}

function malformed(where: string, reason: string): Failure {
  const [what, format] = ["provenance attestation", "in-toto statement"];
  return { kind: "malformed", what, where, format, reason, offsetBytes: null };
}

function claimsOf(provenance: Provenance): readonly Claim[] {
  const { images } = provenance;
  const last = lastStageOf(provenance);
  if (last === "scratch") return claimOf({ name: "scratch", digest: null }, provenance, true);
  const isLast = (name: string): boolean => last !== null && relateNames(name, last) === "same";
  const found = images.filter(({ name }) => isLast(name));
  // The Dockerfile knows the last stage; all others are tools of the build then.
  if (found.length > 0) return found.flatMap((image) => claimOf(image, provenance, true));
  if (last !== null) return claimOf({ name: last, digest: null }, provenance, true);
  return images.flatMap((image) => claimOf(image, provenance, false));
}

function lastStageOf({ build }: Provenance): string | null {
  if (build === null) return null;
  try {
    const base = finalBase(build.dockerfile, build);
    return base.kind === "image" ? base.reference : base.kind === "scratch" ? "scratch" : null;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return null;
  }
}

/** None for what is no name of an image. */
function claimOf(
  image: { readonly name: string; readonly digest: Claim["digest"] },
  { predicateType, images }: Provenance,
  isFinalStage: boolean,
): readonly Claim[] {
  const { digest } = image;
  const name = plainName(image.name);
  if (name === null) return [];
  const materials = images.length;
  const evidence = {
    kind: "provenance",
    predicateType,
    name,
    digest,
    materials,
    isFinalStage,
  } as const;
  // With one image, all stages but those from scratch start with it.
  const confidence = isFinalStage ? "likely" : "possible";
  return [{ name, digest, confidence, layers: null, evidence }];
}
