import { isDeeperThan } from "../../formats/json-levels.ts";
import { defaultBudgets } from "../../model/budgets.ts";
import type { Image } from "../../image/image.ts";
import { parseJsonText, textAt, textsByName, type JsonObject } from "../../image/sources/json.ts";
import { isDigest, type Digest } from "../../model/digest.ts";
import type { Claim } from "./claim.ts";
import { plainName } from "./base-names.ts";

/** Source: OCI image-spec annotations.md, "Pre-Defined Annotation Keys". */
const baseName = "org.opencontainers.image.base.name";
const baseDigest = "org.opencontainers.image.base.digest";
/** Source: buildpacks/spec platform.md, "lifecycle.metadata (JSON)". */
const lifecycle = "io.buildpacks.lifecycle.metadata";

/** It lists the layers of every buildpack; far more than any has. */
const maxMetadataChars = 4 * 1024 * 1024;

type Texts = Readonly<Record<string, string>>;

/**
 * What annotations and labels say. Of an annotation a builder wrote it for this very image; a label may come from the
 * base, whose own base it then names. What is neither a name nor a digest is passed over.
 */
export function documentClaims({ documents, attached, config }: Image): readonly Claim[] {
  const manifest = documents?.manifest ?? null;
  const ofManifest = manifest === null ? {} : textsByName(manifest, "annotations");
  return [
    ...annotationClaims(ofManifest, "manifest"),
    ...annotationClaims(attached?.indexAnnotations ?? {}, "index"),
    ...buildpacksClaims(config.labels, config.diffIds),
    ...labelClaims(config.labels),
  ];
}

function annotationClaims(texts: Texts, place: "manifest" | "index"): readonly Claim[] {
  const said = readSaid(texts);
  if (said === null) return [];
  const evidence = { kind: "annotation", place, ...said } as const;
  return [{ ...said, confidence: "likely", layers: null, evidence }];
}

function labelClaims(labels: Texts): readonly Claim[] {
  const said = readSaid(labels);
  if (said === null) return [];
  const label = said.name === null ? baseDigest : baseName;
  const evidence = { kind: "label", label, ...said, isInherited: false } as const;
  return [{ ...said, confidence: "possible", layers: null, evidence }];
}

function readSaid(texts: Texts): Pick<Claim, "name" | "digest"> | null {
  const name = plainName(texts[baseName] ?? "");
  const said = texts[baseDigest];
  const digest = isDigest(said) ? said : null;
  return name === null && digest === null ? null : { name, digest };
}

/**
 * The lifecycle writes it when it puts the app on the run image: `topLayer` is the diffId where that ends. An image that
 * is built on such an app has it too, and then it is still what lies at the bottom.
 */
function buildpacksClaims(labels: Texts, diffIds: readonly Digest[]): readonly Claim[] {
  const text = labels[lifecycle] ?? "";
  const metadata = text === "" ? null : parseMetadata(text);
  if (metadata === null) return [];
  const runImage = objectOf(metadata["runImage"]);
  const names = [
    textAt(objectOf(runImage), "image"),
    textAt(objectOf(objectOf(metadata["stack"])["runImage"]), "image"),
    textAt(runImage, "reference"),
  ];
  const reference = textAt(runImage, "reference");
  const name = names.map(plainName).find((one) => one !== null);
  if (name === undefined) return [];
  const at = diffIds.findIndex((diffId) => diffId === runImage["topLayer"]);
  const layers = at < 0 ? null : at + 1;
  const written = reference.slice(reference.indexOf("@") + 1);
  const digest = isDigest(written) ? written : null;
  const confidence = layers === null ? "possible" : "likely";
  const evidence = { kind: "buildpacks", name, digest, layers } as const;
  return [{ name, digest, confidence, layers, evidence }];
}

function parseMetadata(text: string): JsonObject | null {
  if (text.length > maxMetadataChars) return null;
  return isDeeperThan(Buffer.from(text), defaultBudgets.jsonLevels) ? null : parseJsonText(text);
}

const objectOf = (value: unknown): JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
