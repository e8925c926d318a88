import type { ImageConfig } from "../image/image.ts";
import type { ElfStore, LayerFacts } from "../image/layer-facts.ts";
import type { BaseInfo } from "../model/base.ts";
import type { Digest } from "../model/digest.ts";
import { failed, type Result } from "../model/failure.ts";

/** All that is known of one base: of the catalogue, or measured just now. */
export interface OpenBase {
  readonly info: BaseInfo;
  readonly config: ImageConfig;
  /** Bottom first. */
  readonly layers: readonly LayerFacts[];
  /** Whole facts of every ELF file that the layers name. */
  readonly elf: ElfStore;
}

/** A known base at the bottom of an image. */
export interface FoundBase {
  readonly id: string;
  readonly platform: string;
  /** How many layers of the image are the base's. */
  readonly layers: number;
}

/** The bases that are known. Listing them reads nothing but an index; facts are read when a base is opened. */
export interface Catalogue {
  /** Sorted by id, then platform. */
  readonly bases: readonly BaseInfo[];
  /**
   * Facts of one base; `platform` as in its info. Fails with `not-found` for a base that is not there, with
   * `malformed` when its facts are not the bytes that were written.
   */
  open(id: string, platform: string): Promise<Result<OpenBase>>;
  /** The base with the longest chain of layers at the bottom of these, bottom first; null when none is known. */
  findByDiffIds(diffIds: readonly Digest[]): FoundBase | null;
  /** All bases whose layers are at the bottom of these, the longest chain first, then in the order of `bases`. */
  findAllByDiffIds(diffIds: readonly Digest[]): readonly FoundBase[];
}

/** Order of bases everywhere: by id, then platform, by UTF-16 code unit. */
export function compareBases(
  a: Pick<BaseInfo, "id" | "platform">,
  b: Pick<BaseInfo, "id" | "platform">,
): number {
  return compare(a.id, b.id) || compare(a.platform, b.platform);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Several catalogues as one; where two have the same base, the later one counts. */
export function joinCatalogues(catalogues: readonly Catalogue[]): Catalogue {
  const owners = new Map<string, { readonly info: BaseInfo; readonly catalogue: Catalogue }>();
  for (const catalogue of catalogues) {
    for (const info of catalogue.bases) owners.set(keyOf(info), { info, catalogue });
  }
  const bases = [...owners.values()].map(({ info }) => info).toSorted(compareBases);
  return {
    bases,
    async open(id, platform) {
      const owner = owners.get(keyOf({ id, platform }));
      return owner === undefined
        ? failed(noSuchBase(bases, id, platform))
        : owner.catalogue.open(id, platform);
    },
    findByDiffIds(diffIds) {
      let best: FoundBase | null = null;
      for (const catalogue of catalogues) {
        const found = catalogue.findByDiffIds(diffIds);
        // A base that another catalogue has under the same name is not this one.
        if (found === null || owners.get(keyOf(found))?.catalogue !== catalogue) continue;
        if (best === null || found.layers >= best.layers) best = found;
      }
      return best;
    },
    findAllByDiffIds(diffIds) {
      const found = catalogues.flatMap((catalogue) =>
        catalogue
          .findAllByDiffIds(diffIds)
          .filter((base) => owners.get(keyOf(base))?.catalogue === catalogue),
      );
      return found.toSorted(compareChains);
    },
  };
}

/** The longest chain first. */
export function compareChains(a: FoundBase, b: FoundBase): number {
  return b.layers - a.layers || compareBases(a, b);
}

const keyOf = ({ id, platform }: Pick<BaseInfo, "id" | "platform">): string => `${id} ${platform}`;

/** Near are bases of the same family: what stands before the first hyphen. */
export function noSuchBase(
  bases: readonly BaseInfo[],
  id: string,
  platform: string,
): { kind: "not-found"; what: string; where: string; near: readonly string[] } {
  const platforms = bases
    .filter((base) => base.id === id)
    .map((base) => `${id} (${base.platform})`);
  const [family = id] = id.split("-");
  const relatives = bases.filter((base) => base.id.startsWith(family)).map((base) => base.id);
  const near = platforms.length > 0 ? platforms : [...new Set(relatives)].slice(0, 5);
  return { kind: "not-found", what: `base ${id} for ${platform}`, where: "catalogue", near };
}
