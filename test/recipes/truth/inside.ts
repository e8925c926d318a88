import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runTool, type Ran } from "../../truth/command.ts";
import { makeWorkFolder } from "../../unpacked-images.ts";

/** The mounts are gone with the command. */
const script =
  'mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" && ' +
  'mount --bind "$1" "$0/var/cache/apt/archives" && root=$0 && shift && exec chroot "$root" "$@"';

/**
 * Runs a command in a root as root, with devices, processes of its own, and a folder for what apt downloads. Rejects with its
 * last words when it fails.
 */
export async function runInside(
  root: string,
  archives: string,
  command: readonly string[],
): Promise<Ran> {
  const env = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ...proxyOf(process.env),
    DEBIAN_FRONTEND: "noninteractive",
    LC_ALL: "C.UTF-8",
  };
  const namespaces = ["--mount", "--pid", "--fork", "--kill-child"];
  return runTool(["unshare", ...namespaces, "sh", "-c", script, root, archives, ...command], {
    env,
  });
}

function proxyOf(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => /^(?:https?|no)_proxy$/i.test(name)),
  );
}

/** A root that is `lower` and may be written to; what is written is gone afterwards. */
export async function onOverlay<Value>(
  lower: string,
  use: (root: string) => Promise<Value>,
): Promise<Value> {
  const home = makeWorkFolder();
  const [upper, work, root] = ["upper", "work", "root"].map((name) => join(home, name));
  if (upper === undefined || work === undefined || root === undefined) throw new RangeError(home);
  for (const folder of [upper, work, root]) mkdirSync(folder);
  try {
    const layers = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    await runTool(["mount", "-t", "overlay", "overlay", "-o", layers, root]);
    try {
      return await use(root);
    } finally {
      await runTool(["umount", root]);
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Lets tasks with the same key wait for each other. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  async take<Value>(key: string, task: () => Promise<Value>): Promise<Value> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const turn = before.then(task, task);
    this.#last.set(key, turn);
    return turn;
  }
}
