import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

/**
 * The folder with the real test images: FROMAGE_TEST_IMAGES, or ../shared/images beside the project.
 * Null when there is neither; tests that need it then skip with that reason.
 */
export function findTestImages(): string | null {
  const named = process.env["FROMAGE_TEST_IMAGES"];
  const folder = named ? resolve(named) : resolve(import.meta.dirname, "../../shared/images");
  return existsSync(folder) ? folder : null;
}

/** Why a test that needs the images is skipped, for its name. */
export const withoutImages = "skipped: neither FROMAGE_TEST_IMAGES nor ../shared/images is there";

/** Path of one test image; throws when the folder is not there, so ask `findTestImages` first. */
export function testImage(name: string): string {
  const folder = findTestImages();
  if (folder === null) throw new Error(withoutImages);
  return join(folder, name);
}
