import type { PackageStep, RecipePackage } from "../../model/answer.ts";
import { commentText } from "../comment-text.ts";

/** Most packages that are listed one by one. */
const maxListed = 60;

/**
 * The packages as they were when this was checked, one a line: `#   libpq5 15.14-0+deb12u1 (1.2 kB): libpq.so.5`.
 * In comments, because a mirror that has something newer should give that.
 */
export function packageComments({ packages }: PackageStep): readonly string[] {
  const lines = packages.slice(0, maxListed).map((one) => `#   ${commentText(packageText(one))}`);
  const more = packages.length - maxListed;
  return more > 0 ? [...lines, `#   and ${more} more`] : lines;
}

function packageText({ name, version, because, replaces }: RecipePackage): string {
  const instead = replaces === null ? "" : `, instead of ${replaces}`;
  const why = because.kind === "asked" ? because.for.join(", ") : `${because.by} needs it`;
  return `${name} ${version}${instead}${why === "" ? "" : `: ${why}`}`;
}
