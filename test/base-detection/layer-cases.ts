import { gunzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { testImage } from "../images.ts";
import { makeTar } from "../made-images.ts";
import type { Bases } from "./bases.ts";
import * as cases from "./case.ts";
import { squash } from "./layer-tars.ts";
import type { WrittenImage } from "./write-image.ts";

const { appTar, baseName, certain, hinted, likely, nothing, on } = cases;
type Case = cases.Case;

const squashed =
  (
    id: string,
    more: Omit<WrittenImage, "tars"> = {},
    on_: () => Promise<readonly Buffer[]> = top,
  ) =>
  async ({ tars }: Bases): Promise<WrittenImage> => ({
    ...more,
    tars: [squash([...(tars[id] ?? []), ...(await on_())])],
  });

async function top(): Promise<readonly Buffer[]> {
  return [await appTar()];
}

/** What an upgrade leaves: two packages of Alpine in other versions, and one program that is another. */
async function upgrade(): Promise<Buffer> {
  const root = gunzipSync(readFileSync(testImage("alpine-minirootfs-3.20.3-x86_64.tar.gz")));
  const start = root.indexOf("C:Q1");
  const text = root.subarray(start, root.indexOf("\0", start)).toString("utf8");
  const changed = text.replace("V:1.2.5-r0", "V:1.2.5-r9").replace("V:3.3.2-r0", "V:3.3.9-r0");
  return makeTar([
    ["lib/apk/db/installed", changed],
    ["usr/bin/ssl_client", "another program", 0o755],
  ]);
}

const upgraded = async (): Promise<readonly Buffer[]> => [await upgrade(), await appTar()];

/** What the layers show, whatever is said. */
export const layerCases: readonly Case[] = [
  {
    name: "an app on alpine",
    image: on("alpine-3.20"),
    truth: ["alpine-3.20"],
    expected: certain("alpine-3.20"),
  },
  {
    name: "an app on busybox",
    image: on("busybox-musl"),
    truth: ["busybox-musl"],
    expected: certain("busybox-musl"),
  },
  {
    name: "the base alone",
    image: ({ tars }) => ({ tars: tars["busybox-glibc"] ?? [] }),
    truth: ["busybox-glibc"],
    expected: certain("busybox-glibc"),
  },
  {
    name: "recompressed with zstd",
    image: on("alpine-3.20", { compression: "zstd" }),
    truth: ["alpine-3.20"],
    expected: certain("alpine-3.20"),
  },
  {
    name: "recompressed with another gzip",
    image: on("alpine-3.18", { compression: "gzip", annotations: { [baseName]: "alpine:3.18" } }),
    truth: ["mirror-3.18", "alpine-3.18"],
    expected: likely("alpine-3.18"),
  },
  {
    name: "the official image and a mirror with the same layers",
    image: on("alpine-3.18"),
    truth: ["mirror-3.18", "alpine-3.18"],
    expected: certain("alpine-3.18"),
  },
  {
    name: "the same, annotated with the mirror",
    image: on("alpine-3.18", { annotations: { [baseName]: "mirror.example/alpine:3.18.9" } }),
    truth: ["mirror-3.18", "alpine-3.18"],
    expected: likely("mirror-3.18"),
  },
  {
    name: "the longer of two chains",
    image: on("python-alpine"),
    truth: ["python-alpine", "alpine-3.20"],
    expected: certain("python-alpine"),
  },
  {
    name: "upgraded in a layer of its own",
    image: async ({ tars }) => ({
      tars: [...(tars["alpine-3.20"] ?? []), await upgrade(), await appTar()],
    }),
    truth: ["alpine-3.20"],
    expected: certain("alpine-3.20"),
  },
  {
    name: "a stand-in is never certain",
    image: on("debian-12-slim"),
    truth: ["debian-12-slim"],
    expected: likely("debian-12-slim"),
  },
  {
    name: "a distroless stand-in",
    image: on("distroless-static"),
    truth: ["distroless-static"],
    expected: likely("distroless-static"),
  },
  {
    name: "for another platform than it says",
    image: on("alpine-3.20", { architecture: "arm64" }),
    truth: ["alpine-3.20"],
    expected: likely("alpine-3.20"),
  },
  {
    name: "the app below the base: no base's layers are at the bottom",
    image: async ({ tars }) => ({ tars: [await appTar(), ...(tars["alpine-3.20"] ?? [])] }),
    truth: ["alpine-3.20"],
    expected: likely("alpine-3.20"),
  },
  {
    name: "one layer of two",
    image: async ({ tars }) => ({
      tars: [...(tars["python-alpine"] ?? []).slice(1), await appTar()],
    }),
    truth: [],
    expected: nothing,
  },
  {
    name: "an empty layer that another base consists of",
    image: async ({ tars }) => ({ tars: [...(tars["empty"] ?? []), await cases.acmeTar()] }),
    truth: [],
    expected: nothing,
  },
  {
    name: "two bases with equal layers",
    image: on("twin-a"),
    truth: ["twin-a", "twin-b"],
    expected: cases.ambiguous("likely"),
  },
  {
    name: "two bases with equal layers, one annotated",
    image: on("twin-a", { annotations: { [baseName]: "two.example/twin:1" } }),
    truth: ["twin-a", "twin-b"],
    expected: likely("twin-b"),
  },
  {
    name: "two bases with equal layers, each said by somebody",
    image: on("twin-a", {
      annotations: { [baseName]: "two.example/twin:1" },
      indexAnnotations: { [baseName]: "one.example/twin:1" },
    }),
    truth: ["twin-a", "twin-b"],
    expected: cases.ambiguous("likely"),
  },
  {
    name: "two bases with equal layers, squashed",
    image: squashed("twin-a"),
    truth: ["twin-a", "twin-b"],
    expected: cases.ambiguous("likely"),
  },
  {
    name: "alpine, squashed",
    image: squashed("alpine-3.20"),
    truth: ["alpine-3.20"],
    expected: likely("alpine-3.20"),
  },
  {
    name: "busybox, squashed",
    image: squashed("busybox-musl"),
    truth: ["busybox-musl"],
    expected: likely("busybox-musl"),
  },
  {
    name: "distroless cc, squashed: base and static are in it",
    image: squashed("distroless-cc"),
    truth: ["distroless-cc"],
    expected: likely("distroless-cc"),
  },
  {
    name: "debian, squashed and recompressed",
    image: squashed("debian-12-slim", { compression: "zstd" }),
    truth: ["debian-12-slim"],
    expected: likely("debian-12-slim"),
  },
  {
    name: "python on alpine, squashed",
    image: squashed("python-alpine"),
    truth: ["python-alpine", "alpine-3.20"],
    expected: likely("python-alpine"),
  },
  {
    name: "alpine, squashed and annotated",
    image: squashed("alpine-3.20", { annotations: { [baseName]: "alpine:3.20" } }),
    truth: ["alpine-3.20"],
    expected: likely("alpine-3.20"),
  },
  {
    name: "alpine, squashed and annotated as debian",
    image: squashed("alpine-3.20", { annotations: { [baseName]: "debian:bookworm-slim" } }),
    truth: ["alpine-3.20"],
    expected: hinted,
  },
  {
    name: "alpine, upgraded and squashed",
    image: squashed("alpine-3.20", {}, upgraded),
    truth: ["alpine-3.20"],
    expected: hinted,
  },
  {
    name: "alpine, upgraded, squashed and annotated",
    image: squashed("alpine-3.20", { annotations: { [baseName]: "alpine:3.20" } }, upgraded),
    truth: ["alpine-3.20"],
    expected: likely("alpine-3.20"),
  },
];
