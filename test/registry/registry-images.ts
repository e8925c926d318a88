import {
  compressors,
  makeConfig,
  makeTar,
  MadeLayout,
  sha256,
  type MadeDescriptor,
  type MadeImage,
} from "../made-images.ts";

/** A layout and the part of it that a tag stands for. */
export interface MadeRoot {
  readonly layout: MadeLayout;
  readonly root: MadeDescriptor;
}

/** Docker's media types. Source: distribution, docs/spec/manifest-v2-2.md. */
const docker = {
  manifest: "application/vnd.docker.distribution.manifest.v2+json",
  list: "application/vnd.docker.distribution.manifest.list.v2+json",
  config: "application/vnd.docker.container.image.v1+json",
  layer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  foreign: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
} as const;

const architectures = ["amd64", "arm64", "s390x"] as const;

/** The image with OCI media types, gzip or zstd layers. */
export function ociImage(image: MadeImage): MadeRoot {
  const layout = new MadeLayout();
  return { layout, root: layout.image(image) };
}

/** The image for three machines under an OCI index. */
export function ociIndex(image: MadeImage): MadeRoot {
  const layout = new MadeLayout();
  const manifests = architectures.map((architecture) => ({
    ...layout.image({ ...image, architecture }),
    platform: { os: "linux", architecture },
  }));
  return { layout, root: layout.index(manifests) };
}

/** The image in an index in an index, with an attestation beside it, as BuildKit writes it. */
export function nestedIndex(image: MadeImage): MadeRoot {
  const layout = new MadeLayout();
  const config = layout.blob("{}", "application/vnd.oci.image.config.v1+json");
  const attestation = {
    ...layout.manifest({ config, layers: [] }),
    platform: { os: "unknown", architecture: "unknown" },
    annotations: { "vnd.docker.reference.type": "attestation-manifest" },
  };
  const built = { ...layout.image(image), platform: { os: "linux", architecture: "amd64" } };
  return { layout, root: layout.index([layout.index([built, attestation])]) };
}

/** The image as Docker's schema 2. */
export function dockerImage(image: MadeImage): MadeRoot {
  const layout = new MadeLayout();
  return { layout, root: putDocker(layout, image) };
}

/** The image for three machines under Docker's manifest list. */
export function dockerList(image: MadeImage): MadeRoot {
  const layout = new MadeLayout();
  const manifests = architectures.map((architecture) => ({
    ...putDocker(layout, { ...image, architecture }),
    platform: { os: "linux", architecture },
  }));
  const list = { schemaVersion: 2, mediaType: docker.list, manifests };
  return { layout, root: layout.blob(JSON.stringify(list), docker.list) };
}

function putDocker(
  layout: MadeLayout,
  image: MadeImage,
  foreign: readonly object[] = [],
): MadeDescriptor {
  const layers = image.tars.map((tar) => layout.blob(compressors.gzip(tar), docker.layer));
  const config = layout.blob(makeConfig(image), docker.config);
  const all = [...foreign, ...layers];
  const manifest = { schemaVersion: 2, mediaType: docker.manifest, config, layers: all };
  return layout.blob(JSON.stringify(manifest), docker.manifest);
}

/** Docker's schema 2 with a lowest layer that is not in the registry, but at `address`, as Windows bases have it. */
export async function foreignImage(
  image: MadeImage,
  address: string,
): Promise<MadeRoot & { readonly foreign: Buffer }> {
  const tar = await makeTar([["foreign", "elsewhere\n"]]);
  const foreign = compressors.gzip(tar);
  const descriptor = {
    mediaType: docker.foreign,
    digest: sha256(foreign),
    size: foreign.byteLength,
    urls: [address],
  };
  const layout = new MadeLayout();
  const diffIds = [tar, ...image.tars].map((one) => sha256(one));
  return { layout, root: putDocker(layout, { ...image, diffIds }, [descriptor]), foreign };
}

/** The image with a layer of 0 bytes on top, as some builders write an empty change. */
export function emptyLayerImage(image: MadeImage): MadeRoot {
  const layout = new MadeLayout();
  const nothing = Buffer.alloc(0);
  const tars = [...image.tars, nothing];
  const layers = tars.map((tar) => layout.blob(tar, "application/vnd.oci.image.layer.v1.tar"));
  const config = layout.blob(
    makeConfig({ ...image, tars }),
    "application/vnd.oci.image.config.v1+json",
  );
  return { layout, root: layout.manifest({ config, layers }) };
}

/** An artifact that says something of another manifest. Source: OCI image-spec 1.1, "Guidelines for Artifact Usage". */
export function artifactOf(subject: MadeDescriptor, content: string): MadeRoot {
  const layout = new MadeLayout();
  const config = layout.blob("{}", "application/vnd.oci.empty.v1+json");
  const layers = [layout.blob(content, "application/vnd.example.report+json")];
  const { mediaType, digest, size } = subject;
  const artifactType = "application/vnd.example.report";
  const root = layout.manifest({
    artifactType,
    config,
    layers,
    subject: { mediaType, digest, size },
  });
  return { layout, root };
}

/**
 * The index of referrers that clients keep under a tag where the registry has no referrers API, with that tag.
 * Source: OCI distribution-spec 1.1, "Referrers Tag Schema".
 */
export function referrersOf(
  subject: MadeDescriptor,
  artifacts: readonly MadeRoot[],
): MadeRoot & { readonly tag: string } {
  const layout = new MadeLayout();
  for (const artifact of artifacts) {
    for (const [name, bytes] of artifact.layout.files) layout.files.set(name, bytes);
  }
  const artifactType = "application/vnd.example.report";
  const root = layout.index(artifacts.map((artifact) => ({ ...artifact.root, artifactType })));
  return { layout, root, tag: subject.digest.replace(":", "-") };
}
