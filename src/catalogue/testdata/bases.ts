import { createHash } from "node:crypto";
import { parseElf } from "../../formats/elf/parse-elf.ts";
import type { ElfFacts } from "../../formats/elf/facts.ts";
import type { ElfStore, LayerFacts, Section } from "../../image/layer-facts.ts";
import { readers } from "../../image/readers/list.ts";
import type { BaseInfo } from "../../model/base.ts";
import type { Digest } from "../../model/digest.ts";
import { success } from "../../model/failure.ts";
import type { OpenBase } from "../catalogue.ts";
import type { CatalogueFiles } from "../catalogue-files.ts";

/** A base with these layers; each is named by one letter and holds a file of that name, upper case ones are ELF. */
export function makeBase(id: string, layerNames: string, platform = "linux/amd64"): OpenBase {
  const names = Array.from(layerNames);
  const diffIds = names.map((name): Digest => `sha256:${sha256(name)}`);
  const [os = "", architecture = ""] = platform.split("/");
  const config = {
    platform: { os, architecture },
    user: "",
    env: ["PATH=/bin"],
    entrypoint: null,
    cmd: ["/bin/sh"],
    workingDir: "",
    labels: { name: id },
    created: null,
    diffIds,
  };
  return { info: makeInfo(id, platform), config, layers: names.map(makeLayer), elf: elfStore };
}

function makeInfo(id: string, platform: string): BaseInfo {
  return {
    id,
    reference: id,
    platform,
    measurement: { kind: "measured", digest: null, date: "2026-11-25", source: "a test" },
    compressedBytes: 10,
    unpackedBytes: 20,
    distro: null,
    libc: null,
    shell: null,
    packageManager: null,
    user: "",
    packages: null,
    cpuLevel: "x86-64-v1",
    support: null,
  };
}

function makeLayer(name: string): LayerFacts {
  const path = `/${name}`;
  const isElf = name !== name.toLowerCase();
  const brief = {
    machine: 62,
    class: 64,
    type: "shared",
    soname: null,
    interpreter: null,
  } as const;
  const section = <Fact>(reader: { readonly revision: number }): Section<Fact> => ({
    revision: reader.revision,
    byPath: {},
    failures: [],
  });
  return {
    diffId: `sha256:${sha256(name)}`,
    compressedBytes: 10,
    uncompressedBytes: 20,
    entries: [{ path, type: "file", mode: 0o644, uid: 0, gid: 0, sizeBytes: 20 }],
    elf: {
      ...section(readers.elf),
      byPath: isElf ? { [path]: { sha256: sha256(name), ...brief } } : {},
    },
    shebangs: section(readers.shebangs),
    texts: section(readers.texts),
    loaderCaches: section(readers.loaderCaches),
    packages: section(readers.packages),
    failures: [],
  };
}

export function sha256(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Facts of an ELF header with nothing else, told apart by `flags`. */
export function elfFacts(flags: number): ElfFacts {
  const header = Buffer.alloc(64);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  header.writeUInt16LE(3, 16);
  header.writeUInt16LE(62, 18);
  header.writeUInt32LE(1, 20);
  header.writeUInt32LE(flags, 48);
  header.writeUInt16LE(64, 52);
  const content = {
    sizeBytes: header.byteLength,
    read: (offset: number, length: number) => header.subarray(offset, offset + length),
  };
  return parseElf(content);
}

const known = new Map(Array.from("ABCDEF").map((name, index) => [sha256(name), elfFacts(index)]));
const elfStore: ElfStore = { get: (key) => known.get(key) ?? null };

/** Files in memory; `reads` lists what was asked for. */
export function memoryFiles(files: ReadonlyMap<string, Uint8Array>): CatalogueFiles & {
  readonly reads: readonly string[];
} {
  const reads: string[] = [];
  return {
    name: "memory",
    reads,
    read(name) {
      reads.push(name);
      const bytes = files.get(name);
      if (bytes !== undefined) return success(bytes);
      return { ok: false, failure: { kind: "not-found", what: name, where: "memory", near: [] } };
    },
  };
}
