import { join } from "node:path";
import { MadeLayout, makeElf, makeTar, sha256, type MadeEntry } from "./made-images.ts";

const status = (...packages: readonly (readonly [name: string, version: string])[]): string =>
  packages
    .map(
      ([name, version]) =>
        `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`,
    )
    .join("\n");

const database = "var/lib/dpkg";

/** Layers of an image of which a later one overwrites and deletes, with packages of dpkg; see `writeLayeredImage`. */
const layers: readonly (readonly MadeEntry[])[] = [
  [
    ["etc", null],
    ["etc/os-release", "ID=debian\nVERSION_ID=13\n"],
    ["etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"],
    ["usr", null],
    ["usr/bin", null],
    ["bin", "-> usr/bin"],
    ["usr/bin/tool", makeElf(1), 0o755],
    ["usr/bin/again", makeElf(1), 0o755],
    ["usr/bin/other-name", "=> usr/bin/tool"],
    ["usr/bin/link", "-> tool"],
    ["opt", null],
    ["opt/big.dat", "x".repeat(5000)],
    ["opt/cache", null],
    ["opt/cache/a.bin", "a".repeat(300)],
    ["opt/cache/b.bin", "b".repeat(200)],
    [`${database}/status`, status(["tools", "1.0-1"], ["base", "1"])],
    [`${database}/info/tools.list`, "/.\n/bin/tool\n/usr/share/doc/tools/README\n/opt/gone\n"],
    [`${database}/info/base.list`, "/.\n/etc\n/etc/passwd\n"],
  ],
  [
    ["opt/big.dat", "y".repeat(100)],
    ["opt/.wh.cache", ""],
    [`${database}/status`, status(["tools", "1.0-1"], ["base", "2"], ["more", "0.1"])],
    [`${database}/info/more.list`, "/.\n/srv/more.txt\n"],
    ["srv/more.txt", "more"],
  ],
];

const history = [
  { created: "2026-01-01T00:00:00Z", created_by: "/bin/sh -c #(nop) ADD file:0123 in / " },
  {
    created: "2026-01-01T00:00:01Z",
    created_by: '/bin/sh -c #(nop)  CMD ["tool"]',
    empty_layer: true,
  },
  { created: "2026-01-02T00:00:00Z", created_by: "RUN /bin/sh -c install more # buildkit" },
];

export interface LayeredImage {
  readonly config?: object;
  /** Entries on top, as a layer of their own. */
  readonly more?: readonly MadeEntry[];
  readonly architecture?: string;
  /** Null: none. Absent: one that fits the layers. */
  readonly history?: readonly object[] | null;
}

/**
 * Writes an OCI layout of an image with two layers, or three, into `folder/name` and comes to its reference. The second layer
 * overwrites /opt/big.dat (5000 bytes), deletes /opt/cache (300 and 200) and upgrades the package `base`.
 */
export async function writeLayeredImage(
  folder: string,
  name: string,
  image: LayeredImage = {},
): Promise<string> {
  const all = image.more === undefined ? layers : [...layers, image.more];
  const tars = await Promise.all(all.map(makeTar));
  const added = image.more === undefined ? [] : [{ created_by: "COPY more / # buildkit" }];
  const steps = image.history === undefined ? [...history, ...added] : image.history;
  const config = {
    created: "2026-01-02T00:00:00Z",
    architecture: image.architecture ?? "amd64",
    os: "linux",
    config: image.config ?? { Cmd: ["tool"], Env: ["PATH=/usr/bin"] },
    rootfs: { type: "layers", diff_ids: tars.map((tar) => sha256(tar)) },
    ...(steps === null ? {} : { history: steps }),
  };
  const layout = new MadeLayout();
  const manifest = layout.manifest({
    config: layout.blob(JSON.stringify(config), "application/vnd.oci.image.config.v1+json"),
    layers: tars.map((tar) =>
      // Not compressed: what gzip makes of it is another with each zlib.
      layout.blob(tar, "application/vnd.oci.image.layer.v1.tar"),
    ),
  });
  layout.finish([manifest]).writeTo(join(folder, name));
  return `oci:${join(folder, name)}`;
}
