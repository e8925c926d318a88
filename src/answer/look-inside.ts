import { success, type Result } from "../model/failure.ts";
import type { Supply } from "../choose/supply.ts";
import type { PackageContents } from "../repositories/contents/package-contents.ts";
import type { Provider, RepositoryPackage, Wanted } from "../repositories/package-source.ts";

/** Where a package has it, and whether it has the asked versions. */
export type SeenInside = Pick<Provider, "path" | "versions">;

/** Reads the package itself; null when it does not have it. Fails as fetching and reading it does. */
export async function lookInside(
  offered: RepositoryPackage,
  wanted: Wanted,
  { contentsOf }: Pick<Supply, "contentsOf">,
): Promise<Result<SeenInside | null>> {
  const read = await contentsOf({ ...offered, because: { kind: "asked" } });
  if (!read.ok) return read;
  switch (wanted.kind) {
    case "soname":
      return success(seeLibrary(read.value, wanted));
    case "command":
      return success(seeFile(read.value, (path) => commandPattern(wanted.name).test(path)));
    case "file":
      return success(seeFile(read.value, (path) => path === wanted.path));
    case "package":
      return success({ path: null, versions: "unknown" });
  }
}

/** By its own soname or by the name that the loader looks for. Its folder is the one that the package has. */
function seeLibrary(
  contents: PackageContents,
  { soname, elfClass, versions }: Extract<Wanted, { readonly kind: "soname" }>,
): SeenInside | null {
  const { layer, elf } = contents;
  for (const [path, brief] of Object.entries(layer.elf.byPath)) {
    const isIt = brief.soname === soname || path.endsWith(`/${soname}`);
    if (!isIt || brief.class !== elfClass) continue;
    if (versions.length === 0) return { path, versions: "unknown" };
    const facts = elf.get(brief.sha256);
    if (facts === null) return { path, versions: "unknown" };
    const defined = new Set(facts.versionDefinitions.map(({ name }) => name));
    return { path, versions: versions.every((name) => defined.has(name)) ? "all" : "not-all" };
  }
  return null;
}

function seeFile({ layer }: PackageContents, isIt: (path: string) => boolean): SeenInside | null {
  const entry = layer.entries.find(({ type, path }) => type !== "directory" && isIt(path));
  return entry === undefined ? null : { path: entry.path, versions: "unknown" };
}

/** In a folder that is called as those of PATH are: programs that become links lie in `/usr/lib/jvm/…/bin` too. */
function commandPattern(name: string): RegExp {
  return new RegExp(`/s?bin/${name.replace(/[^\w]/g, "\\$&")}$`);
}
