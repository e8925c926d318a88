import type { App } from "../check/app.ts";
import type { BaseRoot } from "../check/base-root.ts";
import { checkApp, type Additions, type Checked } from "../check/check-app.ts";
import type { ElfFacts } from "../formats/elf/facts.ts";
import type { ElfStore } from "../image/layer-facts.ts";
import type { MergedRootfs } from "../image/merge.ts";
import { takePaths, type TakenPath } from "../image/take-paths.ts";
import { isSameMachine } from "../linking/machine.ts";
import type { LinkedProcess } from "../linking/process.ts";
import type { Copy, Recipe } from "../model/answer.ts";
import type { Finding } from "../model/finding.ts";

/** Where libraries come from when a base lacks them. */
export interface LibrarySource {
  readonly rootfs: MergedRootfs;
  readonly elf: ElfStore;
  /** The app's programs as they start there. */
  readonly processes: readonly LinkedProcess[];
  readonly app: App;
  /** Names of the C library's own parts (data/glibc-libraries.json): they are the base's. */
  readonly libcSonames: ReadonlySet<string>;
}

/** How often a check may show further missing libraries. Each round adds at least one file. */
const maxRounds = 16;

/** A recipe and what the check with it says. */
export interface WithRecipe {
  readonly recipe: Recipe;
  readonly checked: Checked;
}

/**
 * Looks for every library that the base lacks in the target itself, puts it where the base's loader looks, and checks
 * again, until nothing more is missing or nothing more is found. The C library and its loader are never taken: they
 * belong together and to the base. Null when there is nothing to take.
 */
export function copyLibraries(
  source: LibrarySource,
  base: BaseRoot,
  asIs: Checked,
): WithRecipe | null {
  const copies = new Map<string, Copy>();
  const taken: TakenPath[] = [];
  let checked = asIs;
  let additions: Additions | null = null;
  for (let round = 0; round < maxRounds; round++) {
    const before = copies.size;
    for (const soname of missingIn(checked.findings)) {
      const path = findLibrary(source, soname);
      const directory = path === null ? null : placeFor(path, checked);
      if (path === null || directory === null) continue;
      const to = `${directory}/${soname}`;
      if (copies.has(to) || checked.rootfs.lookup(to) !== null) continue;
      copies.set(to, makeCopy(source, { path, to, soname }));
      taken.push({ from: path, to });
    }
    if (copies.size === before) break;
    additions = { layer: takePaths(source.rootfs, taken), elf: source.elf, env: {} };
    checked = checkApp(source.app, base, additions);
  }
  if (additions === null) return null;
  const sorted = [...copies.values()].toSorted((a, b) => (a.to < b.to ? -1 : 1));
  const recipe = {
    copies: sorted,
    packages: [],
    packageStep: null,
    env: {},
    findings: checked.findings,
  };
  return { recipe, checked };
}

function missingIn(findings: readonly Finding[]): ReadonlySet<string> {
  const missing = new Set<string>();
  for (const finding of findings) {
    if (finding.code === "library-missing" || finding.code === "soname-link-missing") {
      missing.add(finding.soname);
    }
  }
  return missing;
}

/** The file that the target's own loader took for that name, or one of that soname in the app's files. */
function findLibrary(source: LibrarySource, soname: string): string | null {
  if (soname.includes("/") || source.libcSonames.has(soname)) return null;
  for (const { objects } of source.processes) {
    for (const object of objects) {
      const isAsked = object.needs.some((need) => need.soname === soname && need.object !== null);
      const found = isAsked ? object.needs.find((need) => need.soname === soname)?.object : null;
      if (found && found.because !== "self" && !isPartOfLibc(found.facts)) return found.realPath;
    }
  }
  const wanted = source.processes[0]?.objects[0]?.facts;
  const candidates = Object.entries(source.app.layer.elf.byPath).filter(
    ([path, brief]) => brief.soname === soname || path.endsWith(`/${soname}`),
  );
  for (const [path] of candidates) {
    const facts = source.rootfs.elf(path);
    if (facts === null || isPartOfLibc(facts)) continue;
    if (wanted === undefined || isSameMachine(facts, wanted)) return path;
  }
  return null;
}

/** Its parts share private symbols, which change from build to build. Source: glibc, version GLIBC_PRIVATE. */
function isPartOfLibc({ versionDefinitions, versionNeeds, loader }: ElfFacts): boolean {
  return (
    loader !== null ||
    versionDefinitions.some(({ name }) => name === "GLIBC_PRIVATE") ||
    versionNeeds.some(({ versions }) => versions.some(({ name }) => name === "GLIBC_PRIVATE"))
  );
}

/** The folder that it has in the target where the base's loader looks there too, else the first one that there is. */
function placeFor(path: string, { starts, rootfs }: Checked): string | null {
  const searched = starts.flatMap(({ problems }) =>
    problems.flatMap(({ subject }) => (subject.code === "library-missing" ? subject.searched : [])),
  );
  const folders = searched
    .filter(({ because }) => because === "default" || because === "musl-path-file")
    .map((place) => place.path.slice(0, place.path.lastIndexOf("/")));
  const own = path.slice(0, path.lastIndexOf("/"));
  if (folders.includes(own)) return own;
  const there = folders.find((folder) => {
    const resolved = rootfs.resolve(folder);
    return resolved.kind === "found" && resolved.node.entry.type === "directory";
  });
  return there ?? folders[0] ?? null;
}

function makeCopy(
  { rootfs, app }: LibrarySource,
  { path, to, soname }: { readonly path: string; readonly to: string; readonly soname: string },
): Copy {
  const resolved = rootfs.resolve(path);
  const sizeBytes = resolved.kind === "found" ? resolved.node.entry.sizeBytes : 0;
  return { from: path, to, sizeBytes, provides: soname, package: app.packageOf(path) };
}
