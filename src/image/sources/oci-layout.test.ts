import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe } from "vitest";
import {
  blobName,
  MadeLayout,
  makeConfig,
  type MadeDescriptor,
  type MadeImage,
} from "../../../test/made-images.ts";
import { testRefusals, type Refusal } from "../../../test/refusals.ts";
import { contractImage } from "./contract.ts";

let image: MadeImage = { tars: [] };
beforeAll(async () => {
  image = await contractImage();
});

/** An OCI folder after something was done to it. `spoil` gives the roots that index.json names. */
function oci(
  spoil: (layout: MadeLayout, manifest: MadeDescriptor) => readonly unknown[],
): (folder: string) => string {
  return (folder) => {
    const layout = new MadeLayout();
    layout.finish(spoil(layout, layout.image(image))).writeTo(join(folder, "layout"));
    return "oci:layout";
  };
}

/** An OCI folder whose only manifest has these fields in place of its own. */
function withManifest(fields: (layout: MadeLayout) => object): ReturnType<typeof oci> {
  return oci((layout) => {
    const config = layout.blob(makeConfig(image), "application/vnd.oci.image.config.v1+json");
    return [layout.manifest({ config, layers: [], ...fields(layout) })];
  });
}

const nested = (levels: number) =>
  oci((layout, manifest) => {
    let root = manifest;
    for (let level = 0; level < levels; level++) root = layout.index([root]);
    return [root];
  });

const zeros = `sha256:${"0".repeat(64)}` as const;
const amd64 = { platform: { os: "linux", architecture: "amd64" } };

