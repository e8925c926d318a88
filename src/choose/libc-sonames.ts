import { readFileSync } from "node:fs";

/** `data/` stands two folders up from the sources and from the compiled files. */
const file = new URL("../../data/glibc-libraries.json", import.meta.url);

/**
 * Names of the parts of glibc, which are a base's and never copied, with its source and day in the file. Throws when
 * the installation is damaged.
 */
export function readLibcSonames(): ReadonlySet<string> {
  const parsed: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (typeof parsed === "object" && parsed !== null && "sonames" in parsed) {
    const { sonames } = parsed;
    if (Array.isArray(sonames)) return new Set(sonames.filter((name) => typeof name === "string"));
  }
  throw new TypeError("Cannot read glibc-libraries.json: it has no sonames");
}
