import { maxPackageBytes, sections } from "./draw-packages.ts";
import { explain, rules } from "./explain.ts";
import { maxTried } from "./hold-recipes.ts";
import {
  agreementAsIs,
  agreementWithRecipe,
  isSame,
  packageDifference,
  type Agreement,
  type HeldRecipe,
} from "./held-recipe.ts";

/** All of one release. */
export interface HeldRelease {
  readonly title: string;
  readonly poolSize: number;
  readonly withoutProgram: number;
  /** Each program on each base. */
  readonly held: readonly HeldRecipe[];
  readonly seconds: number;
}

/** False where reality contradicts and no rule says why. */
export function isExplained(held: HeldRecipe): boolean {
  return !isDifferent(held) || explain(held) !== null;
}

function isDifferent(held: HeldRecipe): boolean {
  const difference = packageDifference(held);
  const agreements = [agreementAsIs(held), agreementWithRecipe(held)];
  return (
    agreements.some((one) => one === "false-runs" || one === "false-fails") ||
    (difference !== null && !isSame(difference))
  );
}

/** The report as Markdown. Times are of this run and of this machine. */
export function renderReport(
  releases: readonly HeldRelease[],
  {
    seed,
    count,
    copies,
  }: { readonly seed: number; readonly count: number; readonly copies: number },
): string {
  const all = releases.flatMap(({ held }) => held);
  const bases = [...new Set(all.map(({ base }) => base))];
  const rows = bases.map((base) =>
    rowOf(
      base,
      all.filter((one) => one.base === base),
    ),
  );
  const day = new Date().toISOString().slice(0, 10);
  return [
    "# Recipes beside reality",
    "",
    "Written by `recipe-truth.ts`. The app is one package of Debian unpacked into a folder, without what it depends on; its",
    "program is asked for with `check` on Debian slim and on distroless cc of the release. Then it happens: on slim its own apt",
    "installs what the recipe asks for, on cc Docker builds the Dockerfile of `choose`; and the kernel and the real loader start",
    "the program (`../truth/launch.c`). Where no recipe was found, apt installs the package itself, to see that there was none.",
    "",
    `- day: ${day}, seed ${seed}, amd64, main of deb.debian.org`,
    `- ${count} programs for each release, of packages of the sections ${sections.join(", ")}, with a library beside the C and`,
    `  C++ ones, of at most ${maxPackageBytes / 1_000_000} MB; recipes of at most ${maxTried} packages are tried, for distroless those of the first ${copies} programs`,
    ...releases.map(releaseWords),
    "",
    "| base | programs | as is: agree | false | unproven | runs as is | bigger, or not of the sample | with recipe: tried | agree | false `runs` | false `fails` | unproven, started | unproven, not started | same packages |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...rows,
    "",
    "As is: fails and runs alike were started. Same packages: names and versions that apt installed (slim), or that",
    "`fromage packages` sees of the recipe in the result (cc).",
    "",
    "## Why unproven",
    "",
    ...listed(unprovenReasons(all)),
    "",
    `Packages whose scripts a copy does not run and that decide it, with how often: ${scriptWords(all)}.`,
    "",
    "## Differences, and the rules that explain them",
    "",
    ...Object.entries(rules).map(([rule, text]) => {
      const times = all.filter((one) => isDifferent(one) && explain(one) === rule).length;
      return `- \`${rule}\` (${times} times): ${text}`;
    }),
    "",
    ...listed(all.filter(isDifferent).map(differenceWords)),
    "",
  ].join("\n");
}

function releaseWords({ title, poolSize, withoutProgram, held, seconds }: HeldRelease): string {
  const isUnread = held.some(({ unreadContents }) => unreadContents);
  const contents = isUnread
    ? "Contents files of the mirror are not those that the signed index names, so they are a hint only"
    : "Contents files as signed";
  const drawn = `drawn from ${poolSize} packages, ${withoutProgram} passed over without an ELF program in /usr/bin`;
  return `- ${title}: ${drawn}; ${contents}; ${seconds} s`;
}

