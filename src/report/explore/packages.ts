import type { ListedPackage } from "../../explore/packages/list-packages.ts";
import type { PackageFiles } from "../../explore/packages/package-files.ts";
import type { LayerFacts } from "../../image/layer-facts.ts";
import { cellsOf } from "../clean.ts";
import { alignRows } from "./align-rows.ts";
import { sizeCell } from "./du.ts";
import { layerWords } from "./layer-words.ts";
import { nameWords, type NameStyle } from "./name-words.ts";

export interface PackagesStyle extends NameStyle {
  /** `12K` in place of bytes. */
  readonly isHuman: boolean;
  /** Cells of a line. */
  readonly columns: number;
  /** To say which layer brought each; null: not said. */
  readonly layers: readonly Pick<LayerFacts, "diffId">[] | null;
  /** Whether packages of several managers are there. */
  readonly hasManagers: boolean;
}

/** One line per package. On a terminal without room for it the source is left out. Ends in a line end. */
export function renderPackages(packages: readonly ListedPackage[], style: PackagesStyle): string {
  const whole = tableOf(packages, { ...style, hasSources: true });
  const isWide = whole.some((line) => cellsOf(line) > style.columns);
  const lines =
    style.isTerminal && isWide ? tableOf(packages, { ...style, hasSources: false }) : whole;
  return lines.map((line) => `${line}\n`).join("");
}

type TableStyle = PackagesStyle & { readonly hasSources: boolean };

function tableOf(packages: readonly ListedPackage[], style: TableStyle): readonly string[] {
  const titles = [
    ...["SIZE", "FILES", "NAME", "VERSION", "ARCH"],
    ...(style.hasSources ? ["SOURCE"] : []),
    ...(style.hasManagers ? ["MANAGER"] : []),
    ...(style.layers === null ? [] : ["LAYER"]),
  ];
  const rows = packages.map((one) => rowOf(one, style));
  return alignRows([titles, ...rows], new Set([0, 1]));
}

function rowOf(one: ListedPackage, style: TableStyle): readonly string[] {
  const { layers, hasManagers, hasSources } = style;
  const { name, version, source, sourceVersion, layerIndex } = one;
  const from = sourceVersion === version ? source : `${source} ${sourceVersion}`;
  const words = [name, version, one.architecture ?? "-", ...(hasSources ? [from] : [])];
  const layer = layerIndex === null || layers === null ? "?" : layerWords(layerIndex, layers);
  return [
    sizeCell(one.sizeBytes, style),
    one.files === null ? "?" : String(one.files),
    ...words.map((text) => nameWords(text, style)),
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
