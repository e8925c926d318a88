import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc, { type Arbitrary } from "fast-check";
import { readHistory } from "../../../src/image/sources/image-config.ts";
import type { Blobs, BlobRange } from "../../../src/image/sources/blobs.ts";
import { openDockerArchive } from "../../../src/image/sources/docker-archive.ts";
import { openOciLayout } from "../../../src/image/sources/oci-layout.ts";
import type { Family } from "../family.ts";
import { fields, list, mostly, oddText } from "./odd-json.ts";

/** Documents are parted by this line. The first is index.json, the second manifest.json, the rest are blobs. */
const parting = "\n--\n";

const digestMark = fc.constantFrom("@1", "@2", "@3", "@4", "@5", "sha256:12", "sha512:00", "x:y");
const size = fc.oneof(fc.constantFrom(null, -1, 0, 2 ** 53, 1.5, "1", undefined));
const mediaType = fc.constantFrom(
  "",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.oci.image.layer.v1.tar+gzip",
  "application/vnd.oci.image.layer.nondistributable.v1.tar",
  "application/vnd.oci.image.layer.v1.tar+encrypted",
  "constructor",
);
const platform = fields({ os: oddText, architecture: oddText, variant: oddText });
const descriptor = fields({
  digest: digestMark,
  size,
  mediaType,
  platform,
  annotations: fc.dictionary(
    fc.constantFrom("org.opencontainers.image.ref.name", "io.containerd.image.name", "__proto__"),
    oddText,
  ),
});
const index = fields({ schemaVersion: fc.constantFrom(1, 2), manifests: list(descriptor) });
const manifest = fields({
  schemaVersion: fc.constantFrom(2, 2, 1),
  config: descriptor,
  layers: list(descriptor),
});
const config = fields({
  os: oddText,
  architecture: oddText,
  variant: oddText,
  created: oddText,
  config: fields({
    User: oddText,
    Env: list(oddText),
    Entrypoint: list(oddText),
    Cmd: list(oddText),
    WorkingDir: oddText,
    Labels: fc.dictionary(oddText, oddText),
  }),
  rootfs: fields({ diff_ids: list(digestMark) }),
  history: list(fields({ created_by: oddText, empty_layer: fc.boolean() })),
});
const saved = list(
  fields({
    Config: fc.oneof(fc.constantFrom("blobs/@3", "@4", "../x", "a"), oddText),
    RepoTags: list(oddText),
    Layers: list(fc.oneof(fc.constantFrom("blobs/@5", "a", "../../etc"), oddText)),
  }),
);

const made: Arbitrary<Uint8Array> = fc
  .tuple(
    mostly(index),
    mostly(saved),
    fc.array(fc.oneof(manifest, config, index), { maxLength: 4 }),
  )
  .map(([first, second, blobs]) =>
    Buffer.from([first, second, ...blobs].map((one) => JSON.stringify(one)).join(parting)),
  );

/** Blobs by their true digests: marks such as `@2` are replaced from the last document to the first. */
function nameBlobs(texts: readonly string[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const digests: string[] = [];
  for (let at = texts.length - 1; at >= 0; at--) {
    const text = (texts[at] ?? "").replaceAll(/@(\d)/g, (mark, digit: string) => {
      return digests[Number(digit)] ?? mark;
    });
    digests[at] = `sha256:${createHash("sha256").update(text).digest("hex")}`;
    files.set(`blobs/${(digests[at] ?? "").replace(":", "/")}`, text);
    if (at === 0) files.set("index.json", text);
    if (at === 1) files.set("manifest.json", text);
  }
  files.set("a", '{"rootfs":{"diff_ids":[]}}');
  return files;
}

let folder: string | null = null;

/** All documents in one file of this process. */
function openBlobs(files: ReadonlyMap<string, string>): Blobs {
  if (folder === null) {
    // Where files are in memory, if there is such a folder.
    const parent = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
    const made = mkdtempSync(join(parent, "fromage-fuzz-json-"));
    folder = made;
    process.on("exit", () => rmSync(made, { recursive: true, force: true }));
  }
  const file = join(folder, "documents");
  const ranges = new Map<string, BlobRange>();
  let offsetBytes = 0;
  for (const [name, text] of files) {
    const lengthBytes = Buffer.byteLength(text);
    ranges.set(name, { file, offsetBytes, lengthBytes });
    offsetBytes += lengthBytes;
  }
  writeFileSync(file, [...files.values()].join(""));
  return { name: "layout", find: (name) => ranges.get(name.replace("sha256:", "sha256/")) ?? null };
}

function read(input: Uint8Array): unknown {
  const texts = Buffer.from(input.buffer, input.byteOffset, input.byteLength)
    .toString("utf8")
    .split(parting);
  const blobs = openBlobs(nameBlobs(texts.slice(0, 9)));
  const asked = { os: "linux", architecture: "arm64" };
  const request = { reference: "oci:layout", source: "oci" } as const;
  // One of the ways to ask; all four of every input would be as many reads of nearly the same.
  const tag = input.byteLength % 2 === 0 ? null : "latest";
  const platforms = input.byteLength % 4 < 2 ? [] : [asked];
  const all = { ...request, tag, options: { platforms } };
  const opened = [openOciLayout(blobs, all), openDockerArchive(blobs, all)];
  return opened.map((result) =>
    result.ok
      ? result.value.map((image) => [
          image.platform,
          image.config,
          image.layers.length,
          readHistory(image.documents?.config ?? {}),
        ])
      : { ...result.failure, what: "" },
  );
}

/** index.json, manifests, configs and docker's manifest.json, with digests that are right. */
export const imageJson: Family = {
  name: "image-json",
  made,
  read,
  maxOutput: (inputBytes) => 64 * 1024 + 300 * inputBytes,
};
