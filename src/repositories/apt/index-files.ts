import type { Compression } from "../../formats/compression.ts";
import type { ReleaseFile } from "../../formats/dpkg/release.ts";
import type { Failure } from "../../model/failure.ts";
import { withoutLogin, type OpenedSuite } from "./open-suite.ts";

/** A file of a suite that is to be fetched. */
export interface IndexFile extends ReleaseFile {
  readonly suite: OpenedSuite;
  /** Null where the whole suite is one. */
  readonly component: string | null;
  /** Below the suite: `main/binary-amd64/Packages.xz`. */
  readonly path: string;
}

/** What Packages files are compressed with, smallest first. */
const packagesEndings = [".xz", ".zst", ".gz", ""] as const;

/** Of the hundreds of megabytes of Contents files the gzip one is unpacked three times as fast as the others. */
const contentsEndings = [".gz", ".zst", ".xz", ""] as const;

/** The Packages files for an architecture, in the order of the components. What the suite does not list is not there. */
export function packagesFiles(suite: OpenedSuite, architecture: string): readonly IndexFile[] {
  const { components } = suite.suite;
  if (components.length === 0)
    return find({ suite, component: null }, ["Packages"], packagesEndings);
  const { release } = suite;
  const hasAll = release.architectures.includes("all") && !release.repeatsAll;
  const folders = hasAll ? [architecture, "all"] : [architecture];
  return components.flatMap((component) =>
    folders.flatMap((folder) =>
      find({ suite, component }, [`${component}/binary-${folder}/Packages`], packagesEndings),
    ),
  );
}

/** Components that the base names and that the suite does not have for this architecture. */
export function missingComponents(suite: OpenedSuite, architecture: string): readonly Failure[] {
  const { files } = suite.release;
  const { components } = suite.suite;
  const wanted =
    components.length === 0
      ? ["Packages"]
      : components.map((component) => `${component}/binary-${architecture}/Packages`);
  const isThere = (path: string): boolean =>
    packagesEndings.some((ending) => files.has(`${path}${ending}`));
  const where = URL.parse(suite.root)?.host ?? null;
  return wanted
    .filter((path) => !isThere(path))
    .map((path) => {
      const what = withoutLogin(`${suite.root}/${path}`);
      return { kind: "not-found", what, where, near: [] };
    });
}

/** The Contents files: of each component, or of the whole suite where there are none of those. Empty ones are left out. */
export function contentsFiles(suite: OpenedSuite, architecture: string): readonly IndexFile[] {
  const names = [`Contents-${architecture}`, "Contents-all"];
  const own = suite.suite.components.flatMap((component) =>
    find(
      { suite, component },
      names.map((name) => `${component}/${name}`),
      contentsEndings,
    ),
  );
  return own.length > 0 ? own : find({ suite, component: null }, names, contentsEndings);
}

function find(
  at: Pick<IndexFile, "suite" | "component">,
  names: readonly string[],
  endings: readonly string[],
): readonly IndexFile[] {
  const { files } = at.suite.release;
  return names.flatMap((name): readonly IndexFile[] => {
    if (files.get(name)?.sizeBytes === 0) return [];
    for (const ending of endings) {
      const path = `${name}${ending}`;
      const file = files.get(path);
      if (file !== undefined) return [{ ...file, ...at, path }];
    }
    return [];
  });
}

/** How the file is packed, by its name. */
export function compressionOf(path: string): Compression {
  if (path.endsWith(".xz")) return "xz";
  if (path.endsWith(".gz")) return "gzip";
  return path.endsWith(".zst") ? "zstd" : "none";
}

/** Where it may be fetched, best first: under its sum it stays while the suite changes. Source: DebianRepository/Format, by-hash. */
export function addressesOf({ suite, path, digest }: IndexFile): readonly string[] {
  const plain = `${suite.root}/${path}`;
  if (!suite.release.hasByHash) return [plain];
  const [algorithm = "", hex = ""] = digest.split(":");
  const folder = path.includes("/") ? `${path.slice(0, path.lastIndexOf("/"))}/` : "";
  return [`${suite.root}/${folder}by-hash/${algorithm.toUpperCase()}/${hex}`, plain];
}
