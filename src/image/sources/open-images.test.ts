import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { beforeAll, describe } from "vitest";
import {
  makeOldDockerSave,
  makeTar,
  packFiles,
  type MadeImage,
} from "../../../test/made-images.ts";
import { testRefusals, type Refusal } from "../../../test/refusals.ts";
import { contractImage } from "./contract.ts";

let image: MadeImage = { tars: [] };
beforeAll(async () => {
  image = await contractImage();
});

function file(name: string, bytes: () => Promise<Uint8Array | string> | Uint8Array | string) {
  return async (folder: string): Promise<string> => {
    const [scheme, path = ""] = name.includes(":") ? name.split(":") : ["", name];
    writeFileSync(join(folder, path), await bytes());
    return scheme === "" ? path : name;
  };
}

/** An archive with this manifest.json and files beside it. */
function docker(
  manifest: unknown,
  files: readonly (readonly [string, Uint8Array | string])[] = [],
) {
  const json = typeof manifest === "string" ? manifest : JSON.stringify(manifest);
  return file("archive:it.tar", () => packFiles([["manifest.json", json], ...files]));
}

const archives: readonly Refusal[] = [
  [
    "manifest.json is no JSON",
    docker("["),
    "malformed",
    /manifest\.json in .*it\.tar as image: it is not JSON/,
  ],
  ["manifest.json is empty", docker([]), "malformed", /it is no list of images/],
  ["manifest.json is no list", docker({}), "malformed", /it is no list of images/],
  [
    "no manifest.json",
    file("archive:it.tar", () => packFiles([["other", "x"]])),
    "malformed",
    /it has no manifest\.json/,
  ],
  [
    "of before Docker 1.10",
    file("archive:it.tar", () => packFiles([["repositories", "{}"]])),
    "unsupported",
    /before Docker 1\.10/,
  ],
  [
    "a config that leads out",
    docker([{ Config: "../../etc/passwd", Layers: [] }]),
    "malformed",
    /a name leads out of the archive/,
  ],
  [
    "a layer that leads out",
    docker([{ Config: "c.json", Layers: ["../l.tar"] }], [["c.json", "{}"]]),
    "malformed",
    /a name leads out of the archive/,
  ],
  [
    "a config that is not there",
    docker([{ Config: "c.json", Layers: [] }]),
    "not-found",
    /c\.json in .*it\.tar/,
  ],
  [
    "Layers is no list",
    docker([{ Config: "c.json", Layers: "l" }], [["c.json", "{}"]]),
    "malformed",
    /no list of Layers/,
  ],
  ["no Config", docker([{ Layers: [] }]), "malformed", /Config/],
  [
    "a layer that is not there",
    docker([{ Config: "c.json", Layers: ["l.tar"] }], [["c.json", "{}"]]),
    "not-found",
    /l\.tar in .*it\.tar/,
  ],
  [
    "a config with another digest",
    docker([{ Config: `${"0".repeat(64)}.json`, Layers: [] }], [[`${"0".repeat(64)}.json`, "{}"]]),
    "malformed",
    /its digest is sha256:44136fa\w+, expected sha256:0{64}/,
  ],
  [
    "links between layers in a ring",
    file("archive:it.tar", () =>
      makeTar([
        ["a", "-> b"],
        ["b", "-> a"],
        ["c.json", "{}"],
        ["manifest.json", JSON.stringify([{ Config: "c.json", Layers: ["a"] }])],
      ]),
    ),
    "not-found",
    /a in .*it\.tar/,
  ],
  [
    "a layer that is a link out of the archive",
    file("archive:it.tar", () =>
      makeTar([
        ["a", "-> ../../../etc/passwd"],
        ["c.json", "{}"],
        ["manifest.json", JSON.stringify([{ Config: "c.json", Layers: ["a"] }])],
      ]),
    ),
    "not-found",
    /a in .*it\.tar/,
  ],
  [
    "an OCI archive without index.json",
    file("oci-archive:it.tar", () => packFiles([["x", "x"]])),
    "malformed",
    /it has no index\.json/,
  ],
  [
    "cut off in a layer",
    file("archive:it.tar", async () => (await makeOldDockerSave(image, "one")).subarray(0, 5000)),
    "malformed",
    /ends after 5000 bytes, its last member needs \d+/,
  ],
  [
    "cut off in a header",
    file("archive:it.tar", async () => (await makeOldDockerSave(image, "one")).subarray(0, 700)),
    "malformed",
    /it\.tar as tar/,
  ],
  [
    "a broken header",
    file("archive:it.tar", async () => {
      const tar = await makeOldDockerSave(image, "one");
      tar.fill(0x55, 512, 1024);
      return tar;
    }),
    "malformed",
    /as tar: .* at byte 512/,
  ],
];

