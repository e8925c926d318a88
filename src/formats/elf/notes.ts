import { FormatError } from "../format-error.ts";
import type { ElfNotes } from "./facts.ts";
import { type ElfReader, Words } from "./reader.ts";
import { type ElfHeader, type Segment, SegmentType } from "./segments.ts";

/** Note owners of systems that are not Linux. Sources: FreeBSD sys/elf_common.h, Android bionic crtbrand.S, NetBSD sys/exec_elf.h. */
const foreign = new Set(["FreeBSD", "Android", "NetBSD", "OpenBSD", "DragonFly"]);

const dlopenType = 0x407c0c0a;

/** An array of objects as JSON; FormatError when it is something else. */
function parseDlopen(content: Buffer): ElfNotes["dlopen"] {
  const end = content.indexOf(0);
  const text = content.toString("utf8", 0, end < 0 ? content.byteLength : end);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new FormatError("elf", "the dlopen note is no JSON");
  }
  if (!Array.isArray(value)) throw new FormatError("elf", "the dlopen note is no array");
  return value.flatMap((item: unknown) => {
    if (typeof item !== "object" || item === null || !("soname" in item)) return [];
    const { soname } = item;
    if (!Array.isArray(soname)) return [];
    const sonames = soname.filter((name: unknown) => typeof name === "string");
    const priority =
      "priority" in item && typeof item.priority === "string" ? item.priority : "recommended";
    const feature = "feature" in item && typeof item.feature === "string" ? item.feature : null;
    return [{ sonames, priority, feature }];
  });
}

/** Of all note segments together; what lies behind is not read. */
const maxNoteBytes = 1024 * 1024;

interface Note {
  readonly owner: string;
  readonly type: number;
  readonly content: Buffer;
}

/** Reads PT_NOTE and PT_GNU_PROPERTY. Source: gABI chapter 5, note section. */
export function readNotes(elf: ElfReader, { segments }: ElfHeader): ElfNotes {
  let buildId: string | null = null;
  let abiTag: ElfNotes["abiTag"] = null;
  let x86IsaNeeded: number | null = null;
  const foreignOwners = new Set<string>();
  const dlopen: ElfNotes["dlopen"][number][] = [];
  let left = maxNoteBytes;
  for (const segment of segments) {
    if (segment.type !== SegmentType.note && segment.type !== SegmentType.gnuProperty) continue;
    left -= segment.fileBytes;
    if (left < 0) break;
    for (const { owner, type, content } of notesOf(elf, segment)) {
      if (foreign.has(owner)) foreignOwners.add(owner);
      if (owner === "FDO" && type === dlopenType) {
        for (const one of parseDlopen(content)) dlopen.push(one);
      }
      if (owner !== "GNU") continue;
      const words = new Words(content, elf);
      if (type === 3) buildId = content.toString("hex");
      if (type === 1 && content.byteLength >= 16) {
        abiTag = { os: words.u32(0), kernel: [words.u32(4), words.u32(8), words.u32(12)] };
      }
      if (type === 5) x86IsaNeeded = isaNeeded(words, elf.is64) ?? x86IsaNeeded;
    }
  }
  return { buildId, abiTag, x86IsaNeeded, foreignOwners: [...foreignOwners].toSorted(), dlopen };
}

function* notesOf(elf: ElfReader, segment: Segment): Generator<Note> {
  const bytes = elf.bytes(segment.offsetBytes, segment.fileBytes, "a note segment");
  const words = new Words(bytes, elf);
  const align = segment.alignBytes === 8 ? 8 : 4;
  const up = (value: number): number => Math.ceil(value / align) * align;
  for (let at = 0; at + 12 <= bytes.byteLength;) {
    const [ownerBytes, contentBytes] = [words.u32(at), words.u32(at + 4)];
    const contentAt = up(at + 12 + ownerBytes);
    if (contentAt + contentBytes > bytes.byteLength) return;
    yield {
      owner: bytes.toString("latin1", at + 12, at + 12 + Math.max(0, ownerBytes - 1)),
      type: words.u32(at + 8),
      content: bytes.subarray(contentAt, contentAt + contentBytes),
    };
    at = up(contentAt + contentBytes);
  }
}

/** GNU_PROPERTY_X86_ISA_1_NEEDED. Source: x86-64 psABI, program property. */
function isaNeeded(words: Words, is64: boolean): number | null {
  const align = is64 ? 8 : 4;
  for (let at = 0; at + 8 <= words.lengthBytes;) {
    const [type, sizeBytes] = [words.u32(at), words.u32(at + 4)];
    if (type === 0xc0008002 && sizeBytes === 4 && at + 12 <= words.lengthBytes)
      return words.u32(at + 8);
    at += 8 + Math.ceil(sizeBytes / align) * align;
  }
  return null;
}
