import type { PackageStep } from "../model/answer.ts";
import type { Digest } from "../model/digest.ts";
import { commentText as comment } from "./comment-text.ts";
import { copyWords, directoryWord, envPair, isImageName, jsonWords } from "./escape.ts";
import type { ChosenUser } from "./choose-user.ts";
import { packageStages } from "./package-stages.ts";
import type { PackageBase, PackageLines } from "./packages/package-base.ts";
import { stageNames, type StageNames } from "./stage-names.ts";

/** One file or folder that goes into the result. A folder's contents go, as COPY does it. */
export interface DockerfileCopy {
  /** Absolute in an image, relative to the build context else. */
  readonly from: string;
  /** Absolute. */
  readonly to: string;
  readonly isDirectory: boolean;
  /** `uid:gid` where it must not be root's; null else. */
  readonly owner: string | null;
  /** Octal, where the source lacks the executable bit; null else. It takes a builder that knows --chmod. */
  readonly modeOctal: string | null;
}

export interface DockerfileInput {
  readonly base: {
    /** As FROM names it; null for what has no name in a registry. */
    readonly reference: string | null;
    /** Of the publisher's image; null where it is not known, and then it is not pinned. */
    readonly digest: Digest | null;
    /** The check rests on other bytes: said in a comment, and never pinned. */
    readonly isStandIn: boolean;
    readonly hasEntrypoint: boolean;
    /** `NAME=value` of its config: what is the same is not set again. */
    readonly env: readonly string[];
    /** Empty means `/`. */
    readonly workingDirectory: string;
  };
  readonly platform: string;
  /** Where the files come from: an image by the name that a builder knows (null: none), or the build context. */
  readonly target:
    { readonly kind: "image"; readonly reference: string | null } | { readonly kind: "context" };
  /**
   * Packages that the base lacks; null where none are added. `packageProblems` has said that they can be brought that
   * way: what it speaks against is a bug here.
   */
  readonly packages: { readonly step: PackageStep; readonly base: PackageBase } | null;
  readonly app: readonly DockerfileCopy[];
  /** Libraries that the base lacks. */
  readonly libraries: readonly DockerfileCopy[];
  /** `NAME=value`, later ones win. */
  readonly env: readonly string[];
  /** Absolute; null takes the base's. */
  readonly workingDirectory: string | null;
  readonly user: ChosenUser;
  /** Null: none. */
  readonly entrypoint: readonly string[] | null;
  readonly cmd: readonly string[] | null;
}

/** Most sources in one COPY. */
const maxSources = 30;

/**
 * The Dockerfile that puts the app on its new base: a stage for the image that it comes from, the base, copies,
 * environment, user and what is started. No name in it can end its line. Builders without BuildKit take it, but for
 * --chmod. Ends in a line end.
 */
export function generateDockerfile(input: DockerfileInput): string {
  const { base, target, platform, app, libraries } = input;
  const stages = stageNamesOf(input);
  const packages = packageLines(input, stages);
  const bottom = baseLines(base, platform);
  const isStaged = packages?.needsBaseStage === true;
  const from = target.kind === "image" ? `--from=${stages.app} ` : "";
  const blocks = [
    [
      `# The base was chosen by fromage for ${comment(platform)}.`,
      ...argumentLines(input),
      ...(packages?.args ?? []),
    ],
    target.kind === "image" ? [`FROM ${sourceName(target.reference)} AS ${stages.app}`] : [],
    isStaged ? [...bottom.slice(0, -1), `${bottom.at(-1) ?? ""} AS ${stages.base}`] : [],
    packages?.stage ?? [],
    isStaged ? [`FROM ${stages.base}`] : bottom,
    packages?.final ?? [],
    copyLines(app, from),
    libraries.length === 0
      ? []
      : ["# Libraries that the base lacks.", ...copyLines(libraries, from)],
    envLines(input),
    directoryLines(input),
    userLines(input, packages?.endsAsRoot === true),
    startLines(input),
  ];
  const texts = blocks.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return `${texts.join("\n\n")}\n`;
}

function stageNamesOf({ base, target, packages }: DockerfileInput): StageNames {
  const named = target.kind === "image" ? target.reference : null;
  return stageNames([base.reference, named, packages?.step.builder?.reference ?? null]);
}

/** Throws for packages that cannot be brought: whoever made the recipe asked first. */
function packageLines({ packages }: DockerfileInput, stages: StageNames): PackageLines | null {
  if (packages === null) return null;
  const names = { stage: stages.packages, baseStage: stages.base };
  const made = packageStages({ ...packages, ...names, pinVersions: false });
  if (made.ok) return made.value;
  throw new TypeError(`Cannot write package lines: ${JSON.stringify(made.failure)}`);
}

/** After a package manager worked as root the base's own user has to be named again. */
function userLines({ user, packages }: DockerfileInput, isRoot: boolean): readonly string[] {
  const why = `# User: ${comment(user.why)}.`;
  if (user.user !== null) return [why, `USER ${user.user}`];
  if (!isRoot) return [why];
  const own = packages?.base.user ?? "";
  if (/^[A-Za-z0-9_.:-]+$/.test(own)) return [why, `USER ${own}`];
  return [
    "# A Dockerfile cannot name the base's own user; this one has no rights.",
    "USER 65532:65532",
  ];
}

