import type { ListedPackage } from "../../explore/packages/list-packages.ts";
import type { PackageFiles } from "../../explore/packages/package-files.ts";
import type { LayerFacts } from "../../image/layer-facts.ts";
import { alignRows } from "./align-rows.ts";
import { sizeCell } from "./du.ts";
import { layerWords } from "./layer-words.ts";
import { nameWords, type NameStyle } from "./name-words.ts";

export interface PackagesStyle extends NameStyle {
  /** `12K` in place of bytes. */
  readonly isHuman: boolean;
  /** To say which layer brought each; null: not said. */
  readonly layers: readonly Pick<LayerFacts, "diffId">[] | null;
  /** Whether packages of several managers are there. */
  readonly hasManagers: boolean;
}

/** One line per package. Ends in a line end. */
export function renderPackages(packages: readonly ListedPackage[], style: PackagesStyle): string {
  const titles = ["SIZE", "FILES", "NAME", "VERSION", "ARCH", "SOURCE"];
  const rows = packages.map((one) => cellsOf(one, style));
  const more = [...(style.hasManagers ? ["MANAGER"] : []), ...(style.layers ? ["LAYER"] : [])];
  const lines = alignRows([[...titles, ...more], ...rows], new Set([0, 1]));
  return lines.map((line) => `${line}\n`).join("");
}

function cellsOf(one: ListedPackage, style: PackagesStyle): readonly string[] {
  const { layers, hasManagers } = style;
  const { name, version, source, sourceVersion, layerIndex } = one;
  const from = sourceVersion === version ? source : `${source} ${sourceVersion}`;
  const layer = layerIndex === null || layers === null ? "?" : layerWords(layerIndex, layers);
  return [
    sizeCell(one.sizeBytes, style),
    one.files === null ? "?" : String(one.files),
    ...[name, version, one.architecture ?? "-", from].map((text) => nameWords(text, style)),
    ...(hasManagers ? [one.manager] : []),
    ...(layers === null ? [] : [layer]),
  ];
}

/** Paths as the package's list has them, one a line, as `dpkg -L` does; or with a NUL behind each. */
export function renderPackageFiles(
  packages: readonly PackageFiles[],
  style: NameStyle,
  ending: "\n" | "\0",
): string {
  const isRaw = ending === "\0";
  return packages
    .flatMap(({ files }) => files)
    .map(({ path }) => `${isRaw ? path : nameWords(path, style)}${ending}`)
    .join("");
}
