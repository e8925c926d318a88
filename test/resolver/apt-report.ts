import { explain, explanations } from "./apt-rounds.ts";
import { isSame, type Held } from "./hold.ts";

/** Requests against one index and one system. */
export interface Round {
  readonly title: string;
  /** Version of the apt. */
  readonly apt: string;
  readonly index: string;
  readonly system: string;
  readonly held: readonly Held[];
}

/** The report as Markdown. Times are of this run and of this machine. */
export function renderAptReport(
  rounds: readonly Round[],
  options: {
    readonly sets: number;
    readonly made: number;
    readonly seed: number;
    readonly requestsOfMade: number;
    readonly mostNames: number;
  },
): string {
  const { sets, made, seed, requestsOfMade, mostNames } = options;
  const day = new Date().toISOString().slice(0, 10);
  return [
    "# The resolver beside apt",
    "",
    "Written by `apt-truth.ts`. Compared are the packages that are installed, upgraded and removed, with their versions, and",
    "whether apt refuses, of `apt-get install -s --no-install-recommends`.",
    "",
    `- day: ${day}, seed ${seed}, amd64`,
    `- real: ${sets} requests for each release and system, each for 1 to ${mostNames} names of main, updates and security`,
    `- made: ${made} repositories of 12 to 31 packages, ${requestsOfMade} requests for each`,
    "",
    "| release | apt | index | system | requests | same | of these refused | explained | not explained | median ms | most ms |",
    "| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...rounds.map(renderRow),
    "",
    "## Rules that explain a difference",
    "",
    ...Object.entries(explanations).map(([rule, text]) => {
      const count = rounds
        .flatMap(({ held }) => held)
        .filter((one) => !isSame(one) && explain(one) === rule);
      return `- \`${rule}\` (${count.length} times): ${text}`;
    }),
    "",
    "## Not explained",
    "",
    ...renderOpen(rounds),
    "",
  ].join("\n");
}

function renderRow({ title, apt, index, system, held }: Round): string {
  const same = held.filter(isSame);
  const refused = same.filter(({ theirs }) => theirs[0] === "refused");
  const different = held.filter((one) => !isSame(one));
  const explained = different.filter((one) => explain(one) !== null);
  const times = held.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  const median = times[Math.floor(times.length / 2)] ?? 0;
  const cells = [
    ...[title, apt, index, system, held.length, same.length, refused.length],
    ...[explained.length, different.length - explained.length],
    ...[median.toFixed(1), (times.at(-1) ?? 0).toFixed(0)],
  ];
  return `| ${cells.join(" | ")} |`;
}

function renderOpen(rounds: readonly Round[]): readonly string[] {
  const open = rounds.flatMap(({ title, system, held }) =>
    held
      .filter((one) => !isSame(one) && explain(one) === null)
      .map(({ names, ours, theirs }) => {
        const [onlyOurs, onlyTheirs] = [except(ours, theirs), except(theirs, ours)];
        return `- ${title}, ${system}: \`${names.join(" ")}\`: ours ${onlyOurs}; apt ${onlyTheirs}`;
      }),
  );
  return open.length === 0 ? ["Nothing."] : open;
}

function except(some: readonly string[], others: readonly string[]): string {
  return some.filter((one) => !others.includes(one)).join(", ") || "nothing else";
}
