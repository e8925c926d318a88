import { installedPackages, type ImagePackages } from "../distros/installed-packages.ts";
import { isLeftOut, parsePathRules, type PathRule } from "../formats/dpkg/path-filter.ts";
import { joinElfStores } from "../image/elf-lines.ts";
import type { ElfStore, FileEntry, LayerFacts } from "../image/layer-facts.ts";
import type { MergedRootfs } from "../image/merge.ts";
import { takePaths } from "../image/take-paths.ts";
import type { PackageContents } from "./contents/package-contents.ts";
import { chooseLinks, type MadeLink } from "./lay/choose-links.ts";
import { divert, realPlace } from "./lay/divert.ts";
import { findRemoved } from "./lay/find-removed.ts";
import { makeLoaderCache } from "./lay/loader-cache.ts";
import { Placement } from "./lay/placement.ts";

export interface LayInput {
  /** The base. */
  readonly rootfs: MergedRootfs;
  /** What is laid over it, in any order. */
  readonly packages: readonly PackageContents[];
  /** Names of those of `packages` that the base has in another version. */
  readonly replaced: readonly string[];
  /** Names of packages of the base that go. */
  readonly removed: readonly string[];
  /** `installed`: by the base's package manager. `copied`: their files alone, no script run, nothing taken away. */
  readonly how: "installed" | "copied";
}

/** A script, and what it does that is not known. */
export interface UnknownScript {
  readonly package: string;
  readonly script: string;
  readonly statements: readonly string[];
}

export interface LaidPackages {
  /** What comes over the base, by real paths; whiteouts for what goes. */
  readonly layer: LayerFacts;
  readonly elf: ElfStore;
  /** Links that update-alternatives makes, or that are to be made in its stead; sorted by path. They are in `layer` too. */
  readonly links: readonly MadeLink[];
  /** `copied`: what is not run and may be missed; empty otherwise. In the order of the packages. */
  readonly unknownScripts: readonly UnknownScript[];
  /** `installed`: what is run and may have made, or changed, more than `layer` has; empty otherwise. */
  readonly ranScripts: readonly UnknownScript[];
}

const ldconfigPaths = ["/sbin/ldconfig", "/usr/sbin/ldconfig"];
const loaderCachePath = "/etc/ld.so.cache";

/**
 * What a base looks like with packages in it, as its package manager leaves it or as a stage of a Dockerfile copies them. Links of
 * the root are followed (/lib to /usr/lib). Installed: diversions and dpkg's path filters hold, files of replaced versions and of
 * removed packages go, the loader's cache is made anew where the base has ldconfig. Both ways alternatives have the links of
 * automatic mode. Pure. Source: dpkg src/main/archives.c, update-alternatives(1), ldconfig(8).
 */
export function layPackages(input: LayInput): LaidPackages {
  const { rootfs, packages, how } = input;
  const installed = installedPackages(rootfs);
  const placement = new Placement(rootfs);
  if (how === "installed") {
    const going = new Set([...input.replaced, ...input.removed]);
    placement.addEntries(findRemoved(rootfs, installed, going));
    moveDiverted(placement, packages);
  }
  const own = packages.flatMap(({ scripts }) =>
    scripts.flatMap(({ effects }) => effects.diversions),
  );
  const known = installed.databases.flatMap(({ diversions }) => diversions);
  const rules = how === "installed" ? pathRules(rootfs) : [];
  for (const {
    package: { name },
    layer,
    elf,
  } of packages) {
    const diversions = [...known, ...own];
    const diverted =
      how === "installed" ? divert(placement.root, layer, { name, diversions }) : layer;
    placement.add(withoutMarks(filter(diverted, rules)), elf);
  }
  const links = makeLinks(placement, input, installed);
  if (how === "installed" && asksForLoaderCache(input, installed)) refreshLoaderCache(placement);
  const unknown = unknownScripts(packages);
  return {
    layer: placement.toLayer(),
    elf: joinElfStores(packages.map(({ elf }) => elf)),
    links,
    unknownScripts: how === "copied" ? unknown : [],
    ranScripts: how === "installed" ? unknown : [],
  };
}

