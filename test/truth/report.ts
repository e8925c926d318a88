import type { Judgement } from "./judgement.ts";
import type { SkippedSubject, Subject } from "./subject.ts";

/** Everything the report is made of. */
export interface ReportInput {
  readonly subjects: readonly Subject[];
  /** Columns, in order. */
  readonly rootIds: readonly string[];
  /** One per pair; subjects outside, roots inside. */
  readonly judgements: readonly Judgement[];
  readonly skipped: readonly SkippedSubject[];
}

const marks = { started: "R", "started-then-failed": "r", failed: "." } as const;

/** Renders the report in Markdown and its counts in one line. Same input, same bytes; no date, no duration. */
export function renderReport(input: ReportInput): {
  readonly text: string;
  readonly summary: string;
} {
  const counts = countsOf(input);
  const rows = counts.map(([name, value]) => `| ${name} | ${value} |`);
  const text = [
    "# Truth: predictions against real starts",
    "",
    "Made by `npm run truth -- --report test/truth/REPORT.md`; not edited by hand. Every pair was really started in a sandbox",
    "(see `run.ts` and `launch.c`). Agreement is at loader level: did kernel, loader and script interpreter hand over to the",
    "program's own code.",
    "",
    "| what | figure |",
    "| --- | --- |",
    ...rows,
    "",
    ...matrix(input),
    ...causes(input),
    ...section("Predicted otherwise than it happened", disagreements(input)),
    ...section("Started, then failed", startedThenFailed(input)),
    ...section(
      "Skipped",
      input.skipped.map(({ id, reason }) => `| ${id} | ${clean(reason)} |`),
    ),
  ].join("\n");
  return { text, summary: counts.map(([name, value]) => `${name} ${value}`).join(", ") };
}

function countsOf({
  subjects,
  rootIds,
  judgements,
}: ReportInput): readonly (readonly [string, string])[] {
  const total = judgements.length;
  const count = (test: (item: Judgement) => boolean): number => judgements.filter(test).length;
  const share = (part: number, whole: number): string =>
    whole === 0 ? "0" : `${String(part)} (${((100 * part) / whole).toFixed(1)} %)`;
  const failed = count(({ outcome }) => outcome.kind === "failed");
  const late = count(({ outcome }) => outcome.kind === "started-then-failed");
  const counts: (readonly [string, string])[] = [
    ["subjects", String(subjects.length)],
    ["roots", String(rootIds.length)],
    ["pairs", String(total)],
    ["failed in reality", share(failed, total)],
    ["started, then failed", share(late, total)],
  ];
  const predicted = count(({ agreement }) => agreement !== "notPredicted");
  if (predicted === 0) return [...counts, ["predicted", "no predictor yet"]];
  const unproven = count(({ agreement }) => agreement === "unproven");
  return [
    ...counts,
    [
      "agreement of what was predicted",
      share(
        count(({ agreement }) => agreement === "agrees"),
        predicted - unproven,
      ),
    ],
    ["false `runs`", String(count(({ agreement }) => agreement === "falseRuns"))],
    ["false `fails`", String(count(({ agreement }) => agreement === "falseFails"))],
    ["unproven", share(unproven, predicted)],
  ];
}

function matrix({ subjects, rootIds, judgements }: ReportInput): readonly string[] {
  const cells = new Map(judgements.map((item) => [`${item.subject} ${item.root}`, cellOf(item)]));
  const lines = subjects.map(({ id }) => {
    const row = rootIds.map((root) => cells.get(`${id} ${root}`) ?? "?");
    return `| ${id} | ${row.join(" | ")} |`;
  });
  return [
    "## Matrix",
    "",
    "R started; r started, then failed; . failed before its own code ran. Behind it where a prediction was made: nothing",
    "when it agreed, ? unproven, ! the opposite was predicted.",
    "",
    `| subject | ${rootIds.join(" | ")} |`,
    `| --- |${" --- |".repeat(rootIds.length)}`,
    ...lines,
    "",
  ];
}

function cellOf({ outcome, agreement }: Judgement): string {
  const suffix = { agrees: "", notPredicted: "", unproven: "?", falseRuns: "!", falseFails: "!" };
  return `${marks[outcome.kind]}${suffix[agreement]}`;
}

function causes({ judgements }: ReportInput): readonly string[] {
  const counted = new Map<string, number>();
  for (const { outcome } of judgements) {
    if (outcome.kind !== "failed") continue;
    const name = `${outcome.phase} | ${outcome.cause}`;
    counted.set(name, (counted.get(name) ?? 0) + 1);
  }
  const rows = [...counted].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return [
    "## Why they failed",
    "",
    "| phase | cause | pairs |",
    "| --- | --- | --- |",
    ...rows.map(([name, pairs]) => `| ${name} | ${String(pairs)} |`),
    "",
  ];
}

function disagreements({ judgements }: ReportInput): readonly string[] {
  return judgements
    .filter(({ agreement }) => agreement === "falseRuns" || agreement === "falseFails")
    .map(({ subject, root, outcome, prediction }) => {
      const said = `${prediction?.verdict ?? ""} ${prediction?.codes.join(", ") ?? ""}`.trim();
      return `| ${subject} on ${root} | said ${said}; was ${outcome.kind}: ${clean(outcome.message)} |`;
    });
}

function startedThenFailed({ judgements }: ReportInput): readonly string[] {
  const grouped = new Map<string, string[]>();
  for (const { subject, root, outcome } of judgements) {
    if (outcome.kind !== "started-then-failed") continue;
    const name = `${subject} | ${clean(outcome.message)}`;
    grouped.set(name, [...(grouped.get(name) ?? []), root]);
  }
  return [...grouped].map(([name, roots]) => {
    const [subject = "", message = ""] = name.split(" | ");
    return `| ${subject} on ${roots.join(", ")} | ${message} |`;
  });
}

function section(title: string, rows: readonly string[]): readonly string[] {
  if (rows.length === 0) return [`## ${title}`, "", "None.", ""];
  return [`## ${title}`, "", "| which | what |", "| --- | --- |", ...rows, ""];
}

/** One table cell: no line ends, no column marks. */
function clean(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll("|", "/");
}
