import type { InstalledPackage } from "../../image/layer-facts.ts";
import type { DataSource } from "../../model/answer.ts";
import type { Failure } from "../../model/failure.ts";
import type {
  PackageChecksum,
  PackageSource,
  Provider,
  RepositoryPackage,
  Resolution,
  Wanted,
} from "../package-source.ts";
import { findOffers } from "./find-offers.ts";
import type { IndexedPackage, IndexPool } from "./index-pool.ts";
import type { ApkRepository } from "./read-system.ts";
import { resolveApk } from "./resolve.ts";

/** What an apk source is made of. */
export interface ApkSourceParts {
  readonly name: string;
  readonly architecture: string;
  readonly index: IndexPool;
  /** In the order in which the pool counts them. */
  readonly repositories: readonly ApkRepository[];
  /** As in `ApkRequest`. */
  readonly world: readonly string[] | null;
  readonly data: readonly DataSource[];
  readonly problems: readonly Failure[];
}

/**
 * Repositories of apk. The index says names, and what is provided under `so:`, `cmd:` and `pc:`; no paths, no symbol versions.
 * `resolve` takes what the base's world does not want, and `names` do not need, away, as apk does: `names` are to hold all that
 * is wanted on top of the base, and `installed` what the base has.
 */
export class ApkSource implements PackageSource {
  readonly family = "apk";
  readonly name: string;
  readonly data: readonly DataSource[];
  readonly problems: readonly Failure[];
  readonly #parts: ApkSourceParts;

  constructor(parts: ApkSourceParts) {
    this.name = parts.name;
    this.data = parts.data;
    this.problems = parts.problems;
    this.#parts = parts;
  }

  findProviders(wanted: Wanted): readonly Provider[] {
    return findOffers(this.#parts.index, wanted).map((offer) => ({
      package: this.#describe(offer.package),
      path: null,
      versions: "unknown",
    }));
  }

  resolve(names: readonly string[], installed: readonly InstalledPackage[]): Resolution {
    const { index, world } = this.#parts;
    const describe = (found: IndexedPackage): RepositoryPackage => this.#describe(found);
    return resolveApk({ index, names, installed, world, describe });
  }

  close(): void {
    // Everything is in memory.
  }

  #describe(found: IndexedPackage): RepositoryPackage {
    const { name, version, record, repository } = found;
    const place = repository === null ? undefined : this.#parts.repositories[repository];
    const architecture = record?.architecture ?? this.#parts.architecture;
    const origin = record?.origin ?? null;
    return {
      name,
      version,
      architecture,
      source: origin === name ? null : origin,
      downloadBytes: record?.downloadBytes ?? null,
      installedBytes: record?.installedBytes ?? null,
      url: packageUrl(place?.packagesUrl ?? "", name, version),
      checksum: readChecksum(record?.checksum ?? null),
      repository: place?.label ?? "",
    };
  }
}

/** Name and version are any text. */
function packageUrl(folder: string, name: string, version: string): string {
  const file = encodeURIComponent(`${name}-${version}.apk`).replaceAll("%2B", "+");
  return `${folder}/${file}`;
}

/** `Q1` and 20 bytes in base64. Source: apk-tools src/blob.c, apk_blob_pull_csum. */
function readChecksum(text: string | null): PackageChecksum | null {
  if (text?.startsWith("Q1") !== true) return null;
  const sha1 = Buffer.from(text.slice(2), "base64").toString("hex");
  return sha1.length === 40 ? { kind: "apk-control", sha1 } : null;
}
