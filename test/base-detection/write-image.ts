import { join } from "node:path";
import {
  compressors,
  MadeLayout,
  sha256,
  type MadeCompression,
  type MadeDescriptor,
} from "../made-images.ts";

type Texts = Readonly<Record<string, string>>;

export interface WrittenImage {
  /** Uncompressed, bottom first. */
  readonly tars: readonly Uint8Array[];
  /** As stored; `none` when absent, because the digest of what a zlib makes changes with it. */
  readonly compression?: MadeCompression;
  readonly config?: object;
  readonly architecture?: string;
  readonly history?: readonly object[];
  readonly annotations?: Texts;
  readonly indexAnnotations?: Texts;
  /** Predicates of provenance, with their types; `subject` in place of the image itself. */
  readonly provenance?: readonly MadeProvenance[];
}

export interface MadeProvenance {
  readonly type: string;
  readonly predicate: object;
  readonly subject?: string;
  /** The blob is not there. */
  readonly isLost?: boolean;
}

/** Writes an OCI layout in the form that BuildKit exports, with an index around the manifest where it needs one. */
export function writeImage(folder: string, name: string, image: WrittenImage): string {
  const layout = new MadeLayout();
  const manifest = writeManifest(layout, image);
  const attestations = (image.provenance ?? []).map((one) => attest(layout, manifest, one));
  const isPlain = attestations.length === 0 && image.indexAnnotations === undefined;
  const platform = { os: "linux", architecture: image.architecture ?? "amd64" };
  const index = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [{ ...manifest, platform }, ...attestations],
    ...(image.indexAnnotations === undefined ? {} : { annotations: image.indexAnnotations }),
  };
  const root = isPlain ? manifest : layout.blob(JSON.stringify(index), index.mediaType);
  layout.finish([root]).writeTo(join(folder, name));
  return `oci:${join(folder, name)}`;
}

const layerTypes = {
  none: "application/vnd.oci.image.layer.v1.tar",
  gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
};

function writeManifest(layout: MadeLayout, image: WrittenImage): MadeDescriptor {
  const compression = image.compression ?? "none";
  const config = {
    created: "2026-01-01T00:00:00Z",
    architecture: image.architecture ?? "amd64",
    os: "linux",
    config: image.config ?? {},
    rootfs: { type: "layers", diff_ids: image.tars.map((tar) => sha256(tar)) },
    ...(image.history === undefined ? {} : { history: image.history }),
  };
  return layout.manifest({
    config: layout.blob(JSON.stringify(config), "application/vnd.oci.image.config.v1+json"),
    layers: image.tars.map((tar) =>
      layout.blob(compressors[compression](tar), layerTypes[compression]),
    ),
    ...(image.annotations === undefined ? {} : { annotations: image.annotations }),
  });
}

/** Source: BuildKit docs/attestations/attestation-storage.md, its examples. */
function attest(
  layout: MadeLayout,
  { digest }: MadeDescriptor,
  { type, predicate, subject, isLost = false }: MadeProvenance,
): object {
  const statement = {
    _type: "https://in-toto.io/Statement/v0.1",
    predicateType: type,
    subject: [{ name: "_", digest: { sha256: (subject ?? digest).slice("sha256:".length) } }],
    predicate,
  };
  const blob = layout.blob(JSON.stringify(statement), "application/vnd.in-toto+json");
  if (isLost) layout.files.delete(`blobs/${blob.digest.replace(":", "/")}`);
  const manifest = layout.manifest({
    config: layout.blob("{}", "application/vnd.oci.image.config.v1+json"),
    layers: [{ ...blob, annotations: { "in-toto.io/predicate-type": type } }],
  });
  return {
    ...manifest,
    platform: { os: "unknown", architecture: "unknown" },
    annotations: {
      "vnd.docker.reference.digest": digest,
      "vnd.docker.reference.type": "attestation-manifest",
    },
  };
}
