import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why rpm itself cannot be asked; empty where it can. */
export const withoutRpm =
  spawnSync("rpmbuild", ["--version"]).status === 0 ? "" : " (skipped: no rpm, no rpmbuild)";

/** What rpm says about one package; lists in its order, `rpmlib(…)` left out. */
export interface RpmAnswer {
  readonly name: string;
  readonly version: string;
  readonly architecture: string | null;
  readonly sourceRpm: string | null;
  readonly installedBytes: number | undefined;
  readonly files: readonly string[];
  readonly depends: readonly string[];
  readonly provides: readonly string[];
  readonly conflicts: readonly string[];
  readonly replaces: readonly string[];
}

const head = ["NAME", "EPOCH", "VERSION", "RELEASE", "ARCH", "SOURCERPM", "LONGSIZE"];
const lists = {
  F: "FILENAMES",
  R: "REQUIRENEVRS",
  P: "PROVIDENEVRS",
  C: "CONFLICTNEVRS",
  O: "OBSOLETENEVRS",
} as const;
const queryFormat = [
  `N\\t${head.map((tag) => `%{${tag}}`).join("\\t")}\\n`,
  ...Object.entries(lists).map(([letter, tag]) => `[${letter}\\t%{${tag}}\\n]`),
].join("");

/** Asks rpm about every package of a database folder, public keys left out; sorted by name and version. */
export function askRpm(folder: string, backend: string): readonly RpmAnswer[] {
  const args = ["--dbpath", folder, "--define", `_db_backend ${backend}`, "-qa"];
  const ended = spawnSync("rpm", [...args, "--qf", queryFormat], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (ended.status !== 0) throw new Error(ended.stderr);
  const packages = ended.stdout.split(/^N\t/m).slice(1).map(toAnswer);
  return sortAnswers(packages.filter(({ name }) => name !== "gpg-pubkey"));
}

/** In an order that does not depend on the database. */
export function sortAnswers(answers: readonly RpmAnswer[]): readonly RpmAnswer[] {
  const key = ({ name, version, architecture }: RpmAnswer): string =>
    `${name} ${version} ${architecture}`;
  return answers.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

function toAnswer(text: string): RpmAnswer {
  const [first = "", ...lines] = text.split("\n");
  const values = first.split("\t").map((value) => (value === "(none)" ? null : value));
  const [name, epoch, version, release, architecture, sourceRpm, size] = values;
  const list = (letter: keyof typeof lists): readonly string[] =>
    lines.filter((line) => line.startsWith(`${letter}\t`)).map((line) => line.slice(2));
  return {
    name: name ?? "",
    version: `${(epoch ?? null) === null ? "" : `${epoch}:`}${version}-${release}`,
    architecture: architecture ?? null,
    sourceRpm: sourceRpm ?? null,
    installedBytes: size ? Number(size) : undefined,
    files: list("F"),
    depends: list("R").filter((line) => !line.startsWith("rpmlib(")),
    provides: list("P"),
    conflicts: list("C"),
    replaces: list("O"),
  };
}

/** Builds the packages of a spec and puts them into a new SQLite database, whose folder comes back. */
export function buildRpmDatabase(folder: string, spec: string): string {
  const database = join(folder, "db");
  installRpms(database, makeRpms(folder, spec));
  return database;
}

/** Builds the packages of a spec; their files, sorted by path. */
export function makeRpms(folder: string, spec: string): readonly string[] {
  const file = join(folder, "made.spec");
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, spec);
  run("rpmbuild", ["-bb", "--define", `_topdir ${folder}/top`, file]);
  return readdirSync(join(folder, "top/RPMS"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".rpm"))
    .map((name) => join(folder, "top/RPMS", name))
    .toSorted();
}

/** Puts packages into a database, and nothing else of them anywhere. */
export function installRpms(database: string, rpms: readonly string[]): void {
  const options = ["--force-debian", "--justdb", "--nodeps", "--noscripts", "--ignorearch"];
  run("rpm", ["-U", ...options, "--dbpath", database, ...rpms]);
}

function run(command: string, args: readonly string[]): void {
  const ended = spawnSync(command, args, { encoding: "utf8" });
  if (ended.status !== 0) throw new Error(`${command}: ${ended.stderr}`);
}

/** Calls `use` with a new folder and removes it. */
export function withFolder<Value>(use: (folder: string) => Value): Value {
  const folder = mkdtempSync(join(tmpdir(), "fromage-rpm-"));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The packages of a database file written into a folder of its own, as rpm sees them. */
export function askRpmAbout(
  bytes: Uint8Array,
  name: string,
  backend: string,
): readonly RpmAnswer[] {
  return withFolder((folder) => {
    writeFileSync(join(folder, name), bytes);
    if (backend === "sqlite") run("rpm", ["--dbpath", folder, "--initdb"]);
    return askRpm(folder, backend);
  });
}

/** The bytes of the SQLite database in a folder of rpm. */
export function readRpmDatabase(folder: string): Buffer {
  return readFileSync(join(folder, "rpmdb.sqlite"));
}
