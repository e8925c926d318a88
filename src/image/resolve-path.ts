import type { Resolved, RootfsNode } from "./rootfs.ts";

/** As many links as Linux follows in one path. Source: include/linux/namei.h, MAXSYMLINKS. */
const maxLinks = 40;

/**
 * Follows a path through the links of a tree and never out of its root. `find` gives the node at a real path
 * (no link in any part but the last).
 */
export function resolvePath(find: (realPath: string) => RootfsNode | null, path: string): Resolved {
  const todo = path.split("/").toReversed();
  const real: string[] = [];
  const through: string[] = [];
  let node = find("/");
  for (let part = todo.pop(); part !== undefined; part = todo.pop()) {
    if (part === "" || part === ".") continue;
    const here = `/${real.join("/")}`;
    if (node?.entry.type !== "directory") return { kind: "not-directory", at: here };
    if (part === "..") {
      real.pop();
      node = find(`/${real.join("/")}`);
      continue;
    }
    const at = real.length === 0 ? `/${part}` : `${here}/${part}`;
    node = find(at);
    if (node === null) return { kind: "missing", at, through };
    if (node.entry.type !== "symlink") {
      real.push(part);
      continue;
    }
    through.push(at);
    if (through.length > maxLinks) return { kind: "loop", at };
    const target = node.entry.linkTarget ?? "";
    if (target === "") return { kind: "missing", at, through };
    if (target.startsWith("/")) real.length = 0;
    todo.push(...target.split("/").toReversed());
    node = find(`/${real.join("/")}`);
  }
  return node === null
    ? { kind: "missing", at: `/${real.join("/")}`, through }
    : { kind: "found", path: `/${real.join("/")}`, node };
}
