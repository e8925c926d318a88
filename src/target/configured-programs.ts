import { startEnvironment } from "../check/environment.ts";
import type { ImageConfig } from "../image/image.ts";
import type { Rootfs } from "../image/rootfs.ts";
import { findInPath } from "../linking/exec.ts";
import { commandsOf } from "./shell-commands.ts";

/** Programs that start what follows them, with or without `--`. Source: their manuals. */
const inits = /(?:^|\/)(?:tini(?:-static)?|dumb-init|docker-init|catatonit|gosu|su-exec)$/;

/**
 * What an image starts: the first word of ENTRYPOINT and CMD, and each further one that is started by it as far as its
 * words show: what may be executed and is the app's (`tini -- /app/server`), a name in PATH behind an init
 * (`tini -- server`) or as first word of CMD behind a script, which ends in `exec "$@"` (`entrypoint.sh postgres`), and
 * the commands of `sh -c`. Empty where the config starts nothing of its own.
 */
export function configuredPrograms(
  config: ImageConfig,
  rootfs: Rootfs,
  isApp: (realPath: string) => boolean,
): readonly string[] {
  const [entrypoint, cmd] = [config.entrypoint ?? [], config.cmd ?? []];
  const words = [...entrypoint, ...cmd];
  const [first, ...rest] = words;
  if (first === undefined) return [];
  const seen = new StartedWords(config, rootfs);
  // `sh -c "exec /app/server --port 80"`: its words are looked at too.
  const more = rest.flatMap((word) => [word, ...word.split(/[\s;&|()]+/)]);
  const further = more.filter((word) => {
    const realPath = word.includes("/") ? seen.runnable(word) : null;
    return realPath !== null && isApp(realPath);
  });
  const text = shellText(words);
  const named = [
    ...behindInits(words),
    ...(text === null ? [] : commandsOf(text)),
    ...(cmd[0] !== undefined && entrypoint.some((word) => seen.isScript(word)) ? [cmd[0]] : []),
  ];
  const started = named.filter((word) => seen.runnable(word) !== null);
  return [...new Set([first, ...further, ...started])];
}

/** The real path of what an image starts by that path or name; null where it has no such program. */
export function realProgram(config: ImageConfig, rootfs: Rootfs, program: string): string | null {
  return new StartedWords(config, rootfs).runnable(program);
}

class StartedWords {
  readonly #rootfs: Rootfs;
  readonly #environment: ReturnType<typeof startEnvironment>;

  constructor(config: ImageConfig, rootfs: Rootfs) {
    this.#rootfs = rootfs;
    this.#environment = startEnvironment(
      { env: config.env, workingDirectory: config.workingDir || "/", cpuLevel: "x86-64-v1" },
      { env: [], workingDirectory: "/", info: { cpuLevel: "x86-64-v1" } },
    );
  }

  /** The real path of code that may be executed; null where the word is none. */
  runnable(word: string): string | null {
    const path = word.includes("/") ? word : findInPath(this.#rootfs, word, this.#environment);
    const resolved = path === null ? null : this.#rootfs.resolve(path);
    if (resolved?.kind !== "found" || resolved.node.entry.type !== "file") return null;
    const isRunnable = (resolved.node.entry.mode & 0o111) !== 0;
    const isCode =
      this.#rootfs.elf(resolved.path) !== null || this.#rootfs.shebang(resolved.path) !== null;
    return isRunnable && isCode ? resolved.path : null;
  }

  isScript(word: string): boolean {
    const realPath = this.runnable(word);
    return realPath !== null && this.#rootfs.shebang(realPath) !== null;
  }
}

function behindInits(words: readonly string[]): readonly string[] {
  return words.flatMap((word, at) => {
    const next = words[at + 1];
    const isInit = word === "--" || inits.test(word);
    return isInit && next !== undefined && !next.startsWith("-") ? [next] : [];
  });
}

/** The text of `sh -c TEXT`; options may stand together (`-ec`). */
function shellText(words: readonly string[]): string | null {
  const shell = words.findIndex((word) => /(?:^|\/)(?:ba|da|a)?sh$/.test(word));
  const option = words.findIndex((word, at) => at > shell && /^-[a-z]*c$/.test(word));
  return shell < 0 || option < 0 ? null : (words[option + 1] ?? null);
}
