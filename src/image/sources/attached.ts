import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import type { Digest } from "../../model/digest.ts";
import type { AttachedDocuments, Statements } from "../image.ts";
import type { Descriptor } from "./descriptors.ts";
import { listAt, textsByName, type JsonObject } from "./json.ts";
import { readDescriptor } from "./descriptors.ts";

/** Reads a JSON document by its descriptor, verified. */
export type ReadAttached = (
  descriptor: Descriptor,
  kind: "manifest" | "blob",
) => Promise<Result<JsonObject>> | Result<JsonObject>;

/** Collects, while indexes are opened, what stands beside the manifests in them. */
export class AttachedCollector {
  readonly #annotations = new Map<Digest, Readonly<Record<string, string>>>();
  readonly #attestations: Descriptor[] = [];

  /** `manifests`: those that the index names itself; of an index in an index both count, the inner one more. */
  addIndex(index: JsonObject, manifests: readonly Descriptor[]): void {
    const annotations = textsByName(index, "annotations");
    for (const { digest } of manifests) this.#annotations.set(digest, annotations);
  }

  addAttestation(descriptor: Descriptor): void {
    this.#attestations.push(descriptor);
  }

  /** What belongs to one manifest; null where there is nothing. `where`: its place, for failures. */
  of(manifest: Digest, where: string, read: ReadAttached): AttachedDocuments | null {
    const indexAnnotations = this.#annotations.get(manifest) ?? {};
    const own = this.#attestations.filter(
      ({ annotations }) => annotations[referenceDigest] === manifest,
    );
    if (own.length === 0 && Object.keys(indexAnnotations).length === 0) return null;
    return { indexAnnotations, readStatements: () => readStatements(own, where, read) };
  }
}

/** Source: BuildKit docs/attestations/attestation-storage.md. */
const referenceDigest = "vnd.docker.reference.digest";
const predicateType = "in-toto.io/predicate-type";
const statementType = "application/vnd.in-toto+json";

/** An image has one attestation manifest, and that one statement of provenance. */
const maxManifests = 4;
const maxStatements = 4;

async function readStatements(
  attestations: readonly Descriptor[],
  where: string,
  read: ReadAttached,
): Promise<Statements> {
  const statements: JsonObject[] = [];
  const failures: Failure[] = [];
  const take = <Value>(result: Result<Value>): Value | null => {
    if (!result.ok) failures.push(result.failure);
    return result.ok ? result.value : null;
  };
  if (attestations.length > maxManifests) failures.push(tooMany(where, maxManifests));
  const blobs: Descriptor[] = [];
  for (const attestation of attestations.slice(0, maxManifests)) {
    const manifest = take(await read(attestation, "manifest"));
    if (manifest !== null) blobs.push(...(take(provenanceIn(manifest, attestation, where)) ?? []));
  }
  if (blobs.length > maxStatements) failures.push(tooMany(where, maxStatements));
  for (const blob of blobs.slice(0, maxStatements)) {
    const statement = take(await read(blob, "blob"));
    if (statement !== null) statements.push(statement);
  }
  return { statements, failures };
}

/** Statements that an SBOM makes are many times longer and say nothing of the build. */
function provenanceIn(
  manifest: JsonObject,
  { digest }: Descriptor,
  where: string,
): Result<readonly Descriptor[]> {
  const layers = listAt(manifest, "layers");
  if (layers === null) {
    const reason = "it is no attestation manifest: it has no layers";
    const format = "image";
    return failed({ kind: "malformed", what: digest, where, format, reason, offsetBytes: null });
  }
  const found = layers.flatMap((layer) => readDescriptor(layer) ?? []);
  return success(
    found.filter(
      ({ mediaType, annotations }) =>
        mediaType === statementType &&
        (annotations[predicateType] ?? "").startsWith("https://slsa.dev/provenance/"),
    ),
  );
}

function tooMany(where: string, limit: number): Failure {
  const [budget, unit] = ["attestations of an image", "entries"] as const;
  return { kind: "over-limit", what: "attestations", where, budget, limit, unit };
}
