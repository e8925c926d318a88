import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseApkIndexArchive } from "../../src/formats/apk/index-archive.ts";
import { parseApkInstalled } from "../../src/formats/apk/installed.ts";
import { parseApkIndex } from "../../src/formats/apk/package-index.ts";
import type { ApkRecord } from "../../src/formats/apk/record.ts";
import type { InstalledPackage } from "../../src/image/layer-facts.ts";
import { toInstalledApkPackage } from "../../src/image/readers/apk-package.ts";
import { IndexPool } from "../../src/repositories/apk/index-pool.ts";
import { resolveApk, type ApkRequest } from "../../src/repositories/apk/resolve.ts";
import type { Resolution } from "../../src/repositories/package-source.ts";
import { Random } from "../fuzz/random.ts";
import { testImage } from "../images.ts";
import type { ApkRoot, RealApk } from "./apk-program.ts";

/** One index over one root. Two of them do not belong together: much of what is installed has another version in the index. */
export const worlds: readonly {
  readonly index: "3.16" | "3.17";
  readonly root: ApkRoot;
  readonly architecture: string;
}[] = [
  { index: "3.16", root: "empty", architecture: "x86_64" },
  { index: "3.16", root: "alpine-3.18-x86_64", architecture: "x86_64" },
  { index: "3.16", root: "alpine-3.20-x86_64", architecture: "x86_64" },
  { index: "3.17", root: "empty", architecture: "aarch64" },
  { index: "3.17", root: "alpine-3.20-aarch64", architecture: "aarch64" },
];

/** A world that is read, for the real apk and for ours. */
export interface OpenedWorld {
  readonly name: string;
  readonly index: IndexPool;
  readonly records: readonly ApkRecord[];
  readonly installed: readonly InstalledPackage[];
  readonly world: readonly string[];
  readonly place: Parameters<RealApk["simulate"]>[0];
}

/** The index of Alpine's main repository, beside the images. */
export function indexFile(release: "3.16" | "3.17"): string {
  return testImage(`../scanning/data/apk/APKINDEX-alpine${release.replace(".", "")}.tar.gz`);
}

export async function openWorld(
  apk: RealApk,
  { index: release, root: name, architecture }: (typeof worlds)[number],
): Promise<OpenedWorld> {
  const archive = await parseApkIndexArchive(readFileSync(indexFile(release)));
  if (archive === null) throw new Error("the index is one of apk 3");
  const { records } = parseApkIndex(archive.index);
  const root = apk.rootOf(name);
  const database = readFileSync(join(root, "lib/apk/db/installed"));
  const world = readFileSync(join(root, "etc/apk/world"), "utf8").split("\n");
  return {
    name: `index of ${release} on ${name}`,
    index: new IndexPool([{ records, tags: [null] }]),
    records,
    installed: parseApkInstalled(database).records.map(toInstalledApkPackage),
    world: world.filter((line) => line !== ""),
    place: { root, architecture, repository: apk.addRepository(indexFile(release), architecture) },
  };
}

/** One to six names that a seed draws: mostly packages, some of what they provide. */
export function drawNames({ records }: OpenedWorld, seed: number): readonly string[] {
  const random = new Random(seed);
  const count = 1 + random.below(6);
  const names = Array.from({ length: count }, () => {
    const record = random.pick(records);
    const provided = (record?.relations.provides ?? "").split(" ").filter((word) => word !== "");
    const isProvided = random.below(5) === 0 && provided.length > 0;
    return isProvided ? (random.pick(provided) ?? "").replace(/=.*/, "") : (record?.name ?? "");
  });
  return [...new Set(names)];
}

/** What ours would do, and in the words of `RealChanges`; null when it refuses. */
export function resolveIn(
  { index, installed, world }: OpenedWorld,
  names: readonly string[],
  generation: NonNullable<ApkRequest["generation"]>,
): { readonly resolution: Resolution; readonly changes: readonly string[] | null } {
  const resolution = resolveApk({ index, names, installed, world, generation, describe });
  const { added, changed, removed, problems } = resolution;
  const changes = [
    ...added.map(({ name, version }) => `+${name}-${version}`),
    ...changed.map(({ to }) => `~${to.name}-${to.version}`),
    ...removed.map((name) => `-${name}`),
  ].toSorted();
  return { resolution, changes: problems.length > 0 ? null : changes };
}

const describe: ApkRequest["describe"] = ({ name, version }) => ({
  name,
  version,
  architecture: "",
  source: null,
  downloadBytes: null,
  installedBytes: null,
  url: "",
  checksum: null,
  repository: "",
});
