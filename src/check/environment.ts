import { defaultPath } from "../linking/linker.ts";
import type { CpuLevel, StartEnvironment } from "../linking/process.ts";
import type { App } from "./app.ts";
import type { BaseRoot } from "./base-root.ts";

/** Later lines win, as `ENV` over the environment of the base does. */
export function mergeEnv(...lists: readonly (readonly string[])[]): ReadonlyMap<string, string> {
  const merged = new Map<string, string>();
  for (const line of lists.flat()) {
    const at = line.indexOf("=");
    if (at > 0) merged.set(line.slice(0, at), line.slice(at + 1));
  }
  return merged;
}

/** What the loader is told when the app is started on the base. `extra` is what a recipe sets. */
export function startEnvironment(
  app: Pick<App, "env" | "workingDirectory" | "cpuLevel" | "user" | "loads">,
  base: Pick<BaseRoot, "env" | "workingDirectory"> & {
    readonly info: { readonly cpuLevel: string };
  },
  extra: Readonly<Record<string, string>> = {},
): StartEnvironment {
  const recipe = Object.entries(extra).map(([name, value]) => `${name}=${value}`);
  const env = mergeEnv(base.env, app.env, recipe);
  return {
    path: env.get("PATH") ?? defaultPath,
    libraryPath: env.get("LD_LIBRARY_PATH") ?? null,
    preload: env.get("LD_PRELOAD") ?? null,
    bindNow: (env.get("LD_BIND_NOW") ?? "") !== "",
    workingDirectory: app.workingDirectory ?? (base.workingDirectory || "/"),
    cpuLevel: higherLevel(app.cpuLevel, base.info.cpuLevel),
    ...(app.user === undefined ? {} : { user: app.user }),
    ...(app.loads === undefined ? {} : { loads: app.loads }),
  };
}

const levels: readonly CpuLevel[] = ["x86-64-v1", "x86-64-v2", "x86-64-v3", "x86-64-v4"];

/** Whoever runs an image of a base for x86-64-v3 has such a processor. */
function higherLevel(own: CpuLevel, ofBase: string): CpuLevel {
  const other = levels.find((level) => level === ofBase) ?? "x86-64-v1";
  return levels.indexOf(other) > levels.indexOf(own) ? other : own;
}
