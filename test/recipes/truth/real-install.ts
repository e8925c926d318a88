import { cpSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Recipe } from "../../../src/model/answer.ts";
import type { Outcome } from "../../truth/outcome.ts";
import { runSubject } from "../../truth/run.ts";
import type { Subject } from "../../truth/subject.ts";
import { onOverlay, runInside, Turns } from "./inside.ts";
import type { OpenRelease } from "./releases.ts";

/** What apt did, and what the start came to afterwards. */
export interface RealInstall {
  /** Null when apt gave up. */
  readonly outcome: Outcome | null;
  /** `NAME VERSION` of what is there now and was not before, sorted. */
  readonly added: readonly string[];
  /** `NAME VERSION` of what was there before and is not now, sorted. */
  readonly gone: readonly string[];
  /** What apt said when it gave up; empty else. */
  readonly refusal: string;
}

export interface InstallRequest {
  readonly release: OpenRelease;
  readonly subject: Subject;
  readonly launcher: string;
  /** Names that apt is asked for. */
  readonly names: readonly string[];
  /** Null: nothing is copied, no environment is set. */
  readonly recipe: Pick<Recipe, "copies" | "env"> | null;
}

/** Turns of apt: two would write the same file of a package. */
const downloads = new Turns();

const options = [
  ...["-y", "-q", "--no-install-recommends", "-o", "APT::Keep-Downloaded-Packages=true"],
  // What is written is thrown away, and each root has its own dpkg database.
  ...["-o", "Dpkg::Options::=--force-unsafe-io", "-o", "Debug::NoLocking=1"],
  ...["-o", "Dpkg::Use-Pty=0", "-o", "APT::Sandbox::User=root"],
];

/** Installs into a fresh copy of Debian slim with its own apt, does the copies of the recipe, and starts the program there. */
export async function installReally(request: InstallRequest): Promise<RealInstall> {
  const { release, subject, launcher, names, recipe } = request;
  return onOverlay(release.slim.folder, async (root) => {
    const inside = async (...command: readonly string[]): Promise<string> =>
      (await runInside(root, release.archives, command)).stdout;
    const list = async (): Promise<readonly string[]> =>
      (await inside("dpkg-query", "-W", "-f", "${Package} ${Version}\n")).trim().split("\n");
    const before = await list();
    try {
      if (names.length > 0) {
        await downloads.take(release.codename, () =>
          inside("apt-get", "install", "-d", ...options, ...names),
        );
        await inside("apt-get", "install", ...options, ...names);
      }
    } catch (error) {
      const refusal = error instanceof Error ? error.message : String(error);
      return { outcome: null, added: [], gone: [], refusal };
    }
    const after = await list();
    copyInto(root, subject, recipe?.copies ?? []);
    const environment = { ...subject.environment, ...recipe?.env };
    const outcome = await runSubject(
      { ...subject, environment },
      { ...release.slim, folder: root },
      launcher,
    );
    return { outcome, added: except(after, before), gone: except(before, after), refusal: "" };
  });
}

/** Files of /app that the recipe puts elsewhere too. */
function copyInto(root: string, subject: Subject, copies: Recipe["copies"]): void {
  for (const { from, to } of copies) {
    const source = join(subject.folder, from.replace(/^\/app\//, ""));
    const target = join(root, to);
    if (existsSync(target)) continue;
    mkdirSync(dirname(target), { recursive: true });
    cpSync(source, target, { dereference: true });
  }
}

function except(some: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others);
  return some.filter((one) => !known.has(one)).toSorted();
}
