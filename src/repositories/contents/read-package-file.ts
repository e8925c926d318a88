import { FactsCache, type CachedLayer } from "../../image/cache/facts-cache.ts";
import { hashFile } from "../../image/cache/hash-file.ts";
import { joinElfStores, openElfLines } from "../../image/elf-lines.ts";
import type { LayerFacts } from "../../image/layer-facts.ts";
import { withSections } from "../../image/layer-record.ts";
import { revisions } from "../../image/readers/revisions.ts";
import type { Digest } from "../../model/digest.ts";
import { success, type Failure, type Result } from "../../model/failure.ts";
import { HeaderCache } from "./header-cache.ts";
import type {
  PackageContents,
  PackageFile,
  PackageReader,
  ReadPackageOptions,
} from "./package-contents.ts";

export interface ReadPackageFileOptions {
  /** As in RepositoryAccess; null when nothing may be kept. */
  readonly cacheFolder: string | null;
  readonly signal?: AbortSignal;
  readonly now?: () => Date;
}

/** What is known of a package, and why it could not be kept for the next time (null where it was, or need not be). */
export interface ReadPackage {
  readonly contents: PackageContents;
  readonly cacheProblem: Failure | null;
}

/**
 * Facts of one package's own files and what it says of itself, from the cache where they are. A file without a `digest` is hashed
 * first; one whose digest is given is taken for what that says. Fails when it cannot be read, is no such package, and when
 * the signal fires; what is broken inside is among the failures of `layer` and in `problems`.
 */
export async function readPackageFile(
  file: PackageFile,
  reader: PackageReader,
  options: ReadPackageFileOptions,
): Promise<Result<ReadPackage>> {
  const { cacheFolder, signal } = options;
  const passed = signal === undefined ? {} : { signal };
  if (cacheFolder === null) {
    const read = await readAnew(file, reader, passed);
    return read.ok ? success({ contents: read.value.contents, cacheProblem: null }) : read;
  }
  const digest = await digestOf(file, passed);
  if (!digest.ok) return digest;
  const facts = new FactsCache(cacheFolder, revisions, options.now);
  const headers = new HeaderCache(cacheFolder);
  const known = headers.load(digest.value, reader);
  const layer = known === null ? null : facts.load(known.diffId, file.name);
  const whole = layer === null ? null : wholeLayer(layer);
  if (known !== null && layer !== null && whole !== null) {
    const contents = { ...known.header, layer: whole, elf: layer.elf };
    return success({ contents, cacheProblem: null });
  }
  const read = await readAnew(file, reader, { ...passed, known: facts.elf });
  if (!read.ok) return read;
  const { contents, elfLines } = read.value;
  const { layer: made, elf, ...header } = contents;
  if (made.diffId !== null) {
    facts.store({ facts: made, elfLines });
    headers.store(digest.value, reader, { diffId: made.diffId, header });
  }
  return success({
    contents: { ...header, layer: made, elf },
    cacheProblem: facts.problem ?? headers.problem,
  });
}

async function readAnew(
  file: PackageFile,
  reader: PackageReader,
  options: ReadPackageOptions,
): Promise<Result<{ readonly contents: PackageContents; readonly elfLines: Uint8Array }>> {
  const read = await reader.read(file, options);
  if (!read.ok) return read;
  const { header, facts, elfLines } = read.value;
  const made = openElfLines(elfLines);
  const elf = options.known === undefined ? made : joinElfStores([made, options.known]);
  return success({ contents: { ...header, layer: facts, elf }, elfLines });
}

/** Null when a section has to be made anew. */
function wholeLayer({ core, sections }: CachedLayer): LayerFacts | null {
  const { elf, shebangs, texts, loaderCaches, packages } = sections;
  if (!elf || !shebangs || !texts || !loaderCaches || !packages) return null;
  return withSections(core, { elf, shebangs, texts, loaderCaches, packages });
}

async function digestOf(
  { file, digest }: PackageFile,
  options: Pick<ReadPackageOptions, "signal">,
): Promise<Result<Digest>> {
  if (digest !== null) return success(digest);
  // The algorithm is that of the digest; its hex does not matter here.
  return hashFile(file, { digest: "sha256:", ...options });
}
