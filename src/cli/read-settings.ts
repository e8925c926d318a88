import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { clean } from "../report/clean.ts";
import type { RegistriesSettings, Settings } from "../settings/settings.ts";
import { UsageError } from "./arguments.ts";
import type { CliIo } from "./io.ts";

/** What the settings files of a run say together; paths are absolute. */
export interface RunSettings extends Settings {
  /** The files, the one that wins last. */
  readonly files: readonly string[];
  /**
   * Registries that only the file of a project makes insecure. Whoever wrote that file is not the user: their credentials
   * are not sent there without TLS.
   */
  readonly insecureByProject: readonly string[];
}

export const noSettings: RunSettings = { files: [], insecureByProject: [] };

/** Why settings cannot be used: one line for each problem. */
export class SettingsError extends Error {}

const fileName = "fromage.yaml";

/**
 * `--config FILE` alone where it is given, else the user's own file and over it the project's: the nearest `fromage.yaml` from
 * the working folder up to the repository's top. Throws UsageError and SettingsError.
 */
export async function readSettings(args: readonly string[], io: CliIo): Promise<RunSettings> {
  const named = namedFile(args);
  if (named !== null) {
    const file = resolve(io.cwd, named);
    if (!existsSync(file))
      throw new UsageError(`--config is ${JSON.stringify(named)}: no such file`);
    return readFiles([{ file, isProject: false }]);
  }
  const user = userFile(io);
  const project = findProjectFile(io.cwd);
  const files = [
    ...(existsSync(user) ? [{ file: user, isProject: false }] : []),
    ...(project === null ? [] : [{ file: project, isProject: true }]),
  ];
  return files.length === 0 ? noSettings : readFiles(files);
}

/** Before the command's own options are known: `--config` means the same in every command. */
function namedFile(args: readonly string[]): string | null {
  const end = args.indexOf("--");
  const options = end < 0 ? args : args.slice(0, end);
  const at = options.findLastIndex((one) => one === "--config" || one.startsWith("--config="));
  const option = options[at];
  if (option === undefined) return null;
  const value = option === "--config" ? options[at + 1] : option.slice("--config=".length);
  if (value === undefined || value === "") throw new UsageError("--config names no file");
  return value;
}

/** The arguments without `--config`, which every command takes. */
export function withoutConfig(args: readonly string[]): readonly string[] {
  const end = args.indexOf("--");
  const isOption = (at: number): boolean => end < 0 || at < end;
  return args.filter(
    (one, at) =>
      !isOption(at) ||
      (one !== "--config" && !one.startsWith("--config=") && args[at - 1] !== "--config"),
  );
}

/** Source: XDG Base Directory Specification 0.8. */
function userFile({ env }: CliIo): string {
  const xdg = env["XDG_CONFIG_HOME"];
  const folder = xdg?.startsWith("/") ? xdg : join(env["HOME"] || homedir(), ".config");
  return join(folder, "fromage", fileName);
}

/** Outside a repository only the working folder itself is looked at: a file of a parent may be anybody's. */
function findProjectFile(cwd: string): string | null {
  const folders: string[] = [];
  for (let folder = cwd; ; folder = dirname(folder)) {
    folders.push(folder);
    if (existsSync(join(folder, ".git"))) break;
    if (dirname(folder) === folder) {
      folders.splice(1);
      break;
    }
  }
  const found = folders.find((folder) => existsSync(join(folder, fileName)));
  return found === undefined ? null : join(found, fileName);
}

interface SettingsFile {
  readonly file: string;
  readonly isProject: boolean;
}

async function readFiles(files: readonly SettingsFile[]): Promise<RunSettings> {
  const { parseSettings } = await import("../settings/parse-settings.ts");
  let whole: RunSettings = noSettings;
  for (const { file, isProject } of files) {
    const { settings, problems } = parseSettings(readText(file));
    if (settings === null) {
      const lines = problems.map(
        ({ line, column, reason }) =>
          `Cannot use ${clean(file, 200)}, line ${line}, column ${column}: ${clean(reason, 300)}`,
      );
      throw new SettingsError(lines.join("\n"));
    }
    whole = joinSettings(whole, withFolder(settings, dirname(file)), { file, isProject });
  }
  return whole;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    throw new SettingsError(`Cannot read ${clean(file, 200)}: ${code || String(error)}`);
  }
}

/** Relative paths of a file start from its folder. */
function withFolder(settings: Settings, folder: string): Settings {
  const { cache, registries } = settings;
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(folder, path));
  const authorities = registries?.authorities?.map(absolute);
  return {
    ...settings,
    ...(cache?.folder === undefined ? {} : { cache: { ...cache, folder: absolute(cache.folder) } }),
    ...(authorities === undefined ? {} : { registries: { ...registries, authorities } }),
  };
}

/** The second wins where both say something; registries of both are known. */
function joinSettings(
  first: RunSettings,
  second: Settings,
  { file, isProject }: SettingsFile,
): RunSettings {
  const own = new Set(first.registries?.insecure);
  const added = (second.registries?.insecure ?? []).filter((host) => !own.has(host));
  return {
    ...first,
    ...second,
    cache: { ...first.cache, ...second.cache },
    registries: joinRegistries(first.registries ?? {}, second.registries ?? {}),
    packages: { mirrors: { ...first.packages?.mirrors, ...second.packages?.mirrors } },
    files: [...first.files, file],
    insecureByProject: isProject ? [...first.insecureByProject, ...added] : first.insecureByProject,
  };
}

function joinRegistries(a: RegistriesSettings, b: RegistriesSettings): RegistriesSettings {
  return {
    mirrors: { ...a.mirrors, ...b.mirrors },
    insecure: [...(a.insecure ?? []), ...(b.insecure ?? [])],
    authorities: [...(a.authorities ?? []), ...(b.authorities ?? [])],
  };
}