/** Names that only the user knows come as build arguments; without them the build stops at once. */
function argumentLines({ base, target }: DockerfileInput): readonly string[] {
  const lines: string[] = [];
  if (target.kind === "image" && !isNamed(target.reference)) {
    lines.push("# Build with --build-arg APP_IMAGE=NAME, the image that the app is in.");
    lines.push("ARG APP_IMAGE");
  }
  if (!isNamed(base.reference)) {
    lines.push("# Build with --build-arg BASE_IMAGE=NAME: the base has no name in a registry.");
    lines.push("ARG BASE_IMAGE");
  }
  return lines;
}

function isNamed(reference: string | null): reference is string {
  return reference !== null && isImageName(reference);
}

function sourceName(reference: string | null): string {
  return isNamed(reference) ? reference : "${APP_IMAGE}";
}

function baseLines(
  { reference, digest, isStandIn }: DockerfileInput["base"],
  platform: string,
): readonly string[] {
  if (!isNamed(reference)) return ["FROM ${BASE_IMAGE}"];
  const isPinned = digest !== null && !isStandIn && !reference.includes("@");
  return [
    ...(isStandIn
      ? ["# Checked on a stand-in with the same packages, not on these bytes: not pinned."]
      : isPinned && reference !== "scratch"
        ? [`# Pinned to what was checked, for ${comment(platform)}.`]
        : []),
    isPinned && reference !== "scratch" ? `FROM ${reference}@${digest}` : `FROM ${reference}`,
  ];
}

function copyLines(copies: readonly DockerfileCopy[], from: string): readonly string[] {
  return groupCopies(copies).map(({ sources, to, owner, modeOctal }) => {
    const isOwner = owner !== null && /^\d+(?::\d+)?$/.test(owner) && !/^0(?::0)?$/.test(owner);
    const isMode = modeOctal !== null && /^[0-7]{3,4}$/.test(modeOctal);
    const flags = `${isOwner ? `--chown=${owner} ` : ""}${isMode ? `--chmod=${modeOctal} ` : ""}`;
    return `COPY ${from}${flags}${copyWords(sources, to)}`;
  });
}

interface CopyGroup extends Pick<DockerfileCopy, "to" | "owner" | "modeOctal"> {
  readonly sources: string[];
}

/** Files that keep their name and go into one folder share a line; order is that of the first of each. */
function groupCopies(copies: readonly DockerfileCopy[]): readonly CopyGroup[] {
  const groups: CopyGroup[] = [];
  const open = new Map<string, CopyGroup>();
  for (const { from, to, isDirectory, owner, modeOctal } of copies) {
    const at = to.lastIndexOf("/") + 1;
    const keepsName = from.slice(from.lastIndexOf("/") + 1) === to.slice(at);
    const folder = to.slice(0, at);
    const key = JSON.stringify([folder, owner, modeOctal]);
    const known = keepsName && !isDirectory ? open.get(key) : undefined;
    if (known !== undefined && known.sources.length < maxSources) {
      known.sources.push(from);
      continue;
    }
    const group: CopyGroup = { sources: [from], to, owner, modeOctal };
    groups.push(group);
    if (keepsName && !isDirectory) open.set(key, group);
  }
  return groups.map((group) =>
    group.sources.length === 1
      ? group
      : { ...group, to: group.to.slice(0, group.to.lastIndexOf("/") + 1) },
  );
}

function envLines({ env, base }: DockerfileInput): readonly string[] {
  const present = toMap(base.env);
  const lines: string[] = [];
  for (const [name, value] of toMap(env)) {
    if (present.get(name) === value) continue;
    const pair = envPair(name, value);
    lines.push(
      pair === null
        ? `# Left out: a Dockerfile cannot set ${comment(name)} to its value or by that name.`
        : `ENV ${pair}`,
    );
  }
  return lines;
}

function toMap(env: readonly string[]): ReadonlyMap<string, string> {
  const pairs = env.map((line): [string, string] => {
    const at = line.indexOf("=");
    return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
  });
  return new Map(pairs);
}

function directoryLines({ workingDirectory, base }: DockerfileInput): readonly string[] {
  if (workingDirectory === null) return [];
  if (workingDirectory === (base.workingDirectory || "/")) return [];
  const word = directoryWord(workingDirectory);
  return word === null
    ? [`# Left out: a Dockerfile cannot name the working directory ${comment(workingDirectory)}.`]
    : [`WORKDIR ${word}`];
}

/** An entrypoint of the base would run before a CMD alone. */
function startLines({ entrypoint, cmd, base }: DockerfileInput): readonly string[] {
  const isReset = entrypoint === null && base.hasEntrypoint;
  return [
    ...(entrypoint === null ? [] : [`ENTRYPOINT ${jsonWords(entrypoint)}`]),
    ...(isReset ? ["ENTRYPOINT []"] : []),
    ...(cmd === null ? [] : [`CMD ${jsonWords(cmd)}`]),
  ];
}