const layouts: readonly Refusal[] = [
  [
    "no index.json",
    (folder) => {
      mkdirSync(join(folder, "layout"));
      return "oci:layout";
    },
    "not-found",
    /index\.json in .*layout/,
  ],
  [
    "index.json is no JSON",
    (folder) => {
      const layout = new MadeLayout();
      layout.files.set("index.json", Buffer.from("{"));
      layout.writeTo(join(folder, "layout"));
      return "oci:layout";
    },
    "malformed",
    /index\.json in .*: it is not JSON/,
  ],
  [
    "index.json is a list",
    (folder) => {
      const layout = new MadeLayout();
      layout.files.set("index.json", Buffer.from("[]"));
      layout.writeTo(join(folder, "layout"));
      return "oci:layout";
    },
    "malformed",
    /index\.json in .*: it is no JSON object/,
  ],
  ["index.json names nothing", oci(() => []), "malformed", /it names no image manifest/],
  [
    "index.json names attestations only",
    oci((_, manifest) => [{ ...manifest, platform: { os: "unknown", architecture: "unknown" } }]),
    "malformed",
    /it names no image manifest/,
  ],
  [
    "a descriptor without a digest",
    oci(() => [{ mediaType: "x" }]),
    "malformed",
    /a descriptor has no digest/,
  ],
  [
    "a digest that leads out of the folder",
    oci((_, manifest) => [{ ...manifest, digest: "sha256:../../../../etc/passwd" }]),
    "malformed",
    /a descriptor has no digest/,
  ],
  [
    "the manifest is not there",
    oci((_, manifest) => [{ ...manifest, digest: zeros }]),
    "not-found",
    /blobs\/sha256\/0{64} in .*layout/,
  ],
  [
    "the manifest has another digest",
    oci((layout, manifest) => {
      layout.files.set(blobName(manifest.digest), Buffer.from("{}"));
      return [manifest];
    }),
    "malformed",
    /its digest is sha256:44136fa\w+, expected sha256:\w{64}/,
  ],
  [
    "the manifest is an artifact",
    withManifest(() => ({ config: null })),
    "malformed",
    /no image manifest: no config or no layers/,
  ],
  [
    "the config is not there",
    withManifest(() => ({ config: { digest: zeros } })),
    "not-found",
    /blobs\/sha256\/0{64}/,
  ],
  [
    "a diff_id is none",
    withManifest((layout) => ({
      config: layout.blob(makeConfig({ ...image, diffIds: ["sha256:1"] }), ""),
    })),
    "malformed",
    /a diff_id is no digest/,
  ],
  [
    "another number of layers and diff_ids",
    withManifest(() => ({ layers: [] })),
    "malformed",
    /it has 0 layers, its config 2 diff_ids/,
  ],
  [
    "a layer without a digest",
    withManifest(() => ({ layers: [{}] })),
    "malformed",
    /a layer has no digest/,
  ],
  [
    "a layer that is not there",
    oci((layout, manifest) => {
      for (const name of layout.files.keys()) {
        if (layout.files.get(name)?.[0] === 0x1f) layout.files.delete(name);
      }
      return [manifest];
    }),
    "not-found",
    /blobs\/sha256\/\w{64} in .*layout/,
  ],
  [
    "a layer that is cut off",
    oci((layout, manifest) => {
      for (const [name, bytes] of layout.files) {
        if (bytes[0] === 0x1f) layout.files.set(name, bytes.subarray(0, 100));
      }
      return [manifest];
    }),
    "malformed",
    /it has 100 bytes, the manifest says \d+/,
  ],
  [
    "an encrypted layer",
    withManifest((layout) => ({
      layers: [0, 1].map(() =>
        layout.blob("x", "application/vnd.oci.image.layer.v1.tar+gzip+encrypted"),
      ),
    })),
    "unsupported",
    /the layer is encrypted/,
  ],
  [
    "a layer that is no layer",
    withManifest((layout) => ({
      layers: [0, 1].map(() => layout.blob("x", "application/vnd.wasm.content")),
    })),
    "unsupported",
    /its media type is application\/vnd\.wasm\.content, no layer/,
  ],
  [
    "a foreign layer",
    withManifest(() => {
      const mediaType = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
      return { layers: [0, 1].map(() => ({ mediaType, digest: zeros, size: 1 })) };
    }),
    "unsupported",
    /the layer is not distributed with the image/,
  ],
  [
    "indexes in indexes without an end",
    nested(6),
    "over-limit",
    /more than 4 levels, the limit for indexes in indexes/,
  ],
  [
    "an index with too many manifests",
    oci((_, manifest) => Array.from({ length: 1001 }, () => manifest)),
    "over-limit",
    /more than 1000 entries, the limit for manifests of an index/,
  ],
  [
    "several images and no name",
    oci((layout) =>
      ["two", "one"].map((name) => ({
        ...layout.image({ ...image, config: { User: name } }),
        annotations: { "org.opencontainers.image.ref.name": name },
      })),
    ),
    "not-found",
    /one image alone; name it with :TAG in .*: .*one, two/,
  ],
  [
    "a name that is not there",
    (folder) =>
      `${oci((_, manifest) => [
        { ...manifest, annotations: { "org.opencontainers.image.ref.name": "one" } },
      ])(folder)}:other`,
    "not-found",
    /image other in .*nearest: one/,
  ],
  [
    "a manifest that is a folder",
    (folder) => {
      const layout = new MadeLayout();
      const manifest = layout.image(image);
      layout.files.delete(blobName(manifest.digest));
      const at = layout.finish([manifest]).writeTo(join(folder, "layout"));
      mkdirSync(join(at, blobName(manifest.digest)));
      return "oci:layout";
    },
    "not-found",
    /blobs\/sha256\/\w{64}/,
  ],
  [
    "blobs that are a link to themselves",
    (folder) => {
      const layout = new MadeLayout();
      const manifest = layout.image(image);
      const files = new MadeLayout().finish([manifest]);
      const at = files.writeTo(join(folder, "layout"));
      symlinkSync("blobs", join(at, "blobs"));
      return "oci:layout";
    },
    "unreachable",
    /blobs\/sha256\/\w{64} in .*too many symbolic links/,
  ],
];

describe("an OCI layout is refused in one sentence:", () => testRefusals(layouts));

const s390x: Refusal["1"] = oci((_, manifest) => [manifest]);

describe("a platform that is not there is named with those that are:", () => {
  const words = (list: string): RegExp =>
    new RegExp(`platform linux/s390x in .*layout: there is none, the nearest: ${list}$`);
  testRefusals(
    [
      ["in an index", oci(twoPlatforms), "not-found", words("linux/amd64, linux/arm64")],
      ["beside no index", s390x, "not-found", words("linux/amd64")],
    ],
    [{ os: "linux", architecture: "s390x" }],
  );
});

function twoPlatforms(layout: MadeLayout, manifest: MadeDescriptor): readonly unknown[] {
  const arm64 = layout.image({ ...image, architecture: "arm64" });
  return [
    { ...manifest, ...amd64 },
    { ...arm64, platform: { os: "linux", architecture: "arm64", variant: "v8" } },
  ];
}
