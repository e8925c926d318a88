import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { OpenBase } from "../src/catalogue/catalogue.ts";
import { writeCatalogueFolder } from "../src/catalogue/catalogue-files.ts";
import { readShippedSupport } from "../src/catalogue/installed-catalogue.ts";
import { measureBase, type ConfigDefaults } from "../src/catalogue/measure-base.ts";
import { packCatalogue } from "../src/catalogue/pack-catalogue.ts";
import type { Image } from "../src/image/image.ts";
import { openImages } from "../src/image/sources/open-images.ts";
import type { Digest } from "../src/model/digest.ts";
import { parsePlatform, type Platform } from "../src/model/platform.ts";

/**
 * Makes the catalogue in data/ from files of images and data/bases.recipe.json, which says what each file is:
 *
 *     node scripts/build-catalogue.ts FOLDER_WITH_IMAGES
 *
 * The same files and recipe give the same bytes. Bases of other images are added with
 * `fromage bases add … --catalogue data`; a later run of this script leaves them out.
 */
interface Recipe {
  readonly schema: "fromage/bases-recipe@1";
  /** ISO day on which the files were read. */
  readonly date: string;
  readonly bases: readonly RecipeBase[];
}

interface RecipeBase {
  readonly id: string;
  readonly reference: string;
  readonly platform: string;
  /** Name in the folder of images; null for scratch, which has none. */
  readonly file: string | null;
  readonly kind: "measured" | "stand-in";
  readonly source: string;
  /** Of the publisher's manifest, where it is known to be that of the file. */
  readonly digest?: Digest;
  /** What the publisher's config says, where the file has none. */
  readonly config?: ConfigDefaults;
  /** Small files that the publisher's image has and a stand-in lacks: lines by path, and where they are from, with the day. */
  readonly texts?: Readonly<Record<string, readonly string[]>>;
  readonly textsSource?: string;
}

const data = resolve(import.meta.dirname, "../data");
const [images] = process.argv.slice(2);
if (images === undefined) {
  process.stderr.write("Usage: node scripts/build-catalogue.ts FOLDER_WITH_IMAGES\n");
  process.exitCode = 2;
} else {
  await build(resolve(images));
}

async function build(folder: string): Promise<void> {
  const recipe = readRecipe(join(data, "bases.recipe.json"));
  const temporaryFolder = mkdtempSync(join(tmpdir(), "fromage-"));
  try {
    const bases: OpenBase[] = [];
    for (const base of recipe.bases)
      bases.push(await measure(base, { ...recipe, folder, temporaryFolder }));
    const files = packCatalogue(bases);
    const failure = writeCatalogueFolder(data, files);
    if (failure !== null) throw new Error(JSON.stringify(failure));
    const bytes = [...files.values()].reduce((sum, one) => sum + one.byteLength, 0);
    process.stdout.write(`${bases.length} bases in ${files.size} files, ${bytes} bytes\n`);
  } finally {
    rmSync(temporaryFolder, { recursive: true, force: true });
  }
}

interface Folders {
  readonly date: string;
  readonly folder: string;
  readonly temporaryFolder: string;
}

async function measure(
  { platform, file, digest, texts: lines, ...base }: RecipeBase,
  { date, folder, temporaryFolder }: Folders,
): Promise<OpenBase> {
  const image = await openOne(file === null ? "scratch" : join(folder, file), {
    cwd: folder,
    platforms: [readPlatform(platform)],
    temporaryFolder,
  });
  const common = { date, digest: digest ?? null, support: readShippedSupport() };
  const texts = new Map(
    Object.entries(lines ?? {}).map(([path, all]) => [path, `${all.join("\n")}\n`]),
  );
  const added = texts.size === 0 ? {} : { texts: Object.fromEntries(texts) };
  const measured = await measureBase(image, { ...base, ...common, ...added });
  if (measured.ok) return measured.value;
  throw new Error(`${base.id}: ${JSON.stringify(measured.failure)}`);
}

async function openOne(
  reference: string,
  options: Parameters<typeof openImages>[1],
): Promise<Image> {
  const opened = await openImages(reference, options);
  if (!opened.ok) throw new Error(`${reference}: ${JSON.stringify(opened.failure)}`);
  const [image] = opened.value;
  if (image === undefined) throw new Error(`${reference}: it holds no image`);
  return image;
}

function readRecipe(file: string): Recipe {
  const recipe: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (isRecipe(recipe)) return recipe;
  throw new Error(`${file} is no recipe of this revision`);
}

function isRecipe(value: unknown): value is Recipe {
  if (typeof value !== "object" || value === null || !("schema" in value)) return false;
  return value.schema === "fromage/bases-recipe@1" && "bases" in value;
}

function readPlatform(text: string): Platform {
  const platform = parsePlatform(text);
  if (platform === null) throw new Error(`${text} is no platform`);
  return platform;
}
