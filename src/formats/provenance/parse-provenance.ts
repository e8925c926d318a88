import { isDigest, type Digest } from "../../model/digest.ts";
import { FormatError } from "../format-error.ts";
import { parseImageUrl } from "./purl.ts";

/** What a build says it was made of, as far as bases are concerned. */
export interface Provenance {
  readonly predicateType: string;
  /** Digests of what it speaks of. */
  readonly subjects: readonly Digest[];
  /** Images that the build used, in its order, each once. */
  readonly images: readonly ProvenanceImage[];
  /** The Dockerfile and how it was built; null where it is not in it (BuildKit: mode=max only). */
  readonly build: {
    readonly dockerfile: string;
    readonly target: string | null;
    readonly buildArgs: Readonly<Record<string, string>>;
  } | null;
}

export interface ProvenanceImage {
  readonly name: string;
  readonly digest: Digest | null;
}

type Fields = Readonly<Record<string, unknown>>;

const format = "in-toto statement";
/** Far more than any build uses; sources and packages may be among the materials. */
const maxMaterials = 1000;
const maxImages = 64;
const maxDockerfileChars = 1024 * 1024;

/** BuildKit puts its own in here. Source: BuildKit docs/attestations/slsa-provenance.md. */
const buildkitMetadata = "https://mobyproject.org/buildkit@v1#metadata";

/**
 * Reads an in-toto statement with SLSA provenance v0.2 or v1; null for a statement of another kind (an SBOM). Throws a
 * FormatError for what is no statement. Images that only read Dockerfiles or make SBOMs are left out.
 *
 *     {"_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://slsa.dev/provenance/v0.2",
 *      "subject": [{"digest": {"sha256": "…"}}],
 *      "predicate": {"materials": [{"uri": "pkg:docker/alpine@3.20?platform=…", "digest": {"sha256": "…"}}]}}
 *
 * Sources: in-toto attestation spec/v1/statement.md; slsa.dev/provenance v0.2 (materials) and v1 (resolvedDependencies).
 */
export function parseProvenance(value: unknown): Provenance | null {
  const statement = fieldsOf(value);
  if (statement === null || !textOf(statement["_type"]).startsWith("https://in-toto.io/Statement/"))
    throw new FormatError(format, "it has no _type of one");
  const predicateType = textOf(statement["predicateType"]);
  const version = /^https:\/\/slsa\.dev\/provenance\/v(0\.2|1)(?:\.\d+)?$/.exec(predicateType)?.[1];
  if (version === undefined) return null;
  const predicate = fieldsOf(statement["predicate"]);
  if (predicate === null) throw new FormatError(format, "it has no predicate");
  const definition = fieldsOf(predicate["buildDefinition"]) ?? {};
  const materials = version === "1" ? definition["resolvedDependencies"] : predicate["materials"];
  return {
    predicateType,
    subjects: listOf(statement["subject"]).flatMap((one) => digestOf(one) ?? []),
    images: imagesOf(listOf(materials)),
    build: version === "1" ? buildOfV1(predicate, definition) : buildOfV02(predicate),
  };
}

/** Source: BuildKit solver/llbsolver/provenance; these are tools of the build and no part of what it makes. */
const tools = /^(?:docker\/dockerfile|docker\/buildkit-[\w-]+|moby\/buildkit)(?::|$)/;

function imagesOf(materials: readonly unknown[]): readonly ProvenanceImage[] {
  if (materials.length > maxMaterials) {
    throw new FormatError(format, `it has ${materials.length} materials`);
  }
  const found = new Map<string, ProvenanceImage>();
  for (const material of materials) {
    const image = parseImageUrl(textOf(fieldsOf(material)?.["uri"]));
    if (image === null || tools.test(image.name)) continue;
    const digest = digestOf(material) ?? image.digest;
    const key = `${image.name} ${digest ?? ""}`;
    if (!found.has(key)) found.set(key, { name: image.name, digest });
  }
  if (found.size > maxImages) throw new FormatError(format, `it names ${found.size} images`);
  return [...found.values()];
}

function buildOfV02(predicate: Fields): Provenance["build"] {
  const invocation = fieldsOf(predicate["invocation"]);
  const args = fieldsOf(fieldsOf(invocation?.["parameters"])?.["args"]);
  const metadata = fieldsOf(fieldsOf(predicate["metadata"])?.[buildkitMetadata]);
  const entry = textOf(fieldsOf(invocation?.["configSource"])?.["entryPoint"]);
  return buildOf(metadata, args, entry);
}

function buildOfV1(predicate: Fields, definition: Fields): Provenance["build"] {
  const external = fieldsOf(definition["externalParameters"]);
  const args = fieldsOf(fieldsOf(external?.["request"])?.["args"]);
  const details = fieldsOf(fieldsOf(predicate["runDetails"])?.["metadata"]);
  const metadata = fieldsOf(details?.["buildkit_metadata"] ?? details?.[buildkitMetadata]);
  return buildOf(metadata, args, textOf(fieldsOf(external?.["configSource"])?.["path"]));
}

/** Files of the build are in base64; of several the one that was built, by its name. */
function buildOf(metadata: Fields | null, args: Fields | null, entry: string): Provenance["build"] {
  const infos = listOf(fieldsOf(metadata?.["source"])?.["infos"])
    .map(fieldsOf)
    .filter((info) => info !== null);
  const chosen = infos.find((info) => textOf(info["filename"]) === entry) ?? infos[0];
  const data = textOf(chosen?.["data"]);
  if (data === "" || (infos.length > 1 && textOf(chosen?.["filename"]) !== entry)) return null;
  if (data.length > maxDockerfileChars) throw new FormatError(format, "its Dockerfile is too long");
  const buildArgs = Object.entries(args ?? {}).flatMap(([name, value]) =>
    name.startsWith("build-arg:") && typeof value === "string"
      ? [[name.slice("build-arg:".length), value] as const]
      : [],
  );
  return {
    dockerfile: Buffer.from(data, "base64").toString("utf8"),
    target: textOf(args?.["target"]) || null,
    buildArgs: Object.fromEntries(buildArgs),
  };
}

function digestOf(value: unknown): Digest | null {
  const sums = fieldsOf(fieldsOf(value)?.["digest"]);
  const digest = `sha256:${textOf(sums?.["sha256"])}`;
  return isDigest(digest) ? digest : null;
}

function fieldsOf(value: unknown): Fields | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return Object.fromEntries(Object.entries(value));
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
