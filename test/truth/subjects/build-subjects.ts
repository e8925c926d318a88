import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { missingTools, runTool } from "../command.ts";
import { finishSubject } from "../finish-subject.ts";
import type { SkippedSubject, Subject } from "../subject.ts";
import { workFolder } from "../work-folder.ts";
import { cRecipes } from "./recipes-c.ts";
import { languageRecipes } from "./recipes-languages.ts";
import { libraryRecipes } from "./recipes-libraries.ts";
import { scriptRecipes } from "./recipes-scripts.ts";
import type { Recipe } from "./recipe.ts";

const sources = join(import.meta.dirname, "sources");

/** All recipes of our own, in the order of the report. */
export const recipes: readonly Recipe[] = [
  ...cRecipes,
  ...libraryRecipes,
  ...languageRecipes,
  ...scriptRecipes,
];

/** Builds one subject, or finds it built before from the same recipe and sources. */
export async function buildSubject(recipe: Recipe): Promise<Subject | SkippedSubject> {
  const missing = missingTools(recipe.tools);
  if (missing.length > 0) return { id: recipe.id, reason: `no ${missing.join(", ")} on PATH` };
  const revision = revisionOf(recipe);
  const folder = workFolder("subjects", `${recipe.id}-${revision}`);
  if (!existsSync(folder)) {
    const part = `${folder}.part`;
    rmSync(part, { recursive: true, force: true });
    mkdirSync(part, { recursive: true });
    const env = { ...process.env, SRC: sources, SCRATCH: workFolder("scratch") };
    try {
      mkdirSync(env.SCRATCH, { recursive: true });
      await runTool(["sh", "-ec", recipe.build], { cwd: part, env });
    } catch (error) {
      return { id: recipe.id, reason: error instanceof Error ? error.message : String(error) };
    }
    renameSync(part, folder);
  }
  return finishSubject(recipe, { origin: "built", folder, source: revision });
}

/** Hash of the recipe and of every source; compilers are not in it. */
function revisionOf(recipe: Recipe): string {
  const hash = createHash("sha256").update(recipe.build);
  for (const name of namedSources(recipe))
    hash.update(name).update(readFileSync(join(sources, name)));
  return hash.digest("hex").slice(0, 12);
}

function namedSources(recipe: Recipe): readonly string[] {
  return readdirSync(sources)
    .filter((name) => recipe.build.includes(name))
    .toSorted();
}
