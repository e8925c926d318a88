import type {
  BaseAnswer,
  FoundProvider,
  InstallPlan,
  NameAnswer,
  NameKind,
  ProvidesAnswer,
} from "../answer/provides-answer.ts";
import type { DataSource } from "../model/answer.ts";
import { count, firstFew, formatBytes } from "./amounts.ts";
import { cellsOf, clean } from "./clean.ts";
import { describeFailure } from "./failure-words.ts";
import { installCommand } from "./install-command.ts";
import { paint, wrap, type TextOptions } from "./layout.ts";
import { packageSearchWords } from "./package-words.ts";

/** Packages of one name that are shown without --all. */
const maxShown = 3;

export interface ProvidesTextOptions extends Pick<TextOptions, "columns" | "color"> {
  /** Every package, not the first few. */
  readonly all: boolean;
}

type Answered = Extract<BaseAnswer, { readonly state: "answered" }>;

/**
 * One block per base:
 *
 *     debian-12-slim: Debian 12 (bookworm), amd64, index of 2026-09-06
 *       library libpq.so.5
 *         libpq5 15.14-0+deb12u1  bookworm/main  /usr/lib/x86_64-linux-gnu/libpq.so.5
 *         install: libpq5 and 9 more packages, 3.1 MB download, 9.9 MB on disk
 *           apt-get install --no-install-recommends libpq5
 */
export function renderProvides(answer: ProvidesAnswer, options: ProvidesTextOptions): string {
  const hasPlatforms = answer.platforms.length > 1;
  const blocks = answer.bases.map((one) => {
    const platform = hasPlatforms ? ` (${clean(one.base.platform)})` : "";
    const name = `${clean(one.base.id)}${platform}`;
    return baseLines(name, one, options);
  });
  return `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function baseLines(
  name: string,
  answer: BaseAnswer,
  options: ProvidesTextOptions,
): readonly string[] {
  const { columns, color } = options;
  const heading = (text: string): readonly string[] => {
    const [first = "", ...rest] = wrap(`${name}: ${text}`, columns, "");
    return [paint(name, "strong", color) + first.slice(name.length), ...rest];
  };
  switch (answer.state) {
    case "unavailable":
      return heading(`not answered: ${describeFailure(answer.failure)}`);
    case "no-repository":
      return heading(
        answer.base.distro === null
          ? "it is of no distribution that has packages"
          : "not answered: it names no repositories, and no base of the catalogue that does is of its release",
      );
    case "answered":
      return [
        ...heading(`${clean(answer.release)}, ${indexWords(answer.data)}`),
        ...answer.names.flatMap((one) => nameLines(one, answer, options)),
      ];
  }
}

/** Days of the oldest and of the newest index. */
function indexWords(data: readonly DataSource[]): string {
  const days = data.map(({ date }) => date.slice(0, 10)).toSorted();
  const [first = "?"] = days;
  const last = days.at(-1) ?? first;
  return first === last
    ? `index of ${clean(first)}`
    : `indexes of ${clean(first)} to ${clean(last)}`;
}

const kindWords: Readonly<Record<NameKind, string>> = {
  library: "library",
  command: "command",
  file: "file",
  package: "package",
};

function nameLines(
  one: NameAnswer,
  base: Answered,
  options: ProvidesTextOptions,
): readonly string[] {
  const { name, kind, providers, install } = one;
  const { columns, color, all } = options;
  const title = `  ${kindWords[kind]} ${clean(name)}`;
  const problems = one.failures.flatMap((failure) =>
    wrap(`not looked into: ${describeFailure(failure)}`, columns, "    "),
  );
  if (providers.length === 0) {
    const isWhole = one.failures.length === 0 && base.problems.length === 0;
    const found = isWhole
      ? paint("no package brings it", "bad", color)
      : paint("not found in what could be read", "doubtful", color);
    return [`${title}: ${found}`, ...problems];
  }
  const shown = all ? providers : providers.slice(0, maxShown);
  const more = providers.length - shown.length;
  return [
    title,
    ...providerLines(shown, columns),
    ...(more > 0 ? [`    and ${count(more, "more package")} (--all)`] : []),
    ...problems,
    ...planLines(install, base, columns),
  ];
}

/** In columns; where one line would be too long, each path stands below its package. */
function providerLines(providers: readonly FoundProvider[], columns: number): readonly string[] {
  const rows = providers.map((one) => {
    const { name, version, repository } = one.package;
    return [`${clean(name)} ${clean(version)}`, clean(repository), placeWords(one)] as const;
  });
  const widthOf = (at: 0 | 1): number => Math.max(...rows.map((row) => cellsOf(row[at])));
  const pad = (text: string, width: number): string =>
    text + " ".repeat(Math.max(0, width - cellsOf(text)));
  const lines = rows.map(
    ([named, place, path]) => `    ${pad(named, widthOf(0))}  ${pad(place, widthOf(1))}  ${path}`,
  );
  if (lines.every((line) => cellsOf(line.trimEnd()) <= columns)) {
    return lines.map((line) => line.trimEnd());
  }
  return rows.flatMap(([named, place, path]) => [
    ...wrap(`${named} (${place})`, columns, "    "),
    ...(path === "" ? [] : [`      ${path}`]),
  ]);
}

/** `/usr/bin/perl, in the base`; empty where there is nothing to say. */
function placeWords({ path, versions, installedVersion }: FoundProvider): string {
  const parts = [
    path === null ? "" : clean(path),
    versionWords[versions],
    installedVersion === null ? "" : "in the base",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

const versionWords: Readonly<Record<FoundProvider["versions"], string>> = {
  all: "with these versions",
  "not-all": "without these versions",
  unknown: "",
};

function planLines(
  plan: InstallPlan | null,
  { base, how }: Answered,
  columns: number,
): readonly string[] {
  const line = (text: string): readonly string[] => wrap(`install: ${text}`, columns, "    ");
  if (plan === null) return line("none of them has these versions");
  switch (plan.state) {
    case "present":
      return line(`nothing, ${clean(plan.package)} ${clean(plan.version)} is in the base`);
    case "refused": {
      const words = packageSearchWords({ state: "refused", problems: plan.problems }) ?? "";
      return line(`${clean(plan.package)}: ${words}`);
    }
    case "possible": {
      const { step } = plan;
      const command = installCommand(step, base.packageManager);
      const stage = step.builder === null ? "a builder" : clean(step.builder.reference);
      const manner =
        how === "copy"
          ? `copied from a stage of ${stage}`
          : how === "installroot"
            ? `installed into a copy of the base in a stage of ${stage}`
            : "";
      return [
        ...line(amountWords(plan.step)),
        ...(command === null ? [] : [`      ${command}`]),
        ...(manner === "" ? [] : wrap(manner, columns, "      ")),
      ];
    }
  }
}

/** `libpq5 and 9 more packages, 3.1 MB download, 9.9 MB on disk`. */
function amountWords({
  asked,
  packages,
  removed,
  downloadBytes,
  installedBytes,
}: Extract<InstallPlan, { readonly state: "possible" }>["step"]): string {
  const names = asked.map((name) => clean(name)).join(", ");
  const more = packages.filter(({ name }) => !asked.includes(name)).length;
  const others = more === 0 ? "" : ` and ${count(more, "more package")}`;
  const gone =
    removed.length === 0
      ? ""
      : `, removes ${firstFew(
          removed.map((name) => clean(name)),
          3,
        )}`;
  return `${names}${others}, ${formatBytes(downloadBytes)} download, ${formatBytes(installedBytes)} on disk${gone}`;
}
