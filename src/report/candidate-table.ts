import type { Candidate } from "../model/answer.ts";
import { formatBytes } from "./amounts.ts";
import { clean } from "./clean.ts";
import { tableLines, type Style, type TextOptions } from "./layout.ts";

const verdictStyles: Readonly<Record<Candidate["verdict"], Style>> = {
  runs: "good",
  unproven: "doubtful",
  fails: "bad",
};

/** `runs + recipe` where only what the recipe adds makes it run. */
export function verdictWords({ verdict, recipe }: Candidate): string {
  return recipe !== null && verdict !== "fails" ? `${verdict} + recipe` : verdict;
}

/** What is marked behind a name, and what the mark means. */
const marks = [
  {
    mark: "~",
    meaning: "measured on a stand-in: the same packages, not the publisher's bytes",
    applies: ({ base }: Candidate) => base.measurement.kind === "stand-in",
  },
  {
    mark: "≈",
    meaning: "known from published lists only",
    applies: ({ base }: Candidate) => base.measurement.kind === "published",
  },
  {
    mark: "!",
    meaning: "support has ended",
    applies: ({ support }: Candidate) => support === "ended",
  },
  { mark: "*", meaning: "the base of today", applies: ({ isPresent }: Candidate) => isPresent },
] as const;

/** An id of the catalogue with its marks: cut, it could not be typed again. A path of the user's own may be longer. */
const longestId = 34;

/** A terminal that is too narrow for an id and a verdict gets an id that is cut. */
const leastName = (columns: number): number => Math.min(longestId, Math.max(20, columns - 20));

/** From here on there is room for what the base alone is. */
const wideColumns = 120;

/** One row per candidate, as many columns as fit, and a line for each mark that is used. */
export function candidateTable(
  candidates: readonly Candidate[],
  options: TextOptions,
): readonly string[] {
  const column = (title: string, cell: (candidate: Candidate) => string) =>
    ({ title, align: "left", cells: candidates.map(cell) }) as const;
  const bytes = (title: string, amount: (candidate: Candidate) => number | null) =>
    ({
      title,
      align: "right",
      cells: candidates.map((candidate) => formatBytes(amount(candidate))),
    }) as const;
  // In order of importance.
  const columns = [
    {
      ...column("VERDICT", verdictWords),
      styles: candidates.map(({ verdict }) => verdictStyles[verdict]),
    },
    { ...column("BASE", nameWithMarks), minCells: leastName(options.columns) },
    bytes("ON DISK", ({ sizes }) => sizes.resultUnpackedBytes),
    bytes("DOWNLOAD", ({ sizes }) => sizes.resultCompressedBytes),
    column("LIBC", ({ base }) => libcWords(base.libc)),
    column("SHELL", ({ base }) => nameOf(base.shell)),
    ...(options.columns < wideColumns
      ? []
      : [
          column("PACKAGES", ({ base }) => nameOf(base.packageManager)),
          column("USER", ({ base }) => clean(base.user, 16) || "root"),
          bytes("BASE DISK", ({ sizes }) => sizes.baseUnpackedBytes),
          bytes("BASE DOWN", ({ sizes }) => sizes.baseCompressedBytes),
        ]),
  ];
  const order = [0, 1, 3, 2, 4, 5, 6, 7, 9, 8].filter((at) => at < columns.length);
  const rows = tableLines(columns, order, options);
  const used = marks.filter(({ applies }) => candidates.some((candidate) => applies(candidate)));
  const isUnknown = candidates.some(({ sizes }) => sizes.resultCompressedBytes === null);
  return [
    ...rows,
    ...used.map(({ mark, meaning }) => `  ${mark} ${meaning}`),
    ...(isUnknown
      ? ["  ? not known: its layers hold more than what is copied, or are not compressed"]
      : []),
  ];
}

function nameWithMarks(candidate: Candidate): string {
  const used = marks.filter(({ applies }) => applies(candidate)).map(({ mark }) => mark);
  const name = clean(candidate.base.id, 60);
  return used.length === 0 ? name : `${name} ${used.join("")}`;
}

function libcWords(libc: Candidate["base"]["libc"]): string {
  return libc === null ? "none" : `${clean(libc.kind, 12)} ${clean(libc.version ?? "?", 12)}`;
}

/** `/bin/sh` is `sh`. */
function nameOf(path: string | null): string {
  return path === null ? "none" : clean(path.slice(path.lastIndexOf("/") + 1), 16);
}