function rowOf(base: string, held: readonly HeldRecipe[]): string {
  const asIs = held.map(agreementAsIs);
  const tried = held.filter((one) => agreementWithRecipe(one) !== "not-held");
  const withRecipe = tried.map(agreementWithRecipe);
  const count = (list: readonly Agreement[], ...wanted: readonly Agreement[]): number =>
    list.filter((one) => wanted.includes(one)).length;
  const open = tried.filter((one) => agreementWithRecipe(one) === "unproven");
  const started = open.filter(hasStarted).length;
  const differences = held.flatMap((one) => packageDifference(one) ?? []);
  const cells = [
    ...[base, held.length, count(asIs, "agrees")],
    ...[count(asIs, "false-runs", "false-fails"), count(asIs, "unproven")],
    held.filter(({ candidate }) => candidate.asIs === "runs").length,
    held.filter(({ reality }) => reality.kind === "not-tried").length,
    ...[tried.length, count(withRecipe, "agrees")],
    ...[count(withRecipe, "false-runs"), count(withRecipe, "false-fails")],
    ...[started, open.length - started],
    `${differences.filter(isSame).length} of ${differences.length}`,
  ];
  return `| ${cells.join(" | ")} |`;
}

function hasStarted({ reality }: HeldRecipe): boolean {
  if (reality.kind === "none" || reality.kind === "not-tried") return false;
  return reality.done.outcome !== null && reality.done.outcome.kind !== "failed";
}

/** Codes of what is not proved with the recipe, by base, with how often. */
function unprovenReasons(held: readonly HeldRecipe[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { base, candidate } of held) {
    if (candidate.verdict !== "unproven") continue;
    const findings = candidate.recipe?.findings ?? candidate.findings;
    const blocking = findings.filter(({ severity }) => severity === "blocks");
    const codes = [...new Set(blocking.map(({ code }) => code))].toSorted();
    const key = `${base}: ${codes.map((code) => `\`${code}\``).join(", ")}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, times]) => `${key}: ${times}`);
}

/** Of the copies that are unproven for nothing but scripts. */
function scriptWords(held: readonly HeldRecipe[]): string {
  const counts = new Map<string, number>();
  for (const { candidate } of held) {
    const findings = candidate.recipe?.findings ?? [];
    const blocking = findings.filter(({ severity }) => severity === "blocks");
    if (!blocking.every(({ code }) => code === "script-not-run")) continue;
    const names = blocking.flatMap((one) => (one.code === "script-not-run" ? [one.package] : []));
    for (const name of new Set(names)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const sorted = [...counts].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const words = sorted.slice(0, mostScripts).map(([name, times]) => `${name} ${times}`);
  return words.join(", ") || "none";
}

/** Packages that are named in the report for their scripts. */
const mostScripts = 30;

function differenceWords(held: HeldRecipe): string {
  const { subject, base, candidate, asIs, reality } = held;
  const words: string[] = [];
  if (agreementAsIs(held).startsWith("false")) {
    words.push(`as is said ${candidate.asIs}, was ${asIs.kind} ${clean(asIs.message)}`);
  }
  const isTried = reality.kind !== "none" && reality.kind !== "not-tried";
  if (isTried && agreementWithRecipe(held).startsWith("false")) {
    const { outcome, refusal } = reality.done;
    const was = outcome === null ? refusal : `${outcome.kind} ${outcome.message}`;
    words.push(`with recipe said ${candidate.verdict}, was ${clean(was)} (${reality.kind})`);
  }
  const difference = packageDifference(held);
  if (difference !== null && !isSame(difference)) {
    const { onlySaid, onlyReal } = difference;
    words.push(`packages only said: ${few(onlySaid)}; only real: ${few(onlyReal)}`);
  }
  return `${subject} on ${base}: ${words.join("; ")} (${explain(held) ?? "not explained"})`;
}

const few = (names: readonly string[]): string => names.slice(0, 6).join(", ") || "none";

const listed = (lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? ["None."] : lines.map((line) => `- ${line}`);

const clean = (text: string): string => text.replaceAll(/\s+/g, " ").trim().slice(0, 200);
