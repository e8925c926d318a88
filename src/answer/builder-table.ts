import { readFileSync } from "node:fs";
import type { BaseInfo } from "../model/base.ts";

/** What builds for bases that have no package manager and no base of their release in the catalogue. */
interface Builder {
  /** By the name of the base, or by its distribution, `version` with all that is below it: `9` is `9.4` too. */
  readonly of: { readonly reference?: string; readonly distro?: string; readonly version?: string };
  /** As FROM names it. */
  readonly builder: string;
  readonly source: string;
  readonly date: string;
}

/** `data/` stands two folders up from the sources and from the compiled files. */
const file = new URL("../../data/builders.json", import.meta.url);

/** The image in whose stage packages are installed for this base; null when none is known. Throws SyntaxError when the installation is damaged. */
export function findBuilder({
  reference,
  distro,
}: Pick<BaseInfo, "reference" | "distro">): string | null {
  const builders = readBuilders();
  const byName = builders.find(
    ({ of }) => of.reference !== undefined && of.reference === reference,
  );
  const byRelease = builders.find(
    ({ of }) =>
      of.distro !== undefined &&
      of.distro === distro?.id &&
      (of.version === undefined || isRelease(distro.version ?? "", of.version)),
  );
  return (byName ?? byRelease)?.builder ?? null;
}

const isRelease = (version: string, release: string): boolean =>
  version === release || version.startsWith(`${release}.`);

function readBuilders(): readonly Builder[] {
  const table: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (isTable(table)) return table.builders;
  throw new SyntaxError("Cannot read builders.json: another schema");
}

function isTable(value: unknown): value is { readonly builders: readonly Builder[] } {
  if (typeof value !== "object" || value === null || !("schema" in value)) return false;
  return (
    value.schema === "fromage/builders@1" && "builders" in value && Array.isArray(value.builders)
  );
}
