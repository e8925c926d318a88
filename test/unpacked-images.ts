import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findTestImages, testImage, withoutImages } from "./images.ts";

/** One of them. */
export interface RealImage {
  readonly scheme: "oci-archive" | "rootfs";
  readonly file: string;
  readonly packages: "apk" | "dpkg" | "none" | "rpm" | "status.d";
}

/** Real images of all kinds. */
export const realImages: readonly RealImage[] = [
  { scheme: "oci-archive", file: "debian-12-slim-amd64.oci.tar", packages: "dpkg" },
  { scheme: "oci-archive", file: "debian-13-slim-amd64.oci.tar", packages: "dpkg" },
  { scheme: "oci-archive", file: "distroless-cc-debian12-amd64.oci.tar", packages: "status.d" },
  {
    scheme: "oci-archive",
    file: "distroless-python3-debian13-amd64.oci.tar",
    packages: "status.d",
  },
  { scheme: "oci-archive", file: "oci-busybox-1.38.0-glibc-amd64.tar", packages: "none" },
  { scheme: "oci-archive", file: "oci-busybox-1.38.0-musl-arm64v8.tar", packages: "none" },
  { scheme: "rootfs", file: "alpine-minirootfs-3.20.3-x86_64.tar.gz", packages: "apk" },
  { scheme: "rootfs", file: "alpine-minirootfs-3.18.9-x86_64.tar.gz", packages: "apk" },
  { scheme: "rootfs", file: "almalinux-9-docker-aarch64-micro-20231124.tar.xz", packages: "rpm" },
];

/** The reference of one of them. */
export function referenceOf({ scheme, file }: RealImage): string {
  return `${scheme}:${testImage(file)}`;
}

function hasCommand(name: string): boolean {
  return (process.env["PATH"] ?? "").split(":").some((folder) => existsSync(join(folder, name)));
}

/** Why a test over unpacked images with these commands is skipped, for its name; empty when it is not. */
export function whySkipped(commands: readonly string[]): string {
  if (findTestImages() === null) return ` (${withoutImages})`;
  if (process.getuid?.() !== 0) return " (skipped: not root, so owners cannot be unpacked)";
  const missing = ["umoci", "tar", ...commands].filter((name) => !hasCommand(name));
  return missing.length === 0 ? "" : ` (skipped: ${missing.join(", ")} is not installed)`;
}

/** Output of a program; its exit code does not count. */
export function outputOf(program: string, ...args: readonly string[]): string {
  const ran = spawnSync(program, args, {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...process.env, LC_ALL: "C" },
  });
  if (ran.error !== undefined) throw ran.error;
  return ran.stdout;
}

function mustRun(program: string, ...args: readonly string[]): void {
  const ran = spawnSync(program, args, { encoding: "utf8" });
  if (ran.status !== 0) throw new Error(`${program} failed: ${ran.stderr}`);
}

/** A folder of its own, in memory where that is there: thousands of small files are written and removed. */
export function makeWorkFolder(): string {
  const parent = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
  return mkdtempSync(join(parent, "fromage-test-"));
}

/** Lines without the empty ones. */
export function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** Unpacks one of them as root with tools of others; comes to the folder of its root. */
export function unpackImage({ scheme, file }: RealImage, folder: string): string {
  const root = join(folder, file);
  mkdirSync(root, { recursive: true });
  if (scheme === "rootfs") {
    mustRun("tar", "--numeric-owner", "-xpf", testImage(file), "-C", root);
    return root;
  }
  const layout = join(folder, `${file}.layout`);
  mkdirSync(layout);
  mustRun("tar", "-xf", testImage(file), "-C", layout);
  const [tag = "latest"] = linesOf(outputOf("umoci", "ls", "--layout", layout));
  mustRun("umoci", "unpack", "--image", `${layout}:${tag}`, join(root, "bundle"));
  rmSync(layout, { recursive: true });
  return join(root, "bundle/rootfs");
}
