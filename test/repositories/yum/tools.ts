import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  openRepositoryAccess,
  type OpenedAccess,
} from "../../../src/repositories/fetch/open-access.ts";
import type { Rootfs } from "../../../src/image/rootfs.ts";
import { memoryRootfs, type MemoryFile } from "../../memory-rootfs.ts";
import { makeRpms } from "../../rpm-tool.ts";

const hasTool = (command: string, ...args: readonly string[]): boolean =>
  spawnSync(command, args).status === 0;

/** dnf is a module of the system's own Python. */
const python = "/usr/bin/python3";

/** Why dnf cannot be asked; empty where it can. */
export const withoutDnf = hasTool(python, "-c", "import dnf") ? "" : " (skipped: no dnf)";

/** Why no repository can be made of packages; empty where it can. */
export const withoutCreaterepo =
  hasTool("createrepo_c", "--version") && hasTool("rpmbuild", "--version") && hasTool("gcc", "-v")
    ? ""
    : " (skipped: no createrepo_c, rpmbuild or gcc)";

const specFile = join(import.meta.dirname, "packages.spec");

/** Builds the packages of `packages.spec` for x86_64; their files, sorted by path. `defines`: as rpmbuild takes them. */
export function buildPackages(folder: string, defines: readonly string[] = []): readonly string[] {
  const lines = defines.map((define) => `%define ${define}\n`).join("");
  return makeRpms(folder, lines + readFileSync(specFile, "utf8"));
}

/** Makes a repository of the packages that are in the folder. */
export function indexPackages(folder: string, args: readonly string[] = []): void {
  const ended = spawnSync("createrepo_c", ["--quiet", ...args, folder], { encoding: "utf8" });
  if (ended.status !== 0) throw new Error(`createrepo_c: ${ended.stderr}`);
}

/** What dnf would do for one set of names, packages as `name-[epoch:]version-release.arch`, sorted. */
export interface DnfAnswer {
  readonly install: readonly string[];
  readonly remove: readonly string[];
  readonly problem: string | null;
}

export interface DnfQuestion {
  readonly arch: string;
  /** Addresses. */
  readonly repositories: readonly string[];
  readonly sets: readonly (readonly string[])[];
  /** A folder with a database as `.rpmdb`; an empty system when absent. */
  readonly root?: string;
  readonly best?: boolean;
}

/** Asks dnf itself, which is started once. */
export function askDnf(question: DnfQuestion): readonly DnfAnswer[] {
  const script = join(import.meta.dirname, "resolve.py");
  const ended = spawnSync(python, [script], {
    input: JSON.stringify(question),
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (ended.status !== 0) throw new Error(`dnf: ${ended.stderr}`);
  const answers: unknown = JSON.parse(ended.stdout);
  if (!Array.isArray(answers)) throw new Error("dnf: no answers");
  return answers.map(toAnswer);
}

function toAnswer(value: unknown): DnfAnswer {
  if (typeof value !== "object" || value === null) throw new Error("dnf: no answer");
  const fields = new Map<string, unknown>(Object.entries(value));
  const list = (name: string): readonly string[] => {
    const found = fields.get(name);
    return Array.isArray(found) ? found.map(String).toSorted() : [];
  };
  const problem = fields.get("problem");
  const text = typeof problem === "string" ? problem : null;
  return { install: list("install"), remove: list("remove"), problem: text };
}

/** A base of the rpm family with this `.repo` file and these further files. */
export function yumRootfs(repo: string, files: Readonly<Record<string, MemoryFile>> = {}): Rootfs {
  return memoryRootfs({
    "/etc/os-release": 'ID=fedora\nVERSION_ID=41\nPRETTY_NAME="Fedora Linux 41"\n',
    "/etc/yum.repos.d/test.repo": repo,
    ...files,
  });
}

export interface AccessChoices {
  readonly cacheFolder?: string | null;
  readonly isOffline?: boolean;
  readonly now?: () => Date;
}

/** Access for one run below the folder; nothing is waited for between tries. */
export function testAccess(folder: string, choices: AccessChoices = {}): OpenedAccess {
  const { cacheFolder = null, isOffline = false, now = () => new Date() } = choices;
  const temporaryFolder = join(folder, "run");
  mkdirSync(temporaryFolder, { recursive: true });
  const clock = { now: () => now().getTime(), sleep: () => Promise.resolve(), random: () => 0 };
  return openRepositoryAccess({
    ...{ cacheFolder, isOffline, now, temporaryFolder, clock },
    env: {},
    userAgent: "fromage/test",
    authorities: [],
  });
}
