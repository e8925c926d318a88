import {
  expandRepoVariables,
  parseIni,
  parseIniBoolean,
  parseRepoFile,
  type RepoSection,
} from "../../formats/rpm/repo-file.ts";
import type { RecordProblem } from "../../formats/record-problem.ts";
import type { Rootfs } from "../../image/rootfs.ts";
import type { Failure } from "../../model/failure.ts";

/** One repository that is enabled, with all variables replaced. */
export interface YumRepository {
  readonly id: string;
  /** For people; the id where it has no name. */
  readonly name: string;
  readonly baseUrls: readonly string[];
  readonly mirrorList: string | null;
  readonly metalink: string | null;
  /** Its index has to be signed by one of the keys. */
  readonly checksIndex: boolean;
  readonly keyUrls: readonly string[];
  readonly priority: number;
  /** Names with wildcards. */
  readonly excludes: readonly string[];
  readonly includes: readonly string[];
}

/** What a base says about where its packages come from. */
export interface YumConfig {
  /** In the order of their files and places in them. */
  readonly repositories: readonly YumRepository[];
  /** Source: dnf.conf(5), `best`; on where Red Hat's, Fedora's and their likes' own file says so. */
  readonly isBestWanted: boolean;
  /** Streams of modules that were chosen, `module:stream`, sorted. */
  readonly streams: readonly string[];
  /** Lines that could not be read. */
  readonly problems: readonly Failure[];
}

const reposFolder = "/etc/yum.repos.d";
const mainFiles = ["/etc/dnf/dnf.conf", "/etc/yum.conf"];
/** The later ones win. Source: libdnf conf/Const.hpp, VARS_DIRS. */
const variableFolders = ["/etc/yum/vars", "/etc/dnf/vars"];

/** Reads the settings of dnf and yum. `given` are `releasever`, `basearch` and `arch`; files of the base come before them. */
export function readYumConfig(rootfs: Rootfs, given: ReadonlyMap<string, string>): YumConfig {
  const problems: Failure[] = [];
  const note = (what: string, found: readonly RecordProblem[]): void => {
    problems.push(...found.map((one): Failure => ({ ...one, what, where: null })));
  };
  const main = readMain(rootfs, note);
  const variables = new Map([...given, ...readVariables(rootfs)]);
  const sections = new Map<string, RepoSection>();
  for (const name of rootfs.names(reposFolder).filter((one) => one.endsWith(".repo"))) {
    const text = readText(rootfs, `${reposFolder}/${name}`);
    if (text === null) continue;
    const { records, problems: found } = parseRepoFile(text);
    note(`${reposFolder}/${name}`, found);
    for (const section of records) sections.set(section.id, section);
  }
  const repositories = [...sections.values()]
    .filter(({ isEnabled }) => isEnabled)
    .map((section) => toRepository(section, main, variables));
  const isBestWanted = parseIniBoolean(main.get("best")) ?? false;
  return { repositories, isBestWanted, streams: readStreams(rootfs, note), problems };
}

type Note = (what: string, problems: readonly RecordProblem[]) => void;

function readMain(rootfs: Rootfs, note: Note): ReadonlyMap<string, string> {
  for (const path of mainFiles) {
    const text = readText(rootfs, path);
    if (text === null) continue;
    const { records, problems } = parseIni(text);
    note(path, problems);
    return records.find(({ name }) => name === "main")?.values ?? new Map<string, string>();
  }
  return new Map();
}

const modulesFolder = "/etc/dnf/modules.d";

/** Source: libdnf module/ModulePackageContainer.cpp: a section for each module, with its stream and state. */
function readStreams(rootfs: Rootfs, note: Note): readonly string[] {
  const files = rootfs.names(modulesFolder).filter((name) => name.endsWith(".module"));
  const streams = files.flatMap((name) => {
    const { records, problems } = parseIni(readText(rootfs, `${modulesFolder}/${name}`) ?? "");
    note(`${modulesFolder}/${name}`, problems);
    const enabled = records.filter(({ values }) => values.get("state") === "enabled");
    return enabled.map((module) => `${module.name}:${module.values.get("stream") ?? ""}`);
  });
  return streams.toSorted();
}

/** Each file is a variable by its name, its first line the value. */
function readVariables(rootfs: Rootfs): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const folder of variableFolders) {
    for (const name of rootfs.names(folder)) {
      const text = readText(rootfs, `${folder}/${name}`);
      if (text !== null) found.set(name.toLowerCase(), text.split(/\r?\n/, 1)[0]?.trim() ?? "");
    }
  }
  return found;
}

/** Null where there is no such file. */
export function readText(rootfs: Rootfs, path: string): string | null {
  const resolved = rootfs.resolve(path);
  return resolved.kind === "found" ? rootfs.text(resolved.path) : null;
}

function toRepository(
  section: RepoSection,
  main: ReadonlyMap<string, string>,
  variables: ReadonlyMap<string, string>,
): YumRepository {
  const expand = (text: string): string => expandRepoVariables(text, variables);
  const excluded = [main.get("exclude") ?? "", main.get("excludepkgs") ?? ""]
    .flatMap((value) => value.split(/[\s,]+/))
    .filter((name) => name !== "");
  return {
    id: expand(section.id),
    name: expand(section.name) || section.id,
    baseUrls: section.baseUrls.map(expand),
    mirrorList: section.mirrorList === null ? null : expand(section.mirrorList),
    metalink: section.metalink === null ? null : expand(section.metalink),
    checksIndex: section.checksIndex ?? parseIniBoolean(main.get("repo_gpgcheck")) ?? false,
    keyUrls: section.keyUrls.map(expand),
    priority: section.priority,
    excludes: [...section.excludes, ...excluded],
    includes: section.includes,
  };
}
