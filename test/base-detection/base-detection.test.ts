import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openImages } from "../../src/image/sources/open-images.ts";
import { readImage } from "../../src/target/read-image.ts";
import { detectBase, type DetectedBase } from "../../src/target/base/detect-base.ts";
import type { FinalBase } from "../../src/formats/dockerfile/final-base.ts";
import { findTestImages, withoutImages } from "../images.ts";
import { openBases, type Bases } from "./bases.ts";
import { build, type Case } from "./case.ts";
import { claimCases } from "./claim-cases.ts";
import { layerCases } from "./layer-cases.ts";
import { provenanceCases } from "./provenance-cases.ts";
import { openBuilder, realBuilds, type Builder } from "./real-builds.ts";
import { renderReport, type Outcome } from "./report.ts";

const isHere = findTestImages() !== null;
const skipped = isHere ? "" : ` (${withoutImages})`;
const builder: Builder = openBuilder();
const all: readonly Case[] = [...layerCases, ...claimCases, ...provenanceCases];

describe.skipIf(!isHere)(`detectBase() of images that were built for it${skipped}`, () => {
  let bases: Bases;
  const outcomes: Outcome[] = [];

  beforeAll(async () => {
    bases = await openBases();
    if (builder.skip === null) builder.start(bases.folder, bases.tars["alpine-3.20"] ?? []);
  }, 180_000);
  afterAll(() => {
    bases.remove();
  });

  async function detect(reference: string, finalStage: FinalBase | null): Promise<DetectedBase> {
    const { folder, cache, catalogue } = bases;
    const opened = await openImages(reference, {
      cwd: "/",
      platforms: [],
      temporaryFolder: folder,
    });
    const [image] = opened.ok ? opened.value : [];
    if (image === undefined) throw new Error(`${reference} cannot be opened`);
    const read = await readImage(image, { cache });
    if (!read.ok) throw new Error(`${reference} cannot be read`);
    const { rootfs, diffIds } = read.value;
    return detectBase({ image, rootfs, diffIds, catalogue, finalStage });
  }

  function judge(
    one: Pick<Case, "name" | "truth" | "expected">,
    { detection }: DetectedBase,
  ): void {
    const { candidates, chosen, ambiguous } = detection;
    const [best] = candidates;
    const isTrue = (name: string): boolean => one.truth.includes(name);
    for (const { id, reference, confidence } of candidates) {
      if (confidence === "certain") expect(one.truth).toContain(id ?? reference);
    }
    const name = chosen === null ? null : (chosen.id ?? chosen.reference ?? "?");
    outcomes.push({ ...one, detection, isRight: name === null ? null : isTrue(name) });
    expect({ chosen: name, confidence: best?.confidence ?? null, ambiguous }).toEqual({
      ambiguous: false,
      ...one.expected,
    });
    if (name !== null) expect(one.truth).toContain(name);
    expect(JSON.parse(JSON.stringify(detection))).toEqual(detection);
  }

  it.each(all)("$name", async (one) => {
    const reference = await build(one, bases, one.name.replaceAll(/\W/g, "-"));
    judge(one, await detect(reference, one.finalStage ?? null));
  });

  const without = builder.skip === null ? "" : ` (skipped: ${builder.skip})`;
  it.skipIf(builder.skip !== null).each(realBuilds)(`buildah: $name${without}`, async (one) => {
    if (builder.skip !== null) return;
    const reference = builder.build(one);
    judge({ ...one, name: `buildah: ${one.name}` }, await detect(reference, null));
  });

  it("an attestation that cannot be read is told and no more", async () => {
    const lost = provenanceCases.find(({ name }) => name === "an attestation that is lost");
    if (lost === undefined) throw new Error("there is no such case");
    const { failures } = await detect(await build(lost, bases, "lost-again"), null);
    expect(failures).toMatchObject([{ kind: "not-found" }]);
  });

  it.skipIf(builder.skip !== null)(`the report is of these${without}`, async () => {
    expect(outcomes.length).toBe(all.length + realBuilds.length);
    await expect(renderReport(outcomes)).toMatchFileSnapshot("REPORT.md");
  });
});
