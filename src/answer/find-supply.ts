import type { BaseRoot } from "../check/base-root.ts";
import type { Catalogue } from "../catalogue/catalogue.ts";
import { toBaseRoot } from "../choose/open-base.ts";
import type { FindSupply, FoundSupply, Supply } from "../choose/supply.ts";
import { describePackageBase } from "../dockerfile/packages/describe-base.ts";
import { packageProblems } from "../dockerfile/packages/package-problems.ts";
import type { BaseInfo } from "../model/base.ts";
import { parsePlatform } from "../model/platform.ts";
import type { RepositoryAccess } from "../repositories/access.ts";
import { fetchPackage } from "../repositories/contents/fetch-package.ts";
import { openPackageSource } from "../repositories/open-package-source.ts";
import type { PackageSource } from "../repositories/package-source.ts";

/** What supplies bases, with what it has open. */
export interface Supplies {
  readonly find: FindSupply;
  /** Every source that was opened, in that order. */
  readonly sources: readonly PackageSource[];
  close(): void;
}

type Opened =
  | { readonly kind: "source"; readonly source: PackageSource }
  | Exclude<FoundSupply, { readonly kind: "supply" }>;

/**
 * A base that has a package manager and names repositories supplies itself; another one of a distribution is supplied by the
 * smallest base of the catalogue of the same release that can: its builder. Indexes are fetched when a base needs them, once
 * for all bases that name the same repositories.
 */
export function openSupplies(catalogue: Catalogue, access: RepositoryAccess): Supplies {
  const sources: PackageSource[] = [];
  const bySupplier = new Map<string, Promise<Opened>>();

  const openSource = async (supplier: BaseRoot): Promise<Opened> => {
    const platform = parsePlatform(supplier.info.platform);
    if (platform === null) return { kind: "none" };
    const opened = await openPackageSource(supplier.rootfs, platform, access);
    if (!opened.ok) return { kind: "unavailable", failure: opened.failure };
    if (opened.value === null) return { kind: "none" };
    sources.push(opened.value);
    return { kind: "source", source: opened.value };
  };
  const sourceOf = (supplier: BaseRoot): Promise<Opened> => {
    const key = `${supplier.info.id} ${supplier.info.platform}`;
    const known = bySupplier.get(key) ?? openSource(supplier);
    bySupplier.set(key, known);
    return known;
  };

  return {
    sources,
    async find(base) {
      const isOwn = base.info.packageManager !== null;
      const supplier = isOwn ? base : await openBuilder(base.info, catalogue);
      if (supplier === null) return { kind: "none" };
      const opened = await sourceOf(supplier);
      if (opened.kind !== "source") return opened;
      return { kind: "supply", supply: makeSupply(base, { supplier, access, ...opened }) };
    },
    close() {
      for (const source of sources) source.close();
    },
  };
}

function makeSupply(
  base: BaseRoot,
  {
    supplier,
    source,
    access,
  }: {
    readonly supplier: BaseRoot;
    readonly source: PackageSource;
    readonly access: RepositoryAccess;
  },
): Supply {
  const isOwn = supplier === base;
  const { reference, measurement, id } = supplier.info;
  const described = describePackageBase(base.info, base.rootfs);
  return {
    source,
    how: isOwn ? "install" : source.family === "dpkg" ? "copy" : "installroot",
    builder: isOwn ? null : { reference: reference ?? id, digest: measurement.digest },
    contentsOf: (added) => fetchPackage(added, source.family, access),
    problemsOf: (step) => packageProblems(step, described),
  };
}

/** The smallest base of the same release and platform that has a package manager; null when there is none. */
async function openBuilder(
  { distro, platform }: BaseInfo,
  catalogue: Catalogue,
): Promise<BaseRoot | null> {
  if (distro === null || distro.version === null) return null;
  const [builder] = catalogue.bases
    .filter(
      (info) =>
        info.packageManager !== null &&
        info.platform === platform &&
        info.distro?.id === distro.id &&
        info.distro.version === distro.version,
    )
    .toSorted((a, b) => a.unpackedBytes - b.unpackedBytes);
  if (builder === undefined) return null;
  const opened = await catalogue.open(builder.id, builder.platform);
  return opened.ok ? toBaseRoot(opened.value) : null;
}
