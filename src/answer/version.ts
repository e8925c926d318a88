import { readFileSync } from "node:fs";

/** The version in package.json, which stands two folders up from the sources and from the compiled files. */
export function readVersion(): string {
  const file = new URL("../../package.json", import.meta.url);
  const manifest: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) {
    if (typeof manifest.version === "string") return manifest.version;
  }
  throw new TypeError("Cannot tell the version of fromage: its package.json has none");
}
