import type { FinalBase } from "../../src/formats/dockerfile/final-base.ts";
import { makeElf, makeTar, type MadeEntry } from "../made-images.ts";
import type { Bases } from "./bases.ts";
import { writeImage, type WrittenImage } from "./write-image.ts";

/** One image, what it really stands on, and what has to come out. */
export interface Case {
  readonly name: string;
  readonly image: (bases: Bases) => Promise<WrittenImage> | WrittenImage;
  readonly finalStage?: FinalBase;
  /** Ids and names of what really lies at its bottom, the nearest first; empty: nothing that has a name. */
  readonly truth: readonly string[];
  readonly expected: Expected;
}

/** `chosen`: id, or the name of one that is not in the catalogue; null: it abstains. */
export interface Expected {
  readonly chosen: string | null;
  readonly confidence: "certain" | "likely" | "possible" | null;
  readonly ambiguous?: true;
}

export const certain = (chosen: string): Expected => ({ chosen, confidence: "certain" });
export const likely = (chosen: string): Expected => ({ chosen, confidence: "likely" });
/** Something is hinted at, and not chosen. */
export const hinted: Expected = { chosen: null, confidence: "possible" };
export const nothing: Expected = { chosen: null, confidence: null };
export const ambiguous = (confidence: "likely" | "possible"): Expected => ({
  chosen: null,
  confidence,
  ambiguous: true,
});

export const baseName = "org.opencontainers.image.base.name";
export const baseDigest = "org.opencontainers.image.base.digest";

/** A layer with the app. */
export const appTar = async (): Promise<Buffer> =>
  makeTar([["opt/app/server", makeElf(80), 0o755]]);

/** The root of a distribution that nobody knows. */
export const acmeTar = async (more: readonly MadeEntry[] = []): Promise<Buffer> =>
  makeTar([
    ["etc/os-release", "ID=acme\nVERSION_ID=1\n"],
    ["bin/acme", makeElf(81), 0o755],
    ...more,
  ]);

/** The base's layers with the app on top. */
export function on(
  id: string,
  more: Omit<WrittenImage, "tars"> = {},
): (bases: Bases) => Promise<WrittenImage> {
  return async ({ tars }) => ({ ...more, tars: [...(tars[id] ?? []), await appTar()] });
}

/** No layers but those given and the app. */
export function made(
  tar: () => Promise<Buffer>,
  more: Omit<WrittenImage, "tars"> = {},
): () => Promise<WrittenImage> {
  return async () => ({ ...more, tars: [await tar(), await appTar()] });
}

export async function build({ image }: Case, bases: Bases, name: string): Promise<string> {
  return writeImage(bases.folder, name, await image(bases));
}
