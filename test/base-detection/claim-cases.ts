import { makeElf, makeTar, sha256 } from "../made-images.ts";
import * as cases from "./case.ts";

const { acmeTar, appTar, baseDigest, baseName, certain, hinted, likely, made, nothing, on } = cases;
type Case = cases.Case;

const said = (name: string): Readonly<Record<string, string>> => ({ [baseName]: name });
const labelled = (labels: object): { readonly config: object } => ({ config: { Labels: labels } });
const busyboxDigest = "sha256:a34ce92094b7b100a98fbd21411a92825f6827b1bc5f6918c253516c90556998";

const alpineAgain = (version: string) => async (): Promise<Buffer> =>
  makeTar([["etc/os-release", `ID=alpine\nVERSION_ID=${version}\n`]]);

async function buildpacksLabel(): Promise<Readonly<Record<string, string>>> {
  const topLayer = sha256(await acmeTar());
  const runImage = { topLayer, reference: `run.example/acme@sha256:${"1".repeat(64)}` };
  const stack = { runImage: { image: "run.example/acme:base" } };
  return { "io.buildpacks.lifecycle.metadata": JSON.stringify({ runImage, stack }) };
}

/** What is said and hinted, with and without layers that show it. */
export const claimCases: readonly Case[] = [
  {
    name: "annotated",
    image: on("alpine-3.20", { annotations: said("docker.io/library/alpine:3.20.3") }),
    truth: ["alpine-3.20"],
    expected: certain("alpine-3.20"),
  },
  {
    name: "annotated less exactly",
    image: on("alpine-3.20", { annotations: said("alpine:3") }),
    truth: ["alpine-3.20"],
    expected: certain("alpine-3.20"),
  },
  {
    name: "annotated in the index",
    image: on("alpine-3.20", { indexAnnotations: said("alpine") }),
    truth: ["alpine-3.20"],
    expected: certain("alpine-3.20"),
  },
  {
    name: "annotated as another distribution",
    image: on("alpine-3.20", { annotations: said("debian:12-slim") }),
    truth: ["alpine-3.20"],
    expected: likely("alpine-3.20"),
  },
  {
    name: "annotated in the index as another distribution",
    image: on("alpine-3.20", { indexAnnotations: said("ubuntu:24.04") }),
    truth: ["alpine-3.20"],
    expected: likely("alpine-3.20"),
  },
  {
    name: "annotated as another release",
    image: on("alpine-3.20", { annotations: said("alpine:3.18") }),
    truth: ["alpine-3.20"],
    expected: likely("alpine-3.20"),
  },
  {
    name: "a stand-in, annotated as another distribution",
    image: on("debian-12-slim", { annotations: said("alpine:3.20") }),
    truth: ["debian-12-slim"],
    expected: { chosen: "debian-12-slim", confidence: "possible" },
  },
  {
    name: "annotated with a nearer parent that nobody knows",
    image: on("alpine-3.20", { annotations: said("one.example/team/base:1") }),
    truth: ["one.example/team/base:1", "alpine-3.20"],
    expected: certain("alpine-3.20"),
  },
  {
    name: "annotated with an image on alpine",
    image: on("alpine-3.20", { annotations: said("node:20-alpine") }),
    truth: ["node:20-alpine", "alpine-3.20"],
    expected: certain("alpine-3.20"),
  },
  {
    name: "annotated with what is no name",
    image: on("alpine-3.20", {
      annotations: { [baseName]: "not a name\n", [baseDigest]: "sha256:1" },
    }),
    truth: ["alpine-3.20"],
    expected: certain("alpine-3.20"),
  },
  {
    name: "an unknown distribution, annotated",
    image: made(acmeTar, { annotations: said("one.example/acme:1") }),
    truth: ["one.example/acme:1"],
    expected: likely("one.example/acme:1"),
  },
  {
    name: "an unknown distribution, annotated as alpine",
    image: made(acmeTar, { annotations: said("alpine:3.20") }),
    truth: [],
    expected: hinted,
  },
  {
    name: "an unknown distribution with the digest of busybox",
    image: made(acmeTar, {
      annotations: { ...said("busybox:1.38.0-musl"), [baseDigest]: busyboxDigest },
    }),
    truth: [],
    expected: hinted,
  },
  {
    name: "an unknown distribution, annotated in two ways",
    image: made(acmeTar, {
      annotations: said("one.example/acme:1"),
      indexAnnotations: said("two.example/acme:1"),
    }),
    truth: ["one.example/acme:1"],
    expected: cases.ambiguous("likely"),
  },
  {
    name: "another build of alpine, annotated with a name of several",
    image: made(alpineAgain("3.20.9"), { annotations: said("alpine") }),
    truth: ["alpine-3.20"],
    expected: hinted,
  },
  {
    name: "a release of alpine that nobody knows, annotated with a name of several",
    image: made(alpineAgain("3.23.1"), { annotations: said("alpine:3") }),
    truth: ["alpine:3"],
    expected: likely("alpine:3"),
  },
  {
    name: "an unknown distribution",
    image: made(acmeTar),
    truth: [],
    expected: nothing,
  },
  {
    name: "labelled",
    image: on("alpine-3.20", labelled(said("alpine:3.20"))),
    truth: ["alpine-3.20"],
    expected: certain("alpine-3.20"),
  },
  {
    name: "labelled as another distribution",
    image: on("alpine-3.20", labelled(said("fedora:41"))),
    truth: ["alpine-3.20"],
    expected: likely("alpine-3.20"),
  },
  {
    name: "with a label of its base, which says the base's own",
    image: on("python-alpine", labelled(said("alpine:3.20"))),
    truth: ["python-alpine", "alpine-3.20"],
    expected: certain("python-alpine"),
  },
  {
    name: "an unknown distribution with a label, which may be its base's",
    image: made(acmeTar, labelled(said("one.example/grandparent:1"))),
    truth: ["one.example/parent:1", "one.example/grandparent:1"],
    expected: hinted,
  },
  {
    name: "on the run image of buildpacks",
    image: async () => ({
      tars: [await acmeTar(), await appTar()],
      ...labelled(await buildpacksLabel()),
    }),
    truth: ["run.example/acme:base"],
    expected: likely("run.example/acme:base"),
  },
  {
    name: "with a label of buildpacks whose run image is not below",
    image: async () => ({ tars: [await appTar()], ...labelled(await buildpacksLabel()) }),
    truth: [],
    expected: hinted,
  },
  {
    name: "with the variable and program of a runtime",
    image: made(async () => acmeTar([["usr/local/bin/node", makeElf(82), 0o755]]), {
      config: { Env: ["NODE_VERSION=20.11.1"] },
    }),
    truth: [],
    expected: hinted,
  },
  {
    name: "with the history of debian, its packages gone",
    image: async () => ({
      tars: [await makeTar([["etc/os-release", "ID=debian\nVERSION_ID=11\n"]]), await appTar()],
      history: [{ created_by: "# debian.sh --arch 'amd64' out/ 'bullseye' '@1734912000'" }],
    }),
    truth: ["debian:bullseye"],
    expected: hinted,
  },
  {
    name: "from scratch, and nobody says it",
    image: async () => ({ tars: [await appTar()] }),
    truth: ["scratch"],
    expected: nothing,
  },
  {
    name: "from scratch, as the Dockerfile says",
    image: async () => ({ tars: [await appTar()] }),
    finalStage: { kind: "scratch" },
    truth: ["scratch"],
    expected: likely("scratch"),
  },
  {
    name: "from scratch with all of busybox copied, as the Dockerfile says",
    image: async ({ tars }) => ({
      tars: [await makeTar([["x", "x"]]), ...(tars["busybox-musl"] ?? []), await appTar()],
    }),
    finalStage: { kind: "scratch" },
    truth: ["scratch"],
    expected: likely("scratch"),
  },
  {
    name: "on alpine, as the Dockerfile says",
    image: on("alpine-3.20"),
    finalStage: { kind: "image", reference: "alpine:3.20", platform: null },
    truth: ["alpine-3.20"],
    expected: certain("alpine-3.20"),
  },
  {
    name: "on alpine, the Dockerfile says debian",
    image: on("alpine-3.20"),
    finalStage: { kind: "image", reference: "debian:13", platform: null },
    truth: ["alpine-3.20"],
    expected: likely("alpine-3.20"),
  },
  {
    name: "on alpine, the Dockerfile has an argument without a value",
    image: on("alpine-3.20"),
    finalStage: { kind: "unknown", what: "$BASE" },
    truth: ["alpine-3.20"],
    expected: certain("alpine-3.20"),
  },
];
