import { readShippedSupport } from "../../../src/catalogue/installed-catalogue.ts";
import { answerCheck, answerChoose } from "../../../src/answer/answer-choose.ts";
import { openRun, type Run } from "../../../src/answer/open-run.ts";
import type { AnswerOptions } from "../../../src/answer/options.ts";
import { readLibcSonames } from "../../../src/choose/libc-sonames.ts";
import type { CheckAnswer } from "../../../src/model/answer.ts";
import type { Result } from "../../../src/model/failure.ts";
import type { FetchedFile, RepositoryAccess } from "../../../src/repositories/access.ts";
import { describeFailure } from "../../../src/report/failure-words.ts";
import type { Subject } from "../../truth/subject.ts";
import { workFolder } from "../../truth/work-folder.ts";

/** What the tool says of one subject, over the network, with facts and packages kept between runs. */
export class Predictor {
  readonly #run: Run;
  readonly #options: Omit<AnswerOptions, "bases" | "programs">;

  private constructor(run: Run) {
    const { cwd, platforms, temporaryFolder, remote, catalogue, cache } = run;
    const installed = catalogue();
    if (!installed.ok) throw new Error(describeFailure(installed.failure));
    this.#run = run;
    this.#options = {
      ...{ cwd, platforms, temporaryFolder, remote, ...(cache === undefined ? {} : { cache }) },
      tool: "truth",
      asOf: new Date().toISOString().slice(0, 10),
      catalogue: installed.value.catalogue,
      support: readShippedSupport(),
      libcSonames: readLibcSonames(),
      repositories: withKnownRefusals(run.repositories),
      packages: "all",
      baseIs: null,
      appPaths: [],
    };
  }

  static async open(): Promise<Predictor> {
    return new Predictor(await openRun({ cwd: "/", cacheFolder: workFolder("recipes", "cache") }));
  }

  /** The answer for these bases. Rejects with the failure in words. */
  async check({ folder, program }: Subject, bases: readonly string[]): Promise<CheckAnswer> {
    const options = { ...this.#options, bases, programs: [program] };
    const checked = await answerCheck(folder, options);
    if (!checked.ok) throw new Error(describeFailure(checked.failure));
    return checked.value;
  }

  /** The Dockerfile for one base; null where there is none. */
  async dockerfile({ folder, program }: Subject, base: string): Promise<string | null> {
    const options = { ...this.#options, bases: [base], programs: [program] };
    const chosen = await answerChoose(folder, options);
    if (!chosen.ok) throw new Error(describeFailure(chosen.failure));
    return chosen.value.choice?.dockerfile ?? null;
  }

  async close(): Promise<void> {
    await this.#run.close();
  }
}

/** What could not be had once is not asked for again in this run: a stale mirror stays stale. */
function withKnownRefusals(access: RepositoryAccess): RepositoryAccess {
  const refused = new Map<string, Result<FetchedFile>>();
  return {
    ...access,
    async fetch(request) {
      const key = JSON.stringify([request.url, request.digest]);
      const known = refused.get(key);
      if (known !== undefined) return known;
      const fetched = await access.fetch(request);
      if (!fetched.ok) refused.set(key, fetched);
      return fetched;
    },
  };
}
