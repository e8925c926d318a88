import { installedPackages } from "../../distros/installed-packages.ts";
import type { MergedRootfs } from "../../image/merge.ts";
import type { BaseEvidence, ComparedParts } from "../../model/base-detection.ts";

type ContentsEvidence = Extract<BaseEvidence, { readonly kind: "contents" }>;

/**
 * How much of a base is in an image, wherever it lies in its layers: packages by version, ELF files by their sum, all
 * other files and links by what is known of them (type, size, target of a link). Directories tell nothing.
 */
export function compareContents(base: MergedRootfs, image: MergedRootfs): ContentsEvidence {
  const elfFiles = new Tally();
  const files = new Tally();
  for (const path of base.paths()) {
    const entry = base.lookup(path)?.entry;
    if (entry === undefined || entry.type === "directory") continue;
    const there = image.lookup(path)?.entry;
    const sum = base.elfSha256(path);
    if (sum !== null) {
      elfFiles.add(there !== undefined, image.elfSha256(path) === sum);
      continue;
    }
    const isSame =
      there?.type === entry.type &&
      there.sizeBytes === entry.sizeBytes &&
      there.linkTarget === entry.linkTarget &&
      image.text(path) === base.text(path);
    files.add(there !== undefined, isSame);
  }
  const packages = comparePackages(base, image);
  return { kind: "contents", packages, elfFiles: elfFiles.parts, files: files.parts };
}

function comparePackages(base: MergedRootfs, image: MergedRootfs): ComparedParts {
  const key = (one: { readonly name: string; readonly architecture: string | null }): string =>
    `${one.name} ${one.architecture ?? ""}`;
  const versions = new Map(installedPackages(image).packages.map((one) => [key(one), one.version]));
  const tally = new Tally();
  for (const one of installedPackages(base).packages) {
    const version = versions.get(key(one));
    tally.add(version !== undefined, version === one.version);
  }
  return tally.parts;
}

class Tally {
  #same = 0;
  #changed = 0;
  #missing = 0;

  add(isThere: boolean, isSame: boolean): void {
    if (!isThere) this.#missing++;
    else if (isSame) this.#same++;
    else this.#changed++;
  }

  get parts(): ComparedParts {
    return { same: this.#same, changed: this.#changed, missing: this.#missing };
  }
}

/** Files that every container may get anew: what a build writes into a root that it does not change otherwise. */
const looseFiles = 0.98;

/**
 * Whether all packages and programs of the base are there unchanged and nearly all other files: a database of packages
 * that was added to is another file, so are accounts, caches and logs. Something must be there that tells bases apart.
 */
export function isWholeBase({ packages, elfFiles, files }: ContentsEvidence): boolean {
  if (packages.changed + packages.missing + elfFiles.changed + elfFiles.missing > 0) return false;
  if (packages.same + elfFiles.same === 0) return false;
  const all = files.same + files.changed + files.missing;
  return files.same >= Math.floor(all * looseFiles) - 3;
}

/** Whether most of its packages are there by name and at least half unchanged, as after an upgrade. */
export function isUpgradedBase({ packages }: ContentsEvidence): boolean {
  const all = packages.same + packages.changed + packages.missing;
  return all > 0 && packages.missing === 0 && packages.same * 2 >= all;
}

/** Whether nothing that tells bases apart is the same: whoever names this base is wrong. */
export function isOtherContents({ packages, elfFiles }: ContentsEvidence): boolean {
  const known = [packages, elfFiles].filter((one) => one.same + one.changed + one.missing > 0);
  return known.length > 0 && known.every(({ same }) => same === 0);
}
