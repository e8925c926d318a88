import type { Result } from "../../model/failure.ts";

/** Where settings of this machine and user are read from: a seam, so that rules are tested on files that tests write. Paths are absolute. */
export interface Machine {
  readonly env: Environment;
  /** The user's folder, absolute. */
  readonly home: string;
  /** Number of the user; null where users have none (Windows). */
  readonly userId: number | null;
  /** Whether anything is there: a file, a folder, a socket. */
  exists(path: string): boolean;
  /** Null when nothing is there. `denied`, `unreachable`, `over-limit` (1 MiB), `malformed` (no regular file, not UTF-8). */
  readText(path: string): Result<MachineFile | null>;
  /** Names in a folder in the order of their bytes; null when there is no such folder. Failures as above; 4096 names at most. */
  list(folder: string): Result<readonly string[] | null>;
}

/** The environment of the process. An empty text is as good as none everywhere here. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface MachineFile {
  readonly text: string;
  /** Permission bits as stat(2) has them, the lower nine; null where there are none. */
  readonly mode: number | null;
}

/** `~/.docker/config.json`: a path as people write it. */
export function showPath(path: string, { home }: Machine): string {
  return home !== "" && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

/** `$XDG_CONFIG_HOME`, `~/.config` by default. Source: XDG Base Directory Specification 0.8, relative paths do not count. */
export function configFolder({ env, home }: Machine): string {
  const named = env["XDG_CONFIG_HOME"];
  return named?.startsWith("/") === true ? named : `${home}/.config`;
}