/** Files of the base that a new diversion puts elsewhere. */
function moveDiverted(placement: Placement, packages: readonly PackageContents[]): void {
  const { root } = placement;
  for (const { package: owner, scripts } of packages) {
    for (const { from, to, by } of scripts.flatMap(({ effects }) => effects.diversions)) {
      const place = realPlace(root, from);
      const there = root.lookup(place);
      if (by !== owner.name || there === null || there.entry.type === "directory") continue;
      placement.addEntries([whiteout(place)]);
      placement.add(takePaths(root, [{ from: place, to: realPlace(root, to) }]), elfOf(root));
    }
  }
}

/** Facts of files of a root, for those that are moved within it: they stay known by their content. */
const elfOf = (root: MergedRootfs): ElfStore => ({
  get(sha256) {
    for (const path of root.paths()) if (root.elfSha256(path) === sha256) return root.elf(path);
    return null;
  },
});

function whiteout(path: string): FileEntry {
  return { path, type: "whiteout", mode: 0, uid: 0, gid: 0, sizeBytes: 0 };
}

/** A package that has a file named like a mark of layers would take files away that it does not know of. */
function withoutMarks(layer: LayerFacts): LayerFacts {
  const isMark = ({ type }: FileEntry): boolean => type === "whiteout" || type === "opaque";
  if (!layer.entries.some(isMark)) return layer;
  return { ...layer, entries: layer.entries.filter((entry) => !isMark(entry)) };
}

function filter(layer: LayerFacts, rules: readonly PathRule[]): LayerFacts {
  if (rules.length === 0) return layer;
  const entries = layer.entries.filter(({ path, type }) => !isLeftOut(path, type, rules));
  return { ...layer, entries };
}

/** Of dpkg.cfg.d in the order of names, then of dpkg.cfg. Source: dpkg src/common/... dpkg_options_load. */
function pathRules(rootfs: MergedRootfs): readonly PathRule[] {
  const folder = "/etc/dpkg/dpkg.cfg.d";
  const files = rootfs.names(folder).filter((name) => /^[A-Za-z0-9_-]+$/.test(name));
  const texts = [...files.map((name) => `${folder}/${name}`), "/etc/dpkg/dpkg.cfg"].map((path) =>
    rootfs.text(path),
  );
  return texts.flatMap((text) => (text === null ? [] : parsePathRules(text)));
}

function makeLinks(
  placement: Placement,
  { packages }: LayInput,
  installed: ImagePackages,
): readonly MadeLink[] {
  const added = packages.flatMap(({ scripts }) =>
    scripts.flatMap(({ effects }) => effects.alternatives),
  );
  const known = installed.databases.flatMap(({ alternatives }) => alternatives ?? []);
  const links = chooseLinks(placement.root, added, known);
  placement.addEntries(links.map(toEntry));
  return links;
}

function toEntry({ path, target }: MadeLink): FileEntry {
  return { path, type: "symlink", mode: 0o777, uid: 0, gid: 0, sizeBytes: 0, linkTarget: target };
}

/** rpm's C library asks for it after every library by itself. Source: Fedora's glibc.spec, %transfiletriggerin. */
function asksForLoaderCache({ rootfs, packages }: LayInput, { manager }: ImagePackages): boolean {
  const hasLdconfig = ldconfigPaths.some((path) => {
    const found = rootfs.resolve(path);
    return found.kind === "found" && found.node.entry.type === "file";
  });
  const isAsked = packages.some(({ scripts }) =>
    scripts.some(({ effects }) => effects.refreshesLoaderCache),
  );
  return hasLdconfig && (isAsked || (manager === "rpm" && packages.length > 0));
}

function refreshLoaderCache(placement: Placement): void {
  const { entries, links } = makeLoaderCache(placement.root);
  placement.addEntries(links.map(toEntry));
  // Its size is not known, and nobody asks for it.
  const file = {
    path: loaderCachePath,
    type: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    sizeBytes: 0,
  } as const;
  placement.addLoaderCache(file, entries);
}

function unknownScripts(packages: readonly PackageContents[]): readonly UnknownScript[] {
  return packages.flatMap(({ package: { name }, scripts }) =>
    scripts.flatMap(({ name: script, effects }) =>
      effects.unknown.length === 0 ? [] : [{ package: name, script, statements: effects.unknown }],
    ),
  );
}
