import type { AlternativeGroup } from "../../formats/dpkg/alternatives.ts";
import type { InstalledPackage } from "../../image/layer-facts.ts";
import type { Rootfs } from "../../image/rootfs.ts";
import type { Failure } from "../../model/failure.ts";
import { findDatabaseFile, packagesOf } from "../database-file.ts";
import type { Family } from "../family.ts";

const folder = "/var/lib/dpkg";
const statusPath = `${folder}/status`;
const statusFolder = `${folder}/status.d`;
/** What chiselled Ubuntu images have instead of a database. */
const chiselManifest = "/var/lib/chisel/manifest.wall";
const md5sumsSuffix = ".md5sums";

/** Debian, Ubuntu, distroless. */
export const dpkg: Family = {
  id: "dpkg",
  commands: ["apt-get"],
  distroIds: ["debian", "ubuntu"],
  findPackages(rootfs) {
    const join = new Join(rootfs);
    join.addStatus();
    join.addStatusFolder();
    join.addManifest(chiselManifest);
    if (!join.isFound) return null;
    const diversions = join.addOther(`${folder}/diversions`);
    const alternatives = join.alternatives(`${folder}/alternatives`);
    return {
      manager: "dpkg",
      packages: join.packages,
      diversions: diversions?.manager === "dpkg-diversions" ? diversions.diversions : [],
      alternatives,
      omitsLinks: join.omitsLinks,
      problems: [...join.problems, ...missingLists(join.withoutList)],
    };
  },
};

/** The parts of one image's database while they are put together. */
class Join {
  readonly #rootfs: Rootfs;
  readonly packages: InstalledPackage[] = [];
  readonly problems: Failure[] = [];
  readonly withoutList: string[] = [];
  isFound = false;
  omitsLinks = false;

  constructor(rootfs: Rootfs) {
    this.#rootfs = rootfs;
  }

  /** Paragraphs of one file, lists in `info/NAME:ARCH.list` or `info/NAME.list`. */
  addStatus(): void {
    const file = findDatabaseFile(this.#rootfs, statusPath);
    if (file === null) return;
    this.isFound = true;
    this.problems.push(...file.problems);
    for (const found of packagesOf(file)) {
      const { name, architecture } = found;
      const files =
        this.#files(`${folder}/info/${name}:${architecture}.list`) ??
        this.#files(`${folder}/info/${name}.list`);
      this.#add(found, files);
    }
  }

  /**
   * One file for each package, its list beside it under the same name, which need not be that of the package.
   * What the package reader did not want, `NAME.preinst` and the like, is passed over.
   */
  addStatusFolder(): void {
    const resolved = this.#rootfs.resolve(statusFolder);
    const names = resolved.kind === "found" ? this.#rootfs.names(resolved.path) : [];
    let readCount = 0;
    for (const name of names) {
      const real = this.#rootfs.resolve(`${statusFolder}/${name}`);
      if (real.kind !== "found" || !this.#isWanted(real.path)) continue;
      readCount++;
      if (!name.endsWith(md5sumsSuffix)) this.#addStatusFile(`${statusFolder}/${name}`);
    }
    if (names.length === 0 || readCount > 0) return;
    const reason = "None of its files was read as a package database";
    this.problems.push({ kind: "unsupported", what: statusFolder, where: null, reason });
    this.isFound = true;
  }

  #isWanted(realPath: string): boolean {
    const rootfs = this.#rootfs;
    return rootfs.packageFact(realPath) !== null || rootfs.packageProblem(realPath) !== null;
  }

  #addStatusFile(path: string): void {
    const file = findDatabaseFile(this.#rootfs, path);
    if (file === null) return;
    this.isFound = true;
    this.omitsLinks = true;
    this.problems.push(...file.problems);
    const found = packagesOf(file);
    if (found.length === 0 && file.problems.length === 0) {
      this.problems.push(malformed(file.path, "It holds no installed package"));
    }
    const files = found.length === 0 ? null : this.#files(path + md5sumsSuffix);
    for (const one of found) this.#add(one, files);
  }

  /** Packages with their files; one that a paragraph tells of already is that one. */
  addManifest(path: string): void {
    const file = findDatabaseFile(this.#rootfs, path);
    if (file === null) return;
    this.isFound = true;
    this.problems.push(...file.problems);
    const known = new Set(this.packages.map(({ name }) => name));
    this.packages.push(...packagesOf(file).filter(({ name }) => !known.has(name)));
  }

  /** The groups of a folder, one file for each. */
  alternatives(path: string): readonly AlternativeGroup[] {
    const resolved = this.#rootfs.resolve(path);
    const names = resolved.kind === "found" ? this.#rootfs.names(resolved.path) : [];
    return names.flatMap((name) => {
      const real = this.#rootfs.resolve(`${path}/${name}`);
      if (real.kind !== "found" || !this.#isWanted(real.path)) return [];
      const fact = this.addOther(`${path}/${name}`);
      return fact?.manager === "dpkg-alternatives" && fact.group !== null ? [fact.group] : [];
    });
  }

  /** A file with problems or facts of its own. */
  addOther(path: string): ReturnType<Rootfs["packageFact"]> {
    const file = findDatabaseFile(this.#rootfs, path);
    if (file === null) return null;
    this.isFound = true;
    this.problems.push(...file.problems);
    return file.fact;
  }

  #files(path: string): readonly string[] | null {
    const file = findDatabaseFile(this.#rootfs, path);
    if (file === null) return null;
    this.problems.push(...file.problems);
    return file.fact?.manager === "dpkg-files" ? file.fact.files : [];
  }

  #add(found: InstalledPackage, files: readonly string[] | null): void {
    if (files === null) this.withoutList.push(found.name);
    this.packages.push({ ...found, files: files ?? [] });
  }
}

/** One failure for all: where the folder was emptied to save space it would be one for each package. */
function missingLists(names: readonly string[]): readonly Failure[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, 5).join(", ");
  const rest = names.length > 5 ? ` and ${names.length - 5} more` : "";
  return [malformed(folder, `There is no list of the files of ${shown}${rest}`)];
}

function malformed(what: string, reason: string): Failure {
  return { kind: "malformed", what, where: null, format: "dpkg", reason, offsetBytes: null };
}
