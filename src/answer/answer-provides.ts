import type { BaseRoot } from "../check/base-root.ts";
import { hostPlatform } from "../image/sources/image-config.ts";
import { failed, success, type Failure, type Result } from "../model/failure.ts";
import { formatPlatform } from "../model/platform.ts";
import { findName } from "./find-name.ts";
import { openSupplies, type Supplies } from "./find-supply.ts";
import { isFor, openBases } from "./open-bases.ts";
import type { AnswerOptions } from "./options.ts";
import type { BaseAnswer, NameAnswer, ProvidesAnswer, ProvidesRequest } from "./provides-answer.ts";

/**
 * Which packages bring a library, command, file or package on each base, from the repositories that the base itself names or
 * those of its builder, and what installing the best one comes to. Without bases, on those of the catalogue that have a
 * package manager. Indexes that cannot be had are a part of the answer. Fails where a base cannot be opened, and with
 * `cancelled`.
 */
export async function answerProvides(
  request: ProvidesRequest,
  options: AnswerOptions,
): Promise<Result<ProvidesAnswer>> {
  const { repositories, catalogue } = options;
  if (repositories === undefined) {
    const reason = "this run reaches none";
    return failed({ kind: "unsupported", what: "package repositories", where: null, reason });
  }
  const asked = options.platforms.length > 0 ? options.platforms : [hostPlatform()];
  const platforms = asked.map(formatPlatform);
  const supplies = openSupplies(catalogue, repositories);
  try {
    const bases: BaseAnswer[] = [];
    const failures: Failure[] = [];
    for (const platform of platforms) {
      const opened = await openBases(platform, { ...options, bases: basesFor(platform, options) });
      if (!opened.ok) return opened;
      failures.push(...opened.value.failures);
      for (const base of opened.value.roots) {
        const answer = await answerBase(base, request, supplies);
        const cancelled = failuresOf(answer).find(({ kind }) => kind === "cancelled");
        if (cancelled !== undefined) return failed(cancelled);
        bases.push(answer);
      }
    }
    return success(wholeAnswer(request, options, { platforms, bases, failures }));
  } finally {
    supplies.close();
  }
}

/** Empty where none of the catalogue has one: then those without are asked, and `openBases` says where there is none at all. */
function basesFor(platform: string, { bases, catalogue }: AnswerOptions): readonly string[] {
  if (bases.length > 0) return bases;
  const known = catalogue.bases.filter(
    (info) => info.packageManager !== null && isFor(info, platform),
  );
  return known.map(({ id }) => `base:${id}`);
}

async function answerBase(
  base: BaseRoot,
  request: ProvidesRequest,
  supplies: Supplies,
): Promise<BaseAnswer> {
  const { info } = base;
  const found = await supplies.find(base);
  if (found.kind === "none") return { base: info, state: "no-repository" };
  if (found.kind === "unavailable") {
    return { base: info, state: "unavailable", failure: found.failure };
  }
  const { supply } = found;
  const { source, how, builder } = supply;
  const { name: release, family, data, problems } = source;
  const names: NameAnswer[] = [];
  for (const name of request.names) names.push(await findName(name, { base, supply, request }));
  return {
    ...{ base: info, state: "answered", release, family, how, builder },
    ...{ data, names, problems },
  };
}

function failuresOf(answer: BaseAnswer): readonly Failure[] {
  switch (answer.state) {
    case "answered":
      return [...answer.problems, ...answer.names.flatMap(({ failures }) => failures)];
    case "unavailable":
      return [answer.failure];
    case "no-repository":
      return [];
  }
}

function wholeAnswer(
  request: ProvidesRequest,
  { tool }: Pick<AnswerOptions, "tool">,
  found: Pick<ProvidesAnswer, "platforms" | "bases" | "failures">,
): ProvidesAnswer {
  const { platforms, bases } = found;
  const all = [...found.failures, ...bases.flatMap(failuresOf)];
  // Several bases may be of one release.
  const failures = [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
  const [first, ...rest] = failures;
  const coverage =
    first === undefined
      ? ({ state: "complete" } as const)
      : ({ state: "partial", failures: [first, ...rest] } as const);
  return {
    ...{ schema: "fromage/provides@1", tool, request, platforms, bases },
    ...{ coverage, failures },
  };
}
