import { success } from "../../../model/failure.ts";
import type { Environment, Machine } from "../machine.ts";

/** Files by absolute path, sockets among them; the user's folder is `/home/u`. */
export function memoryMachine(
  files: Readonly<Record<string, string>>,
  env: Environment = {},
): Machine {
  return {
    env,
    home: "/home/u",
    userId: 1000,
    exists: (path) => Object.keys(files).some((one) => one === path || one.startsWith(`${path}/`)),
    readText: (path) =>
      success(Object.hasOwn(files, path) ? { text: files[path] ?? "", mode: 0o600 } : null),
    list: (folder) => {
      const inside = Object.keys(files)
        .filter((path) => path.startsWith(`${folder}/`))
        .map((path) => path.slice(folder.length + 1).split("/")[0] ?? "");
      return success(inside.length === 0 ? null : [...new Set(inside)].toSorted());
    },
  };
}
