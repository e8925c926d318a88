import type { Failure } from "../model/failure.ts";
import type { ElfBrief, FileEntry, LayerFacts, Section, ShebangFact } from "./layer-facts.ts";
import type { Rootfs, RootfsNode } from "./rootfs.ts";

/** One path of a root and the path that it gets. */
export interface TakenPath {
  /** Real directory and name; the last part may be a link, which is taken as a link. */
  readonly from: string;
  readonly to: string;
}

/**
 * Some paths of a merged root as one layer with the facts that are known of them, as if they were copied. A second
 * name of a file that is taken already becomes a hard link. Package databases are not taken: what is copied is not
 * installed. Order is that of `paths`, parents come by themselves when the layer is merged.
 */
export function takePaths(rootfs: Rootfs, paths: Iterable<TakenPath>): LayerFacts {
  const entries: FileEntry[] = [];
  const elf: Record<string, ElfBrief> = {};
  const elfFailures: Failure[] = [];
  const shebangs: Record<string, ShebangFact> = {};
  const texts: Record<string, string> = {};
  const firstNames = new Map<RootfsNode, string>();
  let uncompressedBytes = 0;
  for (const { from, to } of paths) {
    const node = rootfs.lookup(from);
    if (node === null) continue;
    const known = firstNames.get(node);
    if (known !== undefined && node.entry.type !== "directory") {
      entries.push({ ...node.entry, path: to, type: "hardlink", sizeBytes: 0, linkTarget: known });
      continue;
    }
    firstNames.set(node, to);
    entries.push({ ...node.entry, path: to });
    if (node.entry.type !== "file") continue;
    uncompressedBytes += node.entry.sizeBytes;
    const brief = briefOf(rootfs, from);
    if (brief !== null) elf[to] = brief;
    const failure = rootfs.elfFailure(from);
    if (failure !== null) elfFailures.push({ ...failure, what: to });
    const shebang = rootfs.shebang(from);
    if (shebang !== null) shebangs[to] = shebang;
    const text = rootfs.text(from);
    if (text !== null) texts[to] = text;
  }
  return {
    diffId: null,
    compressedBytes: null,
    uncompressedBytes,
    entries,
    elf: section(elf, elfFailures),
    shebangs: section(shebangs),
    texts: section(texts),
    loaderCaches: section({}),
    packages: section({}),
    failures: [],
  };
}

/**
 * The layer without the files that no kernel and no loader looks into, so that laying it over many bases costs little:
 * data that nobody may execute and that is not named like a library. Sizes are those of the whole.
 */
export function withoutData(layer: LayerFacts, keep: ReadonlySet<string>): LayerFacts {
  const { elf, shebangs, texts, loaderCaches } = layer;
  const failed = new Set(elf.failures.map(({ what }) => what));
  const sections = [elf.byPath, shebangs.byPath, texts.byPath, loaderCaches.byPath];
  const entries = layer.entries.filter(({ path, type, mode }) => {
    if (type !== "file" || (mode & 0o111) !== 0) return true;
    if (keep.has(path) || failed.has(path) || /\.so(?:\.|$)/.test(path)) return true;
    return sections.some((section) => section[path] !== undefined);
  });
  return { ...layer, entries };
}

/** Revision 0: such a layer is never stored. */
function section<Fact>(
  byPath: Readonly<Record<string, Fact>>,
  failures: readonly Failure[] = [],
): Section<Fact> {
  return { revision: 0, byPath, failures };
}

function briefOf(rootfs: Rootfs, path: string): ElfBrief | null {
  const facts = rootfs.elf(path);
  const sha256 = rootfs.elfSha256(path);
  if (facts === null || sha256 === null) return null;
  const { machine, type, soname, interpreter } = facts;
  return { sha256, machine, class: facts.class, type, soname, interpreter };
}
