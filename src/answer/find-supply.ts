import type { BaseRoot } from "../check/base-root.ts";
import type { Catalogue } from "../catalogue/catalogue.ts";
import { toBaseRoot } from "../choose/open-base.ts";
import type { FindSupply, FoundSupply, Supply } from "../choose/supply.ts";
import { describePackageBase } from "../dockerfile/packages/describe-base.ts";
import { packageProblems } from "../dockerfile/packages/package-problems.ts";
import type { BaseInfo } from "../model/base.ts";
import type { Failure } from "../model/failure.ts";
import { parsePlatform } from "../model/platform.ts";
import type { RepositoryAccess } from "../repositories/access.ts";
import { fetchPackage } from "../repositories/contents/fetch-package.ts";
import { openPackageSource } from "../repositories/open-package-source.ts";
import type { PackageSource } from "../repositories/package-source.ts";
import { findBuilder as findNamedBuilder } from "./builder-table.ts";
import { repositoryKey } from "./repository-key.ts";

/** What supplies bases, with what it has open. */
export interface Supplies {
  readonly find: FindSupply;
  /** Every source that was opened, in that order. */
  readonly sources: readonly PackageSource[];
  close(): void;
}

type Opened =
  | { readonly kind: "source"; readonly source: PackageSource; readonly supplier: BaseRoot }
  | Exclude<FoundSupply, { readonly kind: "supply" }>;

const none: Opened = { kind: "none" };

/**
 * A base that has a package manager and names repositories supplies itself; another one of a distribution is supplied by the
 * smallest base of the catalogue of the same release that can: its builder. Where there is none, the one that data/builders.json
 * names works with the repositories of the base itself. Indexes are fetched when a base needs them, once
 * for all bases that name the same repositories.
 */
export function openSupplies(
  catalogue: Pick<Catalogue, "bases" | "open">,
  access: RepositoryAccess,
): Supplies {
  const sources: PackageSource[] = [];
  const byRepositories = new Map<string, Promise<Opened>>();
  const byRelease = new Map<string, Promise<Opened>>();

  const openSource = async (supplier: BaseRoot): Promise<Opened> => {
    const platform = parsePlatform(supplier.info.platform);
    if (platform === null) return none;
    const opened = await openPackageSource(supplier.rootfs, platform, access);
    if (!opened.ok) return namesNone(opened.failure) ? none : unavailable(opened.failure);
    if (opened.value === null) return none;
    sources.push(opened.value);
    return { kind: "source", source: opened.value, supplier };
  };
  const sourceOf = async (supplier: BaseRoot): Promise<Opened> => {
    const key = repositoryKey(supplier);
    const opened = byRepositories.get(key) ?? openSource(supplier);
    byRepositories.set(key, opened);
    const found = await opened;
    return found.kind === "source" ? { ...found, supplier } : found;
  };
  const findBuilder = async (info: BaseInfo): Promise<Opened> => {
    for (const { id, platform } of buildersFor(info, catalogue)) {
      const builder = await catalogue.open(id, platform);
      if (!builder.ok) return unavailable(builder.failure);
      const opened = await sourceOf(toBaseRoot(builder.value));
      if (opened.kind !== "none") return opened;
    }
    return none;
  };
  const builderOf = (info: BaseInfo): Promise<Opened> => {
    const key = JSON.stringify([info.distro, info.platform]);
    const opened = byRelease.get(key) ?? findBuilder(info);
    byRelease.set(key, opened);
    return opened;
  };

  return {
    sources,
    async find(base) {
      const hasManager = base.info.packageManager !== null;
      const own = hasManager ? await sourceOf(base) : none;
      const opened = own.kind === "none" ? await builderOf(base.info) : own;
      if (opened.kind === "source") {
        return { kind: "supply", supply: makeSupply(base, { ...opened, access, builder: null }) };
      }
      const builder = hasManager || opened.kind !== "none" ? null : findNamedBuilder(base.info);
      if (builder === null) return opened;
      // It names repositories itself, and only lacks what installs from them.
      const named = await sourceOf(base);
      if (named.kind !== "source") return named;
      return { kind: "supply", supply: makeSupply(base, { ...named, access, builder }) };
    },
    close() {
      for (const source of sources) source.close();
    },
  };
}

const unavailable = (failure: Failure): Opened => ({ kind: "unavailable", failure });

/** What is not there is a file or a line of the base, not something at an address. */
function namesNone({ kind, what, where }: Failure): boolean {
  return kind === "not-found" && where === null && !URL.canParse(what);
}

function makeSupply(
  base: BaseRoot,
  {
    supplier,
    source,
    access,
    builder,
  }: Extract<Opened, { readonly kind: "source" }> & {
    readonly access: RepositoryAccess;
    /** Its name, where the base's own repositories are used by another image. */
    readonly builder: string | null;
  },
): Supply {
  const isOwn = supplier === base && builder === null;
  const { reference, measurement, id } = supplier.info;
  // Of other bytes than the publisher's: nobody could pull it.
  const digest = measurement.kind === "measured" ? measurement.digest : null;
  const described = describePackageBase(base.info, base.rootfs);
  return {
    source,
    how: isOwn ? "install" : source.family === "dpkg" ? "copy" : "installroot",
    builder: isOwn
      ? null
      : builder === null
        ? { reference: reference ?? id, digest }
        : { reference: builder, digest: null },
    contentsOf: (added) => fetchPackage(added, source.family, access),
    problemsOf: (step) => packageProblems(step, described),
  };
}

/** Bases of the same release and platform that have a package manager, the smallest first. */
function buildersFor(
  { distro, platform }: BaseInfo,
  { bases }: Pick<Catalogue, "bases">,
): readonly BaseInfo[] {
  if (distro === null || distro.version === null) return [];
  const isBuilder = (info: BaseInfo): boolean =>
    info.packageManager !== null &&
    info.platform === platform &&
    info.distro?.id === distro.id &&
    info.distro.version === distro.version;
  return bases.filter(isBuilder).toSorted((a, b) => a.unpackedBytes - b.unpackedBytes);
}
