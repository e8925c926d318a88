import type { Candidate } from "../../../src/model/answer.ts";
import { launcherRevision, runSubject } from "../../truth/run.ts";
import type { Outcome } from "../../truth/outcome.ts";
import type { Root } from "../../truth/roots.ts";
import type { CopyBench } from "./built-copy.ts";
import type { Drawn } from "./draw-packages.ts";
import type { HeldRecipe, Reality } from "./held-recipe.ts";
import type { Observations } from "./kept.ts";
import type { Predictor } from "./predict-recipe.ts";
import { installReally } from "./real-install.ts";
import type { OpenRelease } from "./releases.ts";

/** Packages of a recipe that is tried: bigger ones take a minute each. */
export const maxTried = 120;

/** What recipes are held with. */
export interface Tools {
  readonly predictor: Predictor;
  readonly observations: Observations;
  /** Folder of launch.c's program. */
  readonly launcher: string;
  /** Started when the first copy is built. */
  readonly bench: () => Promise<CopyBench>;
}

export interface HoldRequest {
  readonly release: OpenRelease;
  readonly drawn: Drawn;
  /** Whether its copy on distroless is built too, where there is one. */
  readonly isCopied: boolean;
}

/** The program on Debian slim and on distroless cc of the release: asked, then tried. */
export async function holdRecipe(
  request: HoldRequest,
  tools: Tools,
): Promise<readonly HeldRecipe[]> {
  const { release, drawn } = request;
  const bases = [release.slimReference, release.ccReference];
  const { candidates, failures } = await tools.predictor.check(drawn.subject, bases);
  const [slim, cc] = candidates;
  if (slim === undefined || cc === undefined) throw new RangeError(drawn.subject.id);
  const onSlim = await startIn(release.slim, request, tools);
  const onCc = await startIn(release.cc, request, tools);
  const unreadContents = failures.some((one) => /\/Contents-/.test(one.what));
  const common = { subject: drawn.subject.id, package: drawn.package, unreadContents };
  return [
    {
      ...common,
      base: `${release.title} slim`,
      candidate: slim,
      asIs: onSlim,
      reality: await install(slim, request, tools),
    },
    {
      ...common,
      base: `${release.title} distroless cc`,
      candidate: cc,
      asIs: onCc,
      reality: await copy(cc, request, tools),
    },
  ];
}

async function startIn(
  root: Root,
  { drawn: { subject }, release }: HoldRequest,
  { observations, launcher }: Tools,
): Promise<Outcome> {
  const key = ["start", subject.fingerprint, root.id, release.codename, launcherRevision];
  return observations.get(key, () => runSubject(subject, root, launcher));
}

async function install(
  candidate: Candidate,
  { release, drawn }: HoldRequest,
  { observations, launcher }: Tools,
): Promise<Reality> {
  const { recipe } = candidate;
  if (recipe === null && candidate.asIs !== "fails") return { kind: "none" };
  if (recipe !== null && recipe.packages.length > maxTried) return { kind: "not-tried" };
  const { subject } = drawn;
  const names = recipe === null ? [drawn.package] : (recipe.packageStep?.asked ?? []);
  const { stamp } = release;
  const wanted = [names, recipe?.copies ?? [], recipe?.env ?? {}];
  const key = ["install", subject.fingerprint, stamp, launcherRevision, wanted];
  const request = { release, subject, launcher, names, recipe };
  const done = await observations.get(key, () => installReally(request));
  return { kind: recipe === null ? "by-apt" : "installed", done };
}

async function copy(
  candidate: Candidate,
  { release, drawn, isCopied }: HoldRequest,
  { observations, launcher, predictor, bench }: Tools,
): Promise<Reality> {
  if (candidate.recipe === null) return { kind: "none" };
  if (!isCopied || candidate.recipe.packages.length > maxTried) return { kind: "not-tried" };
  const { subject } = drawn;
  const dockerfile = await predictor.dockerfile(subject, release.ccReference);
  if (dockerfile === null) throw new Error(`${subject.id}: a recipe without a Dockerfile`);
  const key = ["copy", subject.fingerprint, release.stamp, launcherRevision, dockerfile];
  const done = await observations.get(key, async () =>
    (await bench()).build({ subject, dockerfile }, { release, launcher }),
  );
  return { kind: "copied", done };
}
