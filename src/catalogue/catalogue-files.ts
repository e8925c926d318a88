import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeFolder } from "../image/make-folder.ts";
import { systemFailure } from "../image/system-failure.ts";
import { failed, success, type Failure, type Result } from "../model/failure.ts";
import { indexName } from "./catalogue-index.ts";

/** Reads the files of a catalogue by name; a folder, or a test's own. */
export interface CatalogueFiles {
  /** For failures. */
  readonly name: string;
  /** `over-limit` for a file with more bytes than that. */
  read(name: string, maxBytes: number): Result<Uint8Array>;
}

/** A name that the index may hold; anything else could lead out of the folder. */
const namePattern = /^(?:index\.json|facts\/[0-9a-f]{64}\.zst)$/;

/** A catalogue in a folder of this machine. */
export function openCatalogueFolder(folder: string | URL): CatalogueFiles {
  const path = typeof folder === "string" ? folder : fileURLToPath(folder);
  return {
    name: path,
    read(name, maxBytes) {
      if (namePattern.test(name)) return readBounded(join(path, name), maxBytes);
      const [what, where, format] = [indexName, path, "catalogue"] as const;
      const reason = `it names a file ${JSON.stringify(name)}`;
      return failed({ kind: "malformed", what, where, format, reason, offsetBytes: null });
    },
  };
}

function readBounded(path: string, maxBytes: number): Result<Uint8Array> {
  try {
    const { size } = statSync(path);
    if (size <= maxBytes) return success(readFileSync(path));
    const [budget, unit] = ["catalogue file", "bytes"] as const;
    return failed({ kind: "over-limit", what: path, where: null, budget, limit: maxBytes, unit });
  } catch (error) {
    return failed(systemFailure(error, path, null));
  }
}

/**
 * Writes the files of a catalogue: facts first, then the index, each whole or not at all; facts that the new index
 * does not name are removed at last. Who opened the catalogue before may then find a file gone. Null when it is done.
 */
export function writeCatalogueFolder(
  folder: string,
  files: ReadonlyMap<string, Uint8Array>,
): Failure | null {
  try {
    makeFolder(join(folder, "facts"));
    const facts = [...files].filter(([name]) => name !== indexName);
    for (const [name, bytes] of facts) writeWhole(join(folder, name), bytes);
    const index = files.get(indexName);
    if (index !== undefined) writeWhole(join(folder, indexName), index);
    for (const name of readdirSync(join(folder, "facts"))) {
      const isOurs = /^[0-9a-f]{64}\.zst$/.test(name);
      if (isOurs && !files.has(`facts/${name}`)) rmSync(join(folder, "facts", name));
    }
    return null;
  } catch (error) {
    return systemFailure(error, folder, null);
  }
}

/** Others see the old file or the new one. */
function writeWhole(path: string, bytes: Uint8Array): void {
  const temporary = join(dirname(path), `.${randomBytes(6).toString("hex")}.tmp`);
  try {
    writeFileSync(temporary, bytes, { flag: "wx" });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
