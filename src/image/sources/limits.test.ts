import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import {
  blobName,
  compressors,
  MadeLayout,
  makeConfig,
  makeTar,
  packFiles,
  type MadeDescriptor,
  type MadeImage,
} from "../../../test/made-images.ts";
import { testRefusals, type Make, type Refusal } from "../../../test/refusals.ts";
import { contractImage } from "./contract.ts";

let image: MadeImage = { tars: [] };
beforeAll(async () => {
  image = await contractImage();
});

const layerType = "application/vnd.oci.image.layer.v1.tar";

/** An OCI folder of one manifest; `spoil` changes files once they are written, and gives another reference or none. */
function layout(
  make: (layout: MadeLayout) => MadeDescriptor,
  spoil: (at: string, manifest: MadeDescriptor) => void = () => undefined,
): Make {
  return (folder) => {
    const made = new MadeLayout();
    const manifest = make(made);
    const at = made.finish([manifest]).writeTo(join(folder, "layout"));
    spoil(at, manifest);
    return "oci:layout";
  };
}

const whole = (made: MadeLayout): MadeDescriptor => made.image(image);

function configOf(made: MadeLayout): MadeDescriptor {
  return made.blob(makeConfig(image), "application/vnd.oci.image.config.v1+json");
}

/** Bytes that take no place on the disk. */
function sparse(file: string, sizeBytes: number): void {
  writeFileSync(file, "{");
  truncateSync(file, sizeBytes);
}

const tooLong = 16 * 1024 * 1024 + 1;

const rows: readonly Refusal[] = [
  [
    "an index.json that is too long",
    layout(whole, (at) => sparse(join(at, "index.json"), tooLong)),
    "over-limit",
    /index\.json in .*more than 16\.8 MB, the limit for size of a manifest or config/,
  ],
  [
    "a manifest that is too long",
    layout(whole, (at, manifest) => sparse(join(at, blobName(manifest.digest)), tooLong)),
    "over-limit",
    /blobs\/sha256\/\w{64} in .*more than 16\.8 MB/,
  ],
  [
    "a manifest of millions of lists in lists",
    layout(whole, (at) => writeFileSync(join(at, "index.json"), "[".repeat(8_000_000))),
    "over-limit",
    /index\.json in .*more than 200 levels, the limit for lists and objects in each other/,
  ],
  [
    "a manifest of another length than the index says",
    layout((made) => ({ ...whole(made), size: 7 })),
    "malformed",
    /blobs\/sha256\/\w{64} in .*: it has \d+ bytes, its descriptor says 7/,
  ],
  [
    "a config of another length than the manifest says",
    layout((made) => made.manifest({ config: { ...configOf(made), size: 7 }, layers: [] })),
    "malformed",
    /: it has \d+ bytes, its descriptor says 7/,
  ],
  [
    "the same layer more often than any engine allows",
    layout((made) => {
      const layer = made.blob("x", layerType);
      const layers = Array.from({ length: 1001 }, () => layer);
      return made.manifest({ config: configOf(made), layers });
    }),
    "over-limit",
    /more than 1000 entries, the limit for layers of an image/,
  ],
  [
    "layers that the config knows nothing of",
    layout((made) => {
      const config = made.blob("{}", "application/vnd.oci.image.config.v1+json");
      return made.manifest({ config, layers: [made.blob("x", layerType)] });
    }),
    "malformed",
    /it has 1 layers, its config 0 diff_ids/,
  ],
  [
    "a chart",
    layout((made) => {
      const config = made.blob("{}", "application/vnd.cncf.helm.config.v1+json");
      return made.manifest({ config, layers: [] });
    }),
    "unsupported",
    /it is an artifact \(application\/vnd\.cncf\.helm\.config\.v1\+json\), no image/,
  ],
  [
    "an artifact that says what it is",
    layout((made) => {
      const config = made.blob("{}", "application/vnd.oci.empty.v1+json");
      return made.manifest({ artifactType: "application/spdx+json", config, layers: [] });
    }),
    "unsupported",
    /it is an artifact \(application\/spdx\+json\), no image/,
  ],
  [
    "a manifest of schema 1",
    layout((made) => made.manifest({ schemaVersion: 1, fsLayers: [] })),
    "unsupported",
    /Docker schema 1/,
  ],
  ["an empty path", () => "oci:", "not-found", /oci:/],
  [
    "an archive of an app that is compressed",
    async (folder) => {
      const tar = await makeTar([
        ["app", null],
        ["app/bin", "x".repeat(100_000)],
      ]);
      writeFileSync(join(folder, "app.tgz"), compressors.gzip(tar));
      return "app.tgz";
    },
    "malformed",
    /app\.tgz as image: it is an archive with neither image manifests nor a root filesystem/,
  ],
  [
    "layers of an archive that is compressed, one of them missing",
    async (folder) => {
      const manifest = JSON.stringify([{ Config: "c.json", Layers: ["l.tar"] }]);
      const tar = await packFiles([
        ["c.json", "{}"],
        ["manifest.json", manifest],
      ]);
      writeFileSync(join(folder, "it.tgz"), compressors.gzip(tar));
      return "it.tgz";
    },
    "not-found",
    /l\.tar in .*it\.tgz/,
  ],
];

describe("openImages() refuses in one sentence:", () => testRefusals(rows));

/** Whether the command is there and did it. */
const does = (command: string, ...args: readonly string[]): boolean =>
  spawnSync(command, args).status === 0;
const hasPipes = does("mkfifo", "--version");
const noPipes = hasPipes ? "" : " (skipped: mkfifo is not there)";

describe.skipIf(!hasPipes)(`openImages() does not wait for${noPipes}`, () =>
  testRefusals([
    [
      "a pipe in place of a manifest",
      layout(whole, (at) => {
        rmSync(join(at, "index.json"));
        does("mkfifo", join(at, "index.json"));
      }),
      "not-found",
      /index\.json in .*layout/,
    ],
    [
      "a pipe in place of an archive",
      (folder) => {
        does("mkfifo", join(folder, "pipe"));
        return "archive:pipe";
      },
      "unsupported",
      /neither a file nor a folder/,
    ],
  ]),
);

const isRoot = process.geteuid?.() === 0;
const asRoot = isRoot ? " (skipped: root may read everything)" : "";

describe.skipIf(isRoot)(`openImages() says what it may not read${asRoot}:`, () => {
  const closed: string[] = [];
  const close = (path: string): void => {
    chmodSync(path, 0);
    closed.push(path);
  };
  testRefusals([
    [
      "a folder above",
      (folder) => {
        mkdirSync(join(folder, "closed"));
        close(join(folder, "closed"));
        return "oci:closed/layout";
      },
      "denied",
      /EACCES/,
    ],
    ["a layout", layout(whole, close), "denied", /EACCES/],
    [
      "an archive",
      (folder) => {
        writeFileSync(join(folder, "it.tar"), "x");
        close(join(folder, "it.tar"));
        return "archive:it.tar";
      },
      "denied",
      /EACCES/,
    ],
  ]);
  // Registered last, so it runs before the folders are removed.
  afterAll(() => {
    for (const path of closed) chmodSync(path, 0o700);
  });
});
