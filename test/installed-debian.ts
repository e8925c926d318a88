import { spawnSync } from "node:child_process";
import { copyFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findTestImages, testImage, withoutImages } from "./images.ts";

/** Where Debian's own archive is; the one of the image names none. */
const mirror = "http://deb.debian.org";
const keyring = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]";
const sources = `deb ${keyring} ${mirror}/debian bookworm main
deb ${keyring} ${mirror}/debian-security bookworm-security main
`;
export const debianImage = "debian-12-slim-amd64.oci.tar";

/** Why packages cannot be installed for real here, for the name of a test; empty when they can. */
export async function whyNotInstalled(): Promise<string> {
  if (findTestImages() === null) return ` (${withoutImages})`;
  if (process.getuid?.() !== 0) return " (skipped: it needs root)";
  for (const [command, argument] of [
    ["umoci", "--version"],
    ["skopeo", "--version"],
    ["unshare", "--version"],
  ] as const) {
    if (spawnSync(command, [argument]).status !== 0) return ` (skipped: there is no ${command})`;
  }
  const isReached = await fetch(`${mirror}/debian/dists/bookworm/InRelease`, {
    method: "HEAD",
  }).then(
    ({ ok }) => ok,
    () => false,
  );
  return isReached ? "" : " (skipped: Debian's archive does not answer)";
}

function run(command: string, args: readonly string[]): string {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" };
  const { status, stdout, stderr } = spawnSync(command, args, { env, encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(
    `${command} ${args.join(" ")}: ${status}\n${stdout.slice(-2000)}${stderr.slice(-2000)}`,
  );
}

/** With devices and processes as its programs expect them; the mounts are gone with the command. */
const inside =
  'mount --bind /dev "$0/dev" && mount --bind /proc "$0/proc" && exec chroot "$0" "$@"';

/** A Debian with packages really installed into it. */
export interface InstalledDebian {
  readonly rootfs: string;
  /** Files of the packages that were installed. */
  readonly debs: readonly string[];
  /** Names of packages that were there before in another version. */
  readonly replaced: readonly string[];
}

/** Unpacks the image into the folder and installs the packages with its own apt, without recommended ones. Takes some ten seconds. */
export function installDebian(folder: string, packages: readonly string[]): InstalledDebian {
  run("skopeo", [
    "copy",
    "--quiet",
    `oci-archive:${testImage(debianImage)}`,
    `oci:${folder}/oci:x`,
  ]);
  run("umoci", ["unpack", "--image", `${folder}/oci:x`, `${folder}/bundle`]);
  const rootfs = join(folder, "bundle/rootfs");
  writeFileSync(join(rootfs, "etc/apt/sources.list"), sources);
  copyFileSync("/etc/resolv.conf", join(rootfs, "etc/resolv.conf"));
  const chroot = (...args: readonly string[]): string =>
    run("unshare", ["--mount", "sh", "-c", inside, rootfs, ...args]);
  const names = (): readonly string[] =>
    chroot("dpkg-query", "-W", "-f", "${Package} ${Version}\n").trim().split("\n");
  const before = names();
  chroot("apt-get", "update");
  const keep = ["-o", "APT::Keep-Downloaded-Packages=true"];
  chroot("apt-get", "install", "-y", "--no-install-recommends", ...keep, ...packages);
  const after = new Set(names());
  const nameOf = (line: string): string => line.split(" ")[0] ?? "";
  const archives = join(rootfs, "var/cache/apt/archives");
  return {
    rootfs,
    debs: readdirSync(archives)
      .filter((name) => name.endsWith(".deb"))
      .map((name) => join(archives, name)),
    replaced: before.filter((line) => !after.has(line)).map(nameOf),
  };
}
