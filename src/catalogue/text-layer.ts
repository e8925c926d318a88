import type { FileEntry, LayerFacts, Section } from "../image/layer-facts.ts";
import { readers } from "../image/readers/list.ts";

/** A layer of small text files, by absolute path, that belong to root and that all may read. Pure. */
export function textLayer(texts: Readonly<Record<string, string>>): LayerFacts {
  const entries = Object.keys(texts)
    .toSorted()
    .map((path): FileEntry => {
      const sizeBytes = Buffer.byteLength(texts[path] ?? "");
      return { path, type: "file", mode: 0o644, uid: 0, gid: 0, sizeBytes };
    });
  const section = <Fact>(
    revision: number,
    byPath: Readonly<Record<string, Fact>> = {},
  ): Section<Fact> => ({ revision, byPath, failures: [] });
  return {
    diffId: null,
    compressedBytes: null,
    uncompressedBytes: entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    entries,
    elf: section(readers.elf.revision),
    shebangs: section(readers.shebangs.revision),
    texts: section(readers.texts.revision, texts),
    loaderCaches: section(readers.loaderCaches.revision),
    packages: section(readers.packages.revision),
    failures: [],
  };
}
