import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findTestImages } from "../images.ts";
import { runTool } from "./command.ts";
import { workFolder } from "./work-folder.ts";

/** One root to start programs in. */
export interface RootSource {
  readonly id: string;
  /** File in the folder of test images; null for the empty root. */
  readonly file: string | null;
}

/** A root unpacked by tools that are not ours. */
export interface Root extends RootSource {
  /** Absolute path of the unpacked tree; mounted read-only. */
  readonly folder: string;
  /** Absolute path of the archive the prediction is made from; null for the empty root. */
  readonly archive: string | null;
  /** Environment of the image's config, as `NAME=value`. */
  readonly environment: readonly string[];
}

/** What an engine sets when the image's config has no PATH (moby oci/defaults.go). */
const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Mount points of the sandbox; the root is read-only, so they are made when it is unpacked. */
const mountPoints = ["app", "proc", "dev", "tmp", ".truth"];

/** The roots, in the order of the report's columns. */
export const rootSources: readonly RootSource[] = [
  { id: "alpine-3.18", file: "alpine-minirootfs-3.18.9-x86_64.tar.gz" },
  { id: "alpine-3.20", file: "alpine-minirootfs-3.20.3-x86_64.tar.gz" },
  { id: "debian-12", file: "debian-12-slim-amd64.oci.tar" },
  { id: "debian-13", file: "debian-13-slim-amd64.oci.tar" },
  { id: "static-12", file: "distroless-static-debian12-amd64.oci.tar" },
  { id: "static-13", file: "distroless-static-debian13-amd64.oci.tar" },
  { id: "base-12", file: "distroless-base-debian12-amd64.oci.tar" },
  { id: "base-13", file: "distroless-base-debian13-amd64.oci.tar" },
  { id: "cc-12", file: "distroless-cc-debian12-amd64.oci.tar" },
  { id: "cc-13", file: "distroless-cc-debian13-amd64.oci.tar" },
  { id: "python3-13", file: "distroless-python3-debian13-amd64.oci.tar" },
  { id: "busybox-glibc", file: "oci-busybox-1.38.0-glibc-amd64.tar" },
  { id: "busybox-musl", file: "oci-busybox-1.38.0-musl-amd64.tar" },
  { id: "busybox-uclibc", file: "oci-busybox-1.38.0-uclibc-amd64.tar" },
  { id: "scratch", file: null },
];

/** Unpacks one root once; later calls find it in the work folder. Rejects when a tool or file is missing. */
export async function openRoot(source: RootSource): Promise<Root> {
  const home = workFolder("roots", source.id);
  const archive = source.file === null ? null : join(findTestImages() ?? "", source.file);
  const finished = join(home, "environment.json");
  if (!existsSync(finished)) await unpackRoot(source, home);
  const environment: unknown = JSON.parse(readFileSync(finished, "utf8"));
  if (!isStringList(environment))
    throw new Error(`Cannot read ${finished}: expected a list of strings`);
  return { ...source, archive, folder: join(home, "rootfs"), environment };
}

async function unpackRoot(source: RootSource, home: string): Promise<void> {
  const part = `${home}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  const rootfs = join(part, "rootfs");
  let environment: readonly string[] = [];
  if (source.file === null) mkdirSync(rootfs);
  else environment = await unpackFile(join(findTestImages() ?? "", source.file), part);
  for (const name of mountPoints) mkdirSync(join(rootfs, name), { recursive: true });
  if (!environment.some((line) => line.startsWith("PATH=")))
    environment = [...environment, defaultPath];
  writeFileSync(join(part, "environment.json"), JSON.stringify(environment));
  rmSync(home, { recursive: true, force: true });
  renameSync(part, home);
}

/** Fills `part/rootfs` with tar or with skopeo and umoci; gives the environment of the image's config. */
async function unpackFile(file: string, part: string): Promise<readonly string[]> {
  const rootfs = join(part, "rootfs");
  if (!file.includes("oci")) {
    mkdirSync(rootfs);
    await runTool(["tar", "-xzf", file, "-C", rootfs]);
    return [];
  }
  const layout = join(part, "layout");
  const bundle = join(part, "bundle");
  await runTool(["skopeo", "copy", "--quiet", `oci-archive:${file}`, `oci:${layout}:root`]);
  const rootless = process.getuid?.() === 0 ? [] : ["--rootless"];
  await runTool(["umoci", "unpack", ...rootless, "--image", `${layout}:root`, bundle]);
  const config: unknown = JSON.parse(readFileSync(join(bundle, "config.json"), "utf8"));
  renameSync(join(bundle, "rootfs"), rootfs);
  rmSync(layout, { recursive: true });
  rmSync(bundle, { recursive: true });
  const environment = environmentOf(config);
  return environment.filter((line) => !/^(TERM|HOME)=/.test(line));
}

function environmentOf(config: unknown): readonly string[] {
  if (typeof config !== "object" || config === null || !("process" in config)) return [];
  const part = config.process;
  if (typeof part !== "object" || part === null || !("env" in part)) return [];
  return isStringList(part.env) ? part.env : [];
}

function isStringList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
