import type { PackageProblem, PackageSearch, PackageStep, RecipePackage } from "../model/answer.ts";
import { count, firstFew, formatBytes } from "./amounts.ts";
import { clean } from "./clean.ts";
import { describeFailure } from "./failure-words.ts";

const tools: Readonly<Record<PackageStep["family"], string>> = {
  apk: "apk",
  dpkg: "apt-get",
  rpm: "dnf",
};

/** `add libpq5 with apt-get (7 packages of Debian 12 (bookworm), amd64: 1.2 MB download, 3.9 MB on disk)`. */
export function packageWords(step: PackageStep): string {
  const { how, builder, asked, packages, source, downloadBytes, installedBytes } = step;
  const names = firstFew(
    asked.map((name) => clean(name)),
    5,
  );
  const amount = `${formatBytes(downloadBytes)} download, ${formatBytes(installedBytes)} on disk`;
  const what = `${count(packages.length, "package")} of ${clean(source)}: ${amount}`;
  const stage = builder === null ? "" : clean(builder.reference);
  switch (how) {
    case "install":
      return `add ${names} with ${tools[step.family]} (${what})`;
    case "copy":
      return `copy the package${packages.length === 1 ? "" : "s"} of ${names} from a stage of ${stage} (${what})`;
    case "installroot":
      return `add ${names} with ${tools[step.family]} --installroot in a stage of ${stage} (${what})`;
  }
}

/** Each package with its version and why it comes along, what goes, and the links that are made. */
export function packageStepLines({ packages, removed, links }: PackageStep): readonly string[] {
  return [
    ...packages.map(packageLine),
    ...removed.map((name) => `${clean(name)} is removed`),
    ...links.map(({ path, target }) => `link ${clean(path)} to ${clean(target)}`),
  ];
}

function packageLine(one: RecipePackage): string {
  const { name, version, replaces, because, repository } = one;
  const instead = replaces === null ? "" : ` instead of ${clean(replaces)}`;
  const why =
    because.kind === "asked"
      ? `for ${firstFew(
          because.for.map((wanted) => clean(wanted)),
          3,
        )}`
      : `${clean(because.by)} needs ${clean(because.relation)}`;
  return `${clean(name)} ${clean(version)}${instead} (${clean(repository)}): ${why}`;
}

/** What came of looking for packages, where that is worth a line; null where it is not. */
export function packageSearchWords(search: PackageSearch): string | null {
  switch (search.state) {
    case "not-needed":
    case "no-repository":
      return null;
    case "not-looked-up":
      return search.reason === "off"
        ? "packages were not looked up (--packages never)"
        : "packages were not looked up: another candidate is better whatever they bring";
    case "unavailable":
      return `packages could not be looked up: ${describeFailure(search.failure)}`;
    case "nothing-found":
      return `no package of its repositories brings ${namesOf(search.wanted)}`;
    case "refused":
      return `its packages cannot be added: ${search.problems.slice(0, 3).map(problemWords).join("; ")}`;
    case "found":
      return search.missing.length === 0
        ? null
        : `no package of its repositories brings ${namesOf(search.missing)}`;
  }
}

const namesOf = (names: readonly string[]): string =>
  firstFew(
    names.map((name) => clean(name)),
    3,
  );

function problemWords(problem: PackageProblem): string {
  switch (problem.kind) {
    case "no-such-package":
      return `there is no package ${clean(problem.name)}`;
    case "unsatisfied":
      return `${clean(problem.package)} needs ${clean(problem.relation)}, which nothing there satisfies`;
    case "conflict":
      return `${clean(problem.package)} and ${clean(problem.with)} exclude each other (${clean(problem.relation)})`;
    case "libc":
      return `${clean(problem.package)} is a part of the C library, which belongs to the base`;
    case "not-read":
      return `${clean(problem.package)} could not be read: ${describeFailure(problem.failure)}`;
  }
}
