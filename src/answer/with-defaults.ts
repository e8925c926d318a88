import { mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { loadInstalledCatalogue, readShippedSupport } from "../catalogue/installed-catalogue.ts";
import { readLibcSonames } from "../choose/libc-sonames.ts";
import { FactsCache } from "../image/cache/facts-cache.ts";
import { lazyRemote } from "../image/remote/lazy-remote.ts";
import { readers } from "../image/readers/list.ts";
import type { CheckAnswer, ChooseAnswer } from "../model/answer.ts";
import type { Failure, Result } from "../model/failure.ts";
import { answerCheck, answerChoose } from "./answer-choose.ts";
import { answerLdd, type LddAnswer } from "./answer-ldd.ts";
import type { AnswerOptions } from "./options.ts";
import { readVersion } from "./version.ts";

/** What a caller of the library may set; everything has a default. */
export interface LibraryOptions extends Partial<
  Pick<
    AnswerOptions,
    | "asOf"
    | "cwd"
    | "platforms"
    | "bases"
    | "baseIs"
    | "appPaths"
    | "programs"
    | "signal"
    | "onProgress"
  >
> {
  /** Where facts, and what registries said, are kept; absent: nothing is kept. */
  readonly cacheFolder?: string;
  /** Engines and registries are not asked. */
  readonly offline?: boolean;
  /** Told of what was passed over on the way to an image: an engine that cannot be asked. */
  readonly onNotice?: (notice: Failure) => void;
}

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

/** The bases that ship and the user's own, and a temporary folder that is gone afterwards. */
async function withDefaults<Answer>(
  options: LibraryOptions,
  answer: (whole: AnswerOptions) => Promise<Result<Answer>>,
): Promise<Result<Answer>> {
  const installed = loadInstalledCatalogue(process.env);
  if (!installed.ok) return installed;
  const { cacheFolder, offline = false, onNotice = () => undefined, ...rest } = options;
  const temporaryFolder = await mkdtemp(join(tmpdir(), "fromage-"));
  const remote = lazyRemote(async () => {
    const { createRemote } = await import("../image/remote/create-remote.ts");
    return createRemote({
      env: process.env,
      home: homedir(),
      userId: process.getuid?.() ?? null,
      cacheFolder: cacheFolder ?? null,
      maxBlobBytes: 0,
      temporaryFolder,
      isOffline: offline,
      overrides: { mirrors: {}, insecure: [], authorities: [], source: "" },
      insecureByProject: [],
      userAgent: `fromage/${readVersion()}`,
      onNotice,
    });
  });
  try {
    return await answer({
      tool: readVersion(),
      asOf: new Date().toISOString().slice(0, 10),
      cwd: process.cwd(),
      catalogue: installed.value.catalogue,
      support: readShippedSupport(),
      libcSonames: readLibcSonames(),
      temporaryFolder,
      remote,
      platforms: [],
      bases: [],
      baseIs: null,
      appPaths: [],
      programs: [],
      ...(cacheFolder === undefined ? {} : { cache: new FactsCache(cacheFolder, readers) }),
      ...rest,
    });
  } finally {
    await remote.close();
    await rm(temporaryFolder, { recursive: true, force: true });
  }
}
