import type { PackageProblem } from "../model/answer.ts";
import { failed, success, type Result } from "../model/failure.ts";
import { copyDebs } from "./packages/copy-debs.ts";
import { installPackages } from "./packages/install-packages.ts";
import { installRoot } from "./packages/install-root.ts";
import type { PackageLines, PackageStageInput } from "./packages/package-base.ts";
import { packageProblems } from "./packages/package-problems.ts";

/**
 * The lines of a Dockerfile that bring the packages of a step into a base. Pure, and no name that comes from an index
 * or an image can leave its word. Fails with every reason why they cannot be brought that way.
 */
export function packageStages(
  input: PackageStageInput,
): Result<PackageLines, readonly PackageProblem[]> {
  const problems = packageProblems(input.step, input.base);
  if (problems.length > 0) return failed(problems);
  return success(linesOf(input));
}

function linesOf(input: PackageStageInput): PackageLines {
  const { how, family } = input.step;
  if (how === "install") return installPackages(input);
  // For apk and rpm the database is no text that a stage could add to: their own tool does it.
  return how === "copy" && family === "dpkg" ? copyDebs(input) : installRoot(input);
}
