import type { PackageStep } from "../../model/answer.ts";
import { isImageName } from "../escape.ts";

/** FROM of a stage of the builder, and the argument that it needs where it has no name in a registry. */
export function builderLines(
  { builder }: PackageStep,
  stage: string,
): { readonly args: readonly string[]; readonly from: string } {
  if (builder === null || !isImageName(builder.reference)) {
    return {
      args: [
        "# Build with --build-arg PACKAGES_IMAGE=NAME: an image of the base's release with its package manager.",
        "ARG PACKAGES_IMAGE",
      ],
      from: `FROM \${PACKAGES_IMAGE} AS ${stage}`,
    };
  }
  const { reference, digest } = builder;
  const isPinned = digest !== null && !reference.includes("@");
  return { args: [], from: `FROM ${reference}${isPinned ? `@${digest}` : ""} AS ${stage}` };
}
