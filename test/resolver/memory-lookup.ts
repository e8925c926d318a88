import type { DebLookup } from "../../src/distros/dpkg/resolve/deb-lookup.ts";
import { MentionOrder } from "../../src/formats/dpkg/mention-order.ts";
import { PackagesIndexParser, type DebPackage } from "../../src/formats/dpkg/packages-index.ts";
import { parseRelations } from "../../src/formats/dpkg/parse-relations.ts";

/** All packages of some `Packages` files in memory. */
export interface MemoryLookup extends DebLookup {
  /** Sorted. */
  readonly names: readonly string[];
}

/** Reads whole `Packages` files, in the order in which apt reads them. */
export function readIndexes(
  files: readonly (Uint8Array | { readonly pin: number; readonly bytes: Uint8Array })[],
): MemoryLookup {
  const order = new MentionOrder();
  const debs = files.flatMap((file) => {
    const { pin, bytes } = "pin" in file ? file : { pin: 500, bytes: file };
    const parser = new PackagesIndexParser({ pin, order });
    return [...parser.push(bytes), ...parser.end()];
  });
  return makeLookup(debs);
}

export function makeLookup(debs: readonly DebPackage[]): MemoryLookup {
  const [byName, byProvided] = [new Map<string, DebPackage[]>(), new Map<string, DebPackage[]>()];
  const add = (map: Map<string, DebPackage[]>, name: string, deb: DebPackage): void => {
    const known = map.get(name);
    if (known === undefined) map.set(name, [deb]);
    else if (known.at(-1) !== deb) known.push(deb);
  };
  for (const deb of debs) {
    add(byName, deb.name, deb);
    for (const { alternatives } of parseRelations(deb.relations.provides ?? "").relations) {
      for (const { name } of alternatives) add(byProvided, name, deb);
    }
  }
  return {
    names: [...byName.keys()].sort(),
    named: (name) => byName.get(name) ?? [],
    providing: (name) => byProvided.get(name) ?? [],
  };
}
