import type { Random } from "../fuzz/random.ts";

/** A small repository and a system, as texts. */
export interface MadeUniverse {
  readonly index: string;
  readonly status: string;
  /** Of the packages of the repository. */
  readonly names: readonly string[];
}

/**
 * Packages that are entangled far more than those of a distribution: old and new versions, alternatives, stand-ins, conflicts with
 * versions and names, common sources. The system is sound: nothing that is installed misses anything or is excluded.
 */
export function makeUniverse(random: Random): MadeUniverse {
  const names = Array.from({ length: 12 + random.below(20) }, (_, at) => `p${at}`);
  const made = names.flatMap((name) =>
    Array.from({ length: 1 + random.below(2) }, (_, at) =>
      makePackage(random, { name, names, at }),
    ),
  );
  const installed = makeSystem(random, names);
  return {
    names,
    index: made.map((fields) => `${fields.join("\n")}\n\n`).join(""),
    status: installed
      .map((fields) => `${[...fields, "Status: install ok installed"].join("\n")}\n\n`)
      .join(""),
  };
}

type Fields = readonly string[];

function makePackage(
  random: Random,
  of: { readonly name: string; readonly names: readonly string[]; readonly at: number },
): Fields {
  const { name, names, at } = of;
  const others = (most: number, make: () => string): string =>
    Array.from({ length: random.below(most + 1) }, make).join(", ");
  const target = (): string => aTarget(random, names);
  const fields: readonly (readonly [string, string])[] = [
    ["Depends", others(2, () => alternatives(random, names))],
    ["Pre-Depends", random.below(6) === 0 ? target() : ""],
    ["Conflicts", random.below(8) === 0 ? target() : ""],
    ["Breaks", random.below(8) === 0 ? target() : ""],
    ["Provides", random.below(2) === 0 ? `v${random.below(5)}${provided(random)}` : ""],
    ["Replaces", random.below(8) === 0 ? target() : ""],
    ["Source", random.below(3) === 0 ? `s${random.below(4)}` : ""],
  ];
  return [
    ...head(name, `${at + 1}`),
    `Priority: ${random.pick(["optional", "optional", "standard", "extra"])}`,
    ...(random.below(25) === 0 ? ["Essential: yes"] : []),
    ...fields.flatMap(([field, value]) => (value === "" ? [] : [`${field}: ${value}`])),
    "Description: made",
  ];
}

function head(name: string, version: string): Fields {
  const filename = `./${name}_${version}_amd64.deb`;
  const size = [`Filename: ${filename}`, "Size: 1", `SHA256: ${"0".repeat(64)}`];
  return [
    `Package: ${name}`,
    `Version: ${version}`,
    "Architecture: amd64",
    "Maintainer: m",
    ...size,
  ];
}

function alternatives(random: Random, names: readonly string[]): string {
  const count = random.below(3) === 0 ? 2 + random.below(2) : 1;
  return Array.from({ length: count }, () => aTarget(random, names)).join(" | ");
}

function aTarget(random: Random, names: readonly string[]): string {
  const name = random.below(4) === 0 ? `v${random.below(5)}` : (random.pick(names) ?? "p0");
  const condition = random.below(6) === 0;
  return condition
    ? `${name} (${random.pick(["<<", "<=", "=", ">=", ">>"])} ${1 + random.below(2)})`
    : name;
}

function provided(random: Random): string {
  return random.below(2) === 0 ? ` (= ${1 + random.below(2)})` : "";
}

/** Old versions that depend on each other in one direction, so that they are sound by themselves. */
function makeSystem(random: Random, names: readonly string[]): readonly Fields[] {
  const chosen = names.filter(() => random.below(3) === 0);
  return chosen.map((name, at) => {
    const before = chosen.slice(0, at);
    const needs = random.below(2) === 0 ? random.pick(before) : undefined;
    const versions = random.below(2) === 0 ? " (<< 2)" : "";
    return [
      ...head(name, "1~old").slice(0, 4),
      "Priority: optional",
      ...(needs === undefined ? [] : [`Depends: ${needs}${versions}`]),
      ...(random.below(3) === 0 ? [`Source: s${random.below(4)}`] : []),
      ...(random.below(5) === 0 ? [`Provides: v${random.below(5)}`] : []),
      "Description: made",
    ];
  });
}
