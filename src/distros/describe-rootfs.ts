import { type Account, parsePasswd } from "../formats/passwd.ts";
import type { Rootfs } from "../image/rootfs.ts";
import { type Distro, readDistro } from "./distro.ts";
import { findLibcs, type Libc } from "./libc.ts";
import { families } from "./list.ts";

/** What a base is, in the words of a table. */
export interface RootfsDescription {
  readonly distro: Distro | null;
  /** The command that installs packages, `apk`, `apt-get`, `dnf`, `microdnf` …; null when there is none. */
  readonly packageManager: string | null;
  /** /bin/sh: the real file behind it; null when it is not there or nobody may execute it. */
  readonly shell: { readonly path: string; readonly realPath: string } | null;
  /** The C library that the shell is started with, else that of the first loader; null when there is no loader. */
  readonly libc: Libc | null;
  /** All of them, by the path of the loader. */
  readonly libcs: readonly Libc[];
  /** /etc/passwd in its order; null when there is none, or its text was not kept. */
  readonly users: readonly Account[] | null;
}

const shellPath = "/bin/sh";
/** Where a shell looks when nothing else is said. Source: Docker's default PATH, moby oci/defaults.go. */
const commandFolders = [
  "/usr/local/sbin",
  "/usr/local/bin",
  "/usr/sbin",
  "/usr/bin",
  "/sbin",
  "/bin",
];

/** Looks at a merged image without running anything of it. Pure. */
export function describeRootfs(rootfs: Rootfs): RootfsDescription {
  const distro = readDistro(rootfs);
  const shell = findExecutable(rootfs, shellPath);
  const libcs = findLibcs(rootfs);
  const interpreter = shell === null ? null : (rootfs.elf(shell)?.interpreter ?? null);
  return {
    distro,
    packageManager: findPackageManager(rootfs, distro),
    shell: shell === null ? null : { path: shellPath, realPath: shell },
    libc: libcs.find(({ loader }) => loader === interpreter) ?? libcs[0] ?? null,
    libcs,
    users: findUsers(rootfs),
  };
}

/** Commands of the distribution's own family first: `apk` in a Debian image is there for something else. */
function findPackageManager(rootfs: Rootfs, distro: Distro | null): string | null {
  const ids = distro === null ? [] : [distro.id, ...distro.idLike];
  const own = families.filter(({ distroIds }) => ids.some((id) => distroIds.includes(id)));
  const commands = [...own, ...families].flatMap((family) => family.commands);
  const found = commands.find((command) =>
    commandFolders.some((folder) => findExecutable(rootfs, `${folder}/${command}`) !== null),
  );
  return found ?? null;
}

/** The real path of a regular file that somebody may execute; null for anything else. */
function findExecutable(rootfs: Rootfs, path: string): string | null {
  const resolved = rootfs.resolve(path);
  if (resolved.kind !== "found") return null;
  const { type, mode } = resolved.node.entry;
  return type === "file" && (mode & 0o111) !== 0 ? resolved.path : null;
}

function findUsers(rootfs: Rootfs): readonly Account[] | null {
  const resolved = rootfs.resolve("/etc/passwd");
  const text = resolved.kind === "found" ? rootfs.text(resolved.path) : null;
  return text === null ? null : parsePasswd(text);
}