const compressed: readonly Refusal[] = [
  [
    "gzip that ends early",
    file("archive:it.tgz", async () =>
      gzipSync(await makeOldDockerSave(image, "one")).subarray(0, -30),
    ),
    "malformed",
    /it\.tgz as gzip/,
  ],
  [
    "gzip with another sum",
    file("archive:it.tgz", async () => {
      const bytes = gzipSync(await makeOldDockerSave(image, "one"));
      bytes.writeUInt32LE(1, bytes.byteLength - 8);
      return bytes;
    }),
    "malformed",
    /it\.tgz as gzip/,
  ],
  [
    "gzip, its stream overwritten",
    file("archive:it.tgz", async () =>
      gzipSync(await makeOldDockerSave(image, "one")).fill(0xff, 20, 200),
    ),
    "malformed",
    /it\.tgz as gzip/,
  ],
  [
    "zstd that ends early",
    file("archive:it.tar.zst", async () =>
      zstdCompressSync(await makeOldDockerSave(image, "one")).subarray(0, -30),
    ),
    "malformed",
    /it\.tar\.zst as zstd/,
  ],
  [
    "zstd, its stream overwritten",
    file("archive:it.tar.zst", async () =>
      zstdCompressSync(await makeOldDockerSave(image, "one")).fill(0xff, 20, 200),
    ),
    "malformed",
    /it\.tar\.zst as zstd/,
  ],
  [
    "xz that ends early",
    file("archive:it.tar.xz", async () => {
      const input = await makeOldDockerSave(image, "one");
      return execFileSync("xz", ["-c"], { input }).subarray(0, -40);
    }),
    "malformed",
    /it\.tar\.xz as xz/,
  ],
  [
    "gzip of what is no archive",
    file("archive:it.tgz", () => gzipSync("words")),
    "malformed",
    /what is compressed in it is no tar archive/,
  ],
];

const others: readonly Refusal[] = [
  ["nothing there", () => "archive:none.tar", "not-found", /archive:none\.tar/],
  ["nothing there, no scheme", () => "./none", "not-found", /\.\/none/],
  [
    "a name of a registry",
    () => "alpine:3.20",
    "unsupported",
    /alpine:3\.20: no file of that name is there/,
  ],
  [
    "registry:",
    () => "registry:alpine",
    "unsupported",
    /engines and registries are not asked here/,
  ],
  ["docker:", () => "docker:alpine", "unsupported", /engines and registries are not asked here/],
  [
    "a folder as an archive",
    (folder) => {
      mkdirSync(join(folder, "x"));
      return "archive:x";
    },
    "unsupported",
    /it is a folder, archive: names a file/,
  ],
  [
    "a file as an OCI folder",
    file("oci:x", () => "x"),
    "unsupported",
    /it is a file, oci: names a folder/,
  ],
  [
    "text as an archive",
    file("archive:x", () => "x".repeat(2000)),
    "malformed",
    /it is no tar archive/,
  ],
  ["an empty file as a root filesystem", file("rootfs:x", () => ""), "malformed", /it is empty/],
  [
    "an archive of neither",
    file("x.tar", () => makeTar([["a", "1"]])),
    "malformed",
    /neither image manifests nor a root filesystem/,
  ],
  ["a device", () => "rootfs:/dev/null", "unsupported", /neither a file nor a folder/],
  [
    "a link to itself",
    (folder) => {
      symlinkSync("x", join(folder, "x"));
      return "rootfs:x";
    },
    "unreachable",
    /too many symbolic links/i,
  ],
];

describe.each([
  ["an archive", archives],
  ["a compressed archive", compressed],
  ["a reference", others],
])("%s is refused in one sentence:", (_, rows) => testRefusals(rows));
