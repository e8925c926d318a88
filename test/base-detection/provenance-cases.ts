import { makeTar } from "../made-images.ts";
import * as cases from "./case.ts";
import type { MadeProvenance } from "./write-image.ts";

const { acmeTar, ambiguous, appTar, certain, hinted, likely, made, on } = cases;
type Case = cases.Case;

const sum = "2".repeat(64);

/** Source: BuildKit docs/attestations/slsa-provenance.md; a frontend is among the materials. */
function materials(...names: readonly string[]): readonly object[] {
  return ["docker/dockerfile@1", ...names].map((name) => ({
    uri: `pkg:docker/${name}?platform=linux%2Famd64`,
    digest: { sha256: sum },
  }));
}

const v02 = (...names: readonly string[]): MadeProvenance => ({
  type: "https://slsa.dev/provenance/v0.2",
  predicate: { buildType: "https://mobyproject.org/buildkit@v1", materials: materials(...names) },
});

/** As BuildKit writes it with mode=max: the Dockerfile is in it. */
function whole(dockerfile: string, names: readonly string[], args: object = {}): MadeProvenance {
  const data = Buffer.from(dockerfile).toString("base64");
  return {
    type: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        externalParameters: { configSource: { path: "Dockerfile" }, request: { args } },
        resolvedDependencies: materials(...names),
      },
      runDetails: {
        metadata: { buildkit_metadata: { source: { infos: [{ filename: "Dockerfile", data }] } } },
      },
    },
  };
}

const stages =
  "ARG RUN=run:1\nFROM golang AS build\nFROM one.example/$RUN\nCOPY --from=build /a /a\n";

/** What attestations of a build say. */
export const provenanceCases: readonly Case[] = [
  {
    name: "one material, and its layers",
    image: on("alpine-3.20", { provenance: [v02("alpine@3.20")] }),
    truth: ["alpine-3.20"],
    expected: certain("alpine-3.20"),
  },
  {
    name: "several materials, the layers decide",
    image: on("alpine-3.20", { provenance: [v02("golang@1.22-bookworm", "alpine@3.20")] }),
    truth: ["alpine-3.20"],
    expected: certain("alpine-3.20"),
  },
  {
    name: "one material, of another distribution than the layers",
    image: on("alpine-3.20", { provenance: [v02("debian@12")] }),
    truth: ["alpine-3.20"],
    expected: likely("alpine-3.20"),
  },
  {
    name: "several materials, nothing decides",
    image: made(acmeTar, { provenance: [v02("one.example/a@1", "one.example/b@1")] }),
    truth: ["one.example/a:1"],
    expected: ambiguous("possible"),
  },
  {
    name: "one material, which may be a stage's",
    image: made(acmeTar, { provenance: [v02("one.example/a@1")] }),
    truth: [],
    expected: hinted,
  },
  {
    name: "one material of the same distribution, another build of it",
    image: async () => ({
      tars: [await alpineAgain(), await appTar()],
      provenance: [v02("alpine@3.21")],
    }),
    truth: ["alpine:3.21"],
    expected: likely("alpine:3.21"),
  },
  {
    name: "several materials and the Dockerfile",
    image: made(acmeTar, { provenance: [whole(stages, ["golang", "one.example/run@1"])] }),
    truth: ["one.example/run:1"],
    expected: likely("one.example/run:1"),
  },
  {
    name: "several materials, the Dockerfile and an argument",
    image: made(acmeTar, {
      provenance: [whole(stages, ["golang", "one.example/run@2"], { "build-arg:RUN": "run:2" })],
    }),
    truth: ["one.example/run:2"],
    expected: likely("one.example/run:2"),
  },
  {
    name: "a Dockerfile whose last image is not among the materials",
    image: made(acmeTar, { provenance: [whole(stages, ["golang"])] }),
    truth: ["one.example/run:1"],
    expected: likely("one.example/run:1"),
  },
  {
    name: "a Dockerfile that ends from scratch",
    image: async () => ({
      tars: [await appTar()],
      provenance: [whole("FROM alpine AS b\nFROM scratch\nCOPY --from=b /a /a", ["alpine"])],
    }),
    truth: ["scratch"],
    expected: likely("scratch"),
  },
  {
    name: "one material and a binary from scratch",
    image: async () => ({ tars: [await appTar()], provenance: [v02("alpine@3.20")] }),
    truth: ["scratch"],
    expected: hinted,
  },
  {
    name: "an attestation that is lost, and layers",
    image: on("alpine-3.20", { provenance: [{ ...v02("debian@12"), isLost: true }] }),
    truth: ["alpine-3.20"],
    expected: certain("alpine-3.20"),
  },
  {
    name: "an attestation that is lost",
    image: made(acmeTar, { provenance: [{ ...v02("one.example/a@1"), isLost: true }] }),
    truth: ["one.example/a:1"],
    expected: cases.nothing,
  },
  {
    name: "an attestation of another image",
    image: made(acmeTar, {
      provenance: [{ ...v02("one.example/a@1"), subject: `sha256:${sum}` }],
    }),
    truth: [],
    expected: cases.nothing,
  },
];

async function alpineAgain(): Promise<Buffer> {
  return makeTar([["etc/os-release", "ID=alpine\nVERSION_ID=3.21.2\n"]]);
}
