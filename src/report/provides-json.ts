import type {
  BaseAnswer,
  FoundProvider,
  InstallPlan,
  NameAnswer,
  ProvidesAnswer,
} from "../answer/provides-answer.ts";
import { installCommand } from "./install-command.ts";
import { orderFailure, writeJson } from "./json.ts";

/** Schema: schema/provides@1.json. Addresses of packages are left out: those of a base may have a login. */
export function renderProvidesJson(answer: ProvidesAnswer): string {
  const { schema, tool, request, platforms, bases, coverage, failures } = answer;
  const { names, kind, versions } = request;
  return writeJson({
    ...{ schema, tool, platforms },
    request: { names, kind, versions },
    bases: bases.map(baseData),
    coverage: { state: coverage.state },
    failures: failures.map(orderFailure),
  });
}

function baseData(answer: BaseAnswer): object {
  const { id, reference, platform, distro, packageManager } = answer.base;
  const base = { id, reference, platform, distro, packageManager };
  switch (answer.state) {
    case "no-repository":
      return { base, state: answer.state };
    case "unavailable":
      return { base, state: answer.state, failure: orderFailure(answer.failure) };
    case "answered": {
      const { state, release, family, how, builder, data, names, problems } = answer;
      return {
        ...{ base, state, release, family, how, builder },
        data: data.map(({ name, date }) => ({ name, date: date.slice(0, 10) })),
        names: names.map((one) => nameData(one, packageManager)),
        problems: problems.map(orderFailure),
      };
    }
  }
}

function nameData(
  { name, kind, providers, install, failures }: NameAnswer,
  packageManager: string | null,
): object {
  return {
    ...{ name, kind },
    providers: providers.map(providerData),
    install: install === null ? null : planData(install, packageManager),
    failures: failures.map(orderFailure),
  };
}

function providerData({
  package: offered,
  path,
  versions,
  installedVersion,
}: FoundProvider): object {
  const { name, version, architecture, source, repository } = offered;
  const { downloadBytes, installedBytes } = offered;
  return {
    ...{ package: name, version, architecture, source, repository },
    ...{ downloadBytes, installedBytes, path, versions, installedVersion },
  };
}

function planData(plan: InstallPlan, packageManager: string | null): object {
  switch (plan.state) {
    case "present":
      return { state: plan.state, package: plan.package, version: plan.version };
    case "refused":
      return { state: plan.state, package: plan.package, problems: plan.problems };
    case "possible": {
      const { asked, packages, removed, downloadBytes, installedBytes } = plan.step;
      return {
        ...{ state: plan.state, command: installCommand(plan.step, packageManager) },
        ...{ asked, packages, removed, downloadBytes, installedBytes },
      };
    }
  }
}
