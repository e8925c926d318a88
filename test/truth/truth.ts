/**
 * `npm run truth`: really starts every subject in every root and holds the prediction against it.
 * Exit code 0: no disagreement; 1: at least one; 2: bad usage; 3: it could not be run.
 */
import { writeFileSync } from "node:fs";
import { findTestImages, withoutImages } from "../images.ts";
import { missingTools } from "./command.ts";
import { judge, isDisagreement } from "./judgement.ts";
import type { Judgement } from "./judgement.ts";
import { readObservations, recordObservation } from "./observation.ts";
import type { Observation } from "./observation.ts";
import { parseOptions } from "./options.ts";
import type { TruthOptions } from "./options.ts";
import { predict } from "./predict.ts";
import { renderReport } from "./report.ts";
import { openRoot, rootSources } from "./roots.ts";
import type { Root } from "./roots.ts";
import { buildLauncher, launcherRevision, runSubject } from "./run.ts";
import { prepareSubjects } from "./subjects/prepare-subjects.ts";
import type { Subject } from "./subject.ts";

const parallelRuns = 2;
const requiredTools = ["bwrap", "gcc", "skopeo", "umoci", "tar"];

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  const missing = missingTools(requiredTools);
  if (missing.length > 0) return refuse(`no ${missing.join(", ")} on PATH`);
  if (findTestImages() === null) return refuse(withoutImages);
  const roots = await openRoots(options);
  const { subjects, skipped } = await prepareSubjects(options.subjects, say);
  for (const { id, reason } of skipped) say(`skipped ${id}: ${reason}`);
  if (roots.length === 0 || subjects.length === 0) return refuse("no subject or no root is left");
  const judgements = await judgeAll(subjects, roots, options);
  const rootIds = roots.map(({ id }) => id);
  const report = renderReport({ subjects, rootIds, judgements, skipped });
  if (options.report !== null) writeFileSync(options.report, report.text);
  say(report.summary);
  return judgements.some(isDisagreement) ? 1 : 0;
}

async function openRoots(options: TruthOptions): Promise<readonly Root[]> {
  const wanted = rootSources.filter(({ id }) => isWanted(id, options.roots));
  const roots: Root[] = [];
  for (const source of wanted) roots.push(await openRoot(source));
  return roots;
}

async function judgeAll(
  subjects: readonly Subject[],
  roots: readonly Root[],
  options: TruthOptions,
): Promise<readonly Judgement[]> {
  const launcher = await buildLauncher();
  const known = options.isFresh ? new Map<string, Observation>() : readObservations();
  const pairs = subjects.flatMap((subject) => roots.map((root) => ({ subject, root })));
  const judgements = new Array<Judgement>(pairs.length);
  const queue = pairs.entries();
  let done = 0;
  const work = async (): Promise<void> => {
    for (const [index, { subject, root }] of queue) {
      const key = `${subject.fingerprint}/${root.id}/${launcherRevision}`;
      const outcome = known.get(key)?.outcome ?? (await runSubject(subject, root, launcher));
      if (!known.has(key)) recordObservation({ key, subject: subject.id, root: root.id, outcome });
      const prediction = await predict(subject, root);
      judgements[index] = judge({ subject: subject.id, root: root.id, outcome, prediction });
      done += 1;
      if (done % 50 === 0) say(`${String(done)} of ${String(pairs.length)} pairs`);
    }
  };
  await Promise.all(Array.from({ length: parallelRuns }, work));
  return judgements;
}

function isWanted(id: string, wanted: readonly string[]): boolean {
  return wanted.length === 0 || wanted.includes(id);
}

function refuse(reason: string): number {
  say(`Cannot run the truth harness: ${reason}`);
  return 3;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof TypeError ? 2 : 3;
}
