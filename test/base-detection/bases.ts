import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadCatalogue } from "../../src/catalogue/load-catalogue.ts";
import type { Catalogue, OpenBase } from "../../src/catalogue/catalogue.ts";
import { measureBase } from "../../src/catalogue/measure-base.ts";
import { packCatalogue } from "../../src/catalogue/pack-catalogue.ts";
import { memoryFiles } from "../../src/catalogue/testdata/bases.ts";
import { FactsCache } from "../../src/image/cache/facts-cache.ts";
import { revisions } from "../../src/image/readers/revisions.ts";
import { openImages } from "../../src/image/sources/open-images.ts";
import { makeElf, makeTar } from "../made-images.ts";
import { testImage } from "../images.ts";
import { layerTars } from "./layer-tars.ts";
import { writeImage } from "./write-image.ts";

/** Bases of the tests by their ids: their layers, and the catalogue that knows them. */
export interface Bases {
  readonly folder: string;
  readonly cache: FactsCache;
  readonly catalogue: Catalogue;
  /** Uncompressed, bottom first. */
  readonly tars: Readonly<Record<string, readonly Buffer[]>>;
  readonly remove: () => void;
}

type Kind = "measured" | "stand-in";
type RealBase = readonly [id: string, reference: string, kind: Kind, file: string];

const realBases: readonly RealBase[] = [
  ["alpine-3.18", "alpine:3.18.9", "measured", "alpine-minirootfs-3.18.9-x86_64.tar.gz"],
  ["alpine-3.20", "alpine:3.20.3", "measured", "alpine-minirootfs-3.20.3-x86_64.tar.gz"],
  ["busybox-glibc", "busybox:1.38.0-glibc", "measured", "oci-busybox-1.38.0-glibc-amd64.tar"],
  ["busybox-musl", "busybox:1.38.0-musl", "measured", "oci-busybox-1.38.0-musl-amd64.tar"],
  ["debian-12-slim", "debian:bookworm-slim", "stand-in", "debian-12-slim-amd64.oci.tar"],
  [
    "distroless-static",
    "gcr.io/distroless/static-debian12",
    "stand-in",
    "distroless-static-debian12-amd64.oci.tar",
  ],
  [
    "distroless-base",
    "gcr.io/distroless/base-debian12",
    "stand-in",
    "distroless-base-debian12-amd64.oci.tar",
  ],
  [
    "distroless-cc",
    "gcr.io/distroless/cc-debian12",
    "stand-in",
    "distroless-cc-debian12-amd64.oci.tar",
  ],
];

/** Measures real images, and images made of them that stand for what no file is here of. */
export async function openBases(): Promise<Bases> {
  const folder = mkdtempSync(join(tmpdir(), "fromage-base-detection-"));
  const cache = new FactsCache(join(folder, "cache"), revisions);
  const tars: Record<string, readonly Buffer[]> = {};
  const measured: OpenBase[] = [];
  const measure = async (
    reference: string,
    [id, name, kind]: readonly [string, string | null, Kind],
  ) => {
    const images = await openImages(reference, {
      cwd: "/",
      platforms: [],
      temporaryFolder: folder,
    });
    const [image] = images.ok ? images.value : [];
    if (image === undefined) throw new Error(`${reference} cannot be opened`);
    const digest = kind === "measured" ? image.manifestDigest : null;
    const options = { id, reference: name, kind, source: "a test", date: "2026-11-25", digest };
    const base = await measureBase(image, { ...options, support: null, cache });
    if (!base.ok) throw new Error(`${reference} cannot be measured`);
    measured.push(base.value);
    tars[id] = layerTars(image);
  };
  for (const [id, name, kind, file] of realBases) await measure(testImage(file), [id, name, kind]);
  const made = await madeBases(tars);
  for (const { id, reference, layers, labels = {} } of made) {
    const place = writeImage(folder, `base-${id}`, { tars: layers, config: { Labels: labels } });
    await measure(place, [id, reference, "measured"]);
  }
  measured.push(scratchBase(measured[0]));
  const catalogue = loadCatalogue(memoryFiles(packCatalogue(measured)));
  if (!catalogue.ok) throw new Error("the catalogue of the test cannot be loaded");
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  return { folder, cache, catalogue: catalogue.value, tars, remove };
}

interface MadeBase {
  readonly id: string;
  readonly reference: string | null;
  readonly layers: readonly Buffer[];
  readonly labels?: Readonly<Record<string, string>>;
}

async function madeBases(
  tars: Readonly<Record<string, readonly Buffer[]>>,
): Promise<readonly MadeBase[]> {
  const alpine = tars["alpine-3.20"] ?? [];
  const python = await makeTar([["usr/local/bin/python3", makeElf(70), 0o755]]);
  const twin = await makeTar([
    ["etc/os-release", "ID=twin\nVERSION_ID=1\n"],
    ["bin/twin", makeElf(71), 0o755],
  ]);
  const empty = await makeTar([]);
  return [
    {
      id: "python-alpine",
      reference: "python:3.12-alpine",
      layers: [...alpine, python],
      // As a builder labels it: its own base, which every image built on it inherits.
      labels: { "org.opencontainers.image.base.name": "alpine:3.20" },
    },
    { id: "twin-a", reference: "one.example/twin:1", layers: [twin] },
    { id: "twin-b", reference: "two.example/twin:1", layers: [twin] },
    {
      id: "mirror-3.18",
      reference: "mirror.example/alpine:3.18.9",
      layers: tars["alpine-3.18"] ?? [],
    },
    { id: "empty", reference: "one.example/empty:1", layers: [empty] },
  ];
}

/** As the catalogue has it: nothing at all. */
function scratchBase(like: OpenBase | undefined): OpenBase {
  if (like === undefined) throw new Error("no base was measured");
  const { info, config } = like;
  const nothing = { distro: null, libc: null, shell: null, packageManager: null, packages: null };
  return {
    ...like,
    info: {
      ...info,
      ...nothing,
      id: "scratch",
      reference: "scratch",
      unpackedBytes: 0,
      compressedBytes: 0,
    },
    config: { ...config, diffIds: [], env: [], cmd: null },
    layers: [],
  };
}
