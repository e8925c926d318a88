import { defaultBudgets } from "../../model/budgets.ts";
import type { RandomAccess } from "../random-access.ts";
import { type Dynamic, readDynamic, Tag } from "./dynamic.ts";
import type { ElfFacts } from "./facts.ts";
import { libcOf } from "./libc.ts";
import { readInsides } from "./insides.ts";
import { readLoader } from "./loader.ts";
import { readNotes } from "./notes.ts";
import { type ElfBudgets, type ElfReader, openElf } from "./reader.ts";
import { readRelocations } from "./relocations.ts";
import { type ElfHeader, readHeader, SegmentType } from "./segments.ts";
import { readSymbols } from "./symbols.ts";
import { readVersions } from "./versions.ts";

/**
 * The facts of one ELF file, from its program headers and dynamic section: section headers may be stripped or lie, and
 * only what no loader looks at (`goBuild`, `staticLibc`) is read with their help. Throws FormatError when offsets or counts point outside the file.
 */
export function parseElf(content: RandomAccess, budgets: ElfBudgets = defaultBudgets): ElfFacts {
  const elf = openElf(content, budgets);
  const header = readHeader(elf);
  const dynamic = readDynamic(elf, header);
  const interpreter = readInterpreter(elf, header);
  const tables = dynamic === null ? null : readTables(elf, header, dynamic);
  const flags1 = dynamic?.values.get(Tag.flags1) ?? 0;
  const type = typeOf(header, { interpreter, dynamic, isPie: (flags1 & 0x0800_0000) !== 0 });
  const notes = readNotes(elf, header);
  const common = dynamicFacts(dynamic);
  // A loader is started by the kernel itself: it asks for no interpreter and no library. Only such files are searched.
  const mayBeLoader = type === "shared" || type === "static-pie";
  const loader = mayBeLoader && common.needed.length === 0 ? readLoader(content) : null;
  const imports = tables?.symbols.imports ?? [];
  const insides = readInsides(elf, header, { type, interpreter, imports, ...common });
  const versionNeeds = tables?.versions.needs ?? [];
  const versionDefinitions = tables?.versions.definitions ?? [];
  const tls = header.segments.find((segment) => segment.type === SegmentType.tls);
  const stack = header.segments.find((segment) => segment.type === SegmentType.gnuStack);
  return {
    class: elf.is64 ? 64 : 32,
    byteOrder: elf.isLittle ? "little" : "big",
    machine: header.machine,
    osAbi: elf.ident[7] ?? 0,
    flags: header.flags,
    type,
    interpreter,
    isDynamic: dynamic !== null,
    ...common,
    pieFlag: (flags1 & 0x0800_0000) !== 0,
    hasIrelative: tables?.relocations.hasIrelative ?? false,
    versionNeeds,
    versionDefinitions,
    imports,
    exports: tables?.symbols.exports ?? [],
    tls: tls === undefined ? null : { sizeBytes: tls.memoryBytes, alignBytes: tls.alignBytes },
    stack:
      stack === undefined
        ? null
        : { isExecutable: (stack.flags & 1) !== 0, sizeBytes: stack.memoryBytes },
    notes,
    libc: libcOf({ ...common, interpreter, loader, notes, versionNeeds, versionDefinitions }),
    loader,
    ...insides,
    isTruncated: tables?.symbols.isTruncated ?? false,
    isCutOff: header.segments.some(
      ({ type: kind, offsetBytes, fileBytes }) =>
        kind === SegmentType.load && offsetBytes + fileBytes > content.sizeBytes,
    ),
  };
}

function readTables(elf: ElfReader, header: ElfHeader, dynamic: Dynamic) {
  const versions = readVersions(elf, header, dynamic);
  const relocations = readRelocations(elf, header, dynamic);
  return {
    versions,
    relocations,
    symbols: readSymbols({ elf, header, dynamic, versions, relocations }),
  };
}

/** DF_* and DF_1_* bits: glibc elf/elf.h. */
function dynamicFacts(dynamic: Dynamic | null) {
  const value = (tag: number): number => dynamic?.values.get(tag) ?? 0;
  const has = (tag: number): boolean => dynamic?.values.has(tag) ?? false;
  const text = (tag: number, what: string): string | null => {
    const offset = dynamic?.values.get(tag);
    return dynamic === null || offset === undefined ? null : dynamic.text(offset, what);
  };
  const [flags, flags1] = [value(Tag.flags), value(Tag.flags1)];
  return {
    soname: text(Tag.soname, "DT_SONAME"),
    needed: dynamic?.needed.map((offset) => dynamic.text(offset, "DT_NEEDED")) ?? [],
    rpath: text(Tag.rpath, "DT_RPATH"),
    runpath: text(Tag.runpath, "DT_RUNPATH"),
    bindNow: has(Tag.bindNow) || (flags & 8) !== 0 || (flags1 & 1) !== 0,
    noDefaultLib: (flags1 & 0x800) !== 0,
    staticTls: (flags & 0x10) !== 0,
    textRelocations: has(Tag.textRelocations) || (flags & 4) !== 0,
    relr: has(Tag.relr),
    symbolic: has(Tag.symbolic) || (flags & 2) !== 0,
    hasConstructors: has(Tag.init) || has(Tag.initArray) || has(Tag.preinitArray),
    hasVersionSymbols: has(Tag.versionSymbols),
  };
}

function readInterpreter(elf: ElfReader, { segments }: ElfHeader): string | null {
  const segment = segments.find(({ type }) => type === SegmentType.interpreter);
  if (segment === undefined) return null;
  const bytes = elf.bytes(segment.offsetBytes, Math.min(segment.fileBytes, 4096), "PT_INTERP");
  const end = bytes.indexOf(0);
  return bytes.toString("latin1", 0, end < 0 ? bytes.byteLength : end);
}

interface TypeInput {
  readonly interpreter: string | null;
  readonly dynamic: Dynamic | null;
  readonly isPie: boolean;
}

/**
 * ET_DYN is a program when DF_1_PIE says so, or when it has an interpreter and no soname (linkers before
 * binutils 2.26 set no flag; libc.so.6 has both an interpreter and a soname and is a library).
 */
function typeOf(header: ElfHeader, { interpreter, dynamic, isPie }: TypeInput): ElfFacts["type"] {
  if (header.type === 2) return "exec";
  if (header.type !== 3) return "other";
  if (interpreter === null) return isPie ? "static-pie" : "shared";
  return isPie || dynamic?.values.has(Tag.soname) !== true ? "pie" : "shared";
}
