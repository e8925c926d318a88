import { installedPackages } from "../distros/installed-packages.ts";
import type { BaseRoot } from "../check/base-root.ts";

/** Folders and files that say where packages come from, how they are ranked and whose signatures count. */
const places =
  /^\/(?:etc\/(?:apt|apk|yum|yum\.repos\.d|dnf|pki\/rpm-gpg)\/|etc\/yum\.conf$|usr\/share\/keyrings\/)/;

/** The same text for bases whose repositories, keys, release and platform are the same: one index serves them all. Pure. */
export function repositoryKey({ info, rootfs }: BaseRoot): string {
  const texts = [...rootfs.paths()]
    .filter((path) => places.test(path))
    .toSorted()
    .flatMap((path) => {
      const resolved = rootfs.resolve(path);
      const text = resolved.kind === "found" ? rootfs.text(resolved.path) : null;
      return text === null ? [] : [[path, text]];
    });
  const { manager } = installedPackages(rootfs);
  return JSON.stringify([manager, info.platform, info.distro, texts]);
}
