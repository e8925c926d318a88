import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Mounts an empty file system of so many bytes over a folder. Throws where that is not possible. */
export function mountSmall(folder: string, sizeBytes: number): void {
  mount("-t", "tmpfs", "-o", `size=${sizeBytes},nr_inodes=1000`, "tmpfs", folder);
}

/** Mounts a folder over itself, read only. Throws where that is not possible. */
export function mountReadOnly(folder: string): void {
  mount("--bind", folder, folder);
  mount("-o", "remount,ro,bind", folder);
}

/** Ends what was mounted over the folder last. */
export function unmount(folder: string): void {
  spawnSync("umount", [folder]);
}

/** Why nothing can be mounted here (it takes root), for the name of a test that is skipped; null where it can be. */
export function whyNoMount(): string | null {
  const folder = mkdtempSync(join(tmpdir(), "fromage-mount-"));
  try {
    mountSmall(folder, 65536);
    unmount(folder);
    mountReadOnly(folder);
    unmount(folder);
    return null;
  } catch (error) {
    if (!(error instanceof MountError)) throw error;
    return error.message;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

class MountError extends Error {}

function mount(...args: readonly string[]): void {
  const { status, error, stderr } = spawnSync("mount", args, { encoding: "utf8" });
  if (status !== 0) throw new MountError(error?.message ?? stderr.trim());
}
