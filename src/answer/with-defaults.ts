import { readShippedSupport } from "../catalogue/installed-catalogue.ts";
import { readLibcSonames } from "../choose/libc-sonames.ts";
import type { CheckAnswer, ChooseAnswer } from "../model/answer.ts";
import type { Result } from "../model/failure.ts";
import { answerCheck, answerChoose } from "./answer-choose.ts";
import { answerLdd, type LddAnswer } from "./answer-ldd.ts";
import { answerProvides } from "./answer-provides.ts";
import { openRun, type RunOptions } from "./open-run.ts";
import type { AnswerOptions } from "./options.ts";
import type { ProvidesAnswer, ProvidesRequest } from "./provides-answer.ts";
import { readVersion } from "./version.ts";

/** What a caller of the library may set; everything has a default. */
export interface LibraryOptions
  extends
    RunOptions,
    Partial<
      Pick<
        AnswerOptions,
        | "asOf"
        | "platforms"
        | "bases"
        | "baseIs"
        | "appPaths"
        | "programs"
        | "loads"
        | "packages"
        | "signal"
        | "onProgress"
      >
    > {}

/** `fromage choose`: which bases a target runs on, and which one to take. */
export async function choose(
  reference: string,
  options: LibraryOptions = {},
): Promise<Result<ChooseAnswer>> {
  return withDefaults(options, (whole) => answerChoose(reference, whole));
}

/** `fromage check`: whether it runs on `options.bases`. */
export async function check(
  reference: string,
  options: LibraryOptions & Required<Pick<LibraryOptions, "bases">>,
): Promise<Result<CheckAnswer>> {
  return withDefaults(options, (whole) => answerCheck(reference, whole));
}

/** `fromage ldd`: what is loaded for a program; null takes what the image starts. One answer per platform and base. */
export async function ldd(
  reference: string,
  path: string | null,
  options: LibraryOptions = {},
): Promise<Result<readonly LddAnswer[]>> {
  return withDefaults(options, (whole) => answerLdd(reference, path, whole));
}

/** `fromage provides`: who brings these names on `options.bases`, else on those of the catalogue that have a package manager. */
export async function provides(
  names: readonly string[],
  options: LibraryOptions & Partial<Omit<ProvidesRequest, "names">> = {},
): Promise<Result<ProvidesAnswer>> {
  const { kind = null, versions = [], ...rest } = options;
  return withDefaults(rest, (whole) => answerProvides({ names, kind, versions }, whole));
}

/** A run of its own for one answer. */
async function withDefaults<Answer>(
  options: LibraryOptions,
  answer: (whole: AnswerOptions) => Promise<Result<Answer>>,
): Promise<Result<Answer>> {
  const run = await openRun(options);
  try {
    const { cwd, platforms, cache, temporaryFolder, remote, repositories, catalogue } = run;
    const installed = catalogue();
    if (!installed.ok) return installed;
    return await answer({
      tool: readVersion(),
      asOf: new Date().toISOString().slice(0, 10),
      cwd,
      catalogue: installed.value.catalogue,
      support: readShippedSupport(),
      libcSonames: readLibcSonames(),
      temporaryFolder,
      remote,
      repositories,
      platforms,
      bases: [],
      baseIs: null,
      appPaths: [],
      programs: [],
      ...(cache === undefined ? {} : { cache }),
      ...options,
    });
  } finally {
    await run.close();
  }
}
