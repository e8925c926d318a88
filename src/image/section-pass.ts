import { createHash, hash as hashBytes } from "node:crypto";
import type { ElfFacts } from "../formats/elf/facts.ts";
import { FormatError } from "../formats/format-error.ts";
import type { RandomAccess } from "../formats/random-access.ts";
import { SpareMemory } from "../formats/spare-memory.ts";
import { toFailure, type UsedUp } from "../formats/over-limit-error.ts";
import type { Budgets } from "../model/budgets.ts";
import type { Failure } from "../model/failure.ts";
import type { ElfLines } from "./elf-lines.ts";
import type { ElfBrief, ElfStore, FileEntry, Section } from "./layer-facts.ts";
import type { FileView, Reader } from "./readers/reader.ts";
import { systemFailure } from "./system-failure.ts";

/** One reader at work on one layer. */
export interface SectionPass {
  /** Whether the file is to be read; one that is too big is noted as a failure and is not. */
  wants(entry: FileEntry, head: Uint8Array): boolean;
  /** Reads the file and keeps the fact; malformed content is noted as a failure. */
  read(file: FileView): void;
  /** Drops the fact at a path that a later entry of the same layer replaces. */
  forget(path: string): void;
  /** What was left out of its failures, because they were too many. */
  readonly leftOut: Failure | null;
}

/** Keeps one fact per path. `Fact` is what the reader makes of a file, `Stored` what the section holds of it. */
export class FactPass<Fact, Stored> implements SectionPass {
  readonly #reader: Reader<Fact>;
  readonly #where: string;
  readonly #readFile: (file: FileView) => Stored | null;
  readonly #byPath = new Map<string, Stored>();
  readonly #failures: Failure[] = [];
  readonly #allowance: FactAllowance;
  #failuresLeftOut = 0;

  constructor(
    reader: Reader<Fact>,
    { where, allowance }: { readonly where: string; readonly allowance: FactAllowance },
    readFile: (file: FileView) => Stored | null,
  ) {
    this.#reader = reader;
    this.#where = where;
    this.#allowance = allowance;
    this.#readFile = readFile;
  }

  wants(entry: FileEntry, head: Uint8Array): boolean {
    if (!this.#reader.wants(entry, head)) return false;
    const usedUp = this.#allowance.find(this.#reader, entry.sizeBytes);
    if (usedUp === null) return true;
    this.#fail({ kind: "over-limit", what: entry.path, where: this.#where, ...usedUp });
    return false;
  }

  read(file: FileView): void {
    const [what, where] = [file.entry.path, this.#where];
    try {
      const fact = this.#readFile(file);
      if (fact !== null) this.#byPath.set(what, fact);
    } catch (error) {
      if (error instanceof FormatError) this.#fail(toFailure(error, what, where));
      else this.#fail(systemFailure(error, what, where));
    }
  }

  #fail(failure: Failure): void {
    if (this.#failures.length < this.#allowance.budgets.failures) this.#failures.push(failure);
    else this.#failuresLeftOut++;
  }

  forget(path: string): void {
    this.#byPath.delete(path);
  }

  toSection(): Section<Stored> {
    return {
      revision: this.#reader.revision,
      byPath: Object.fromEntries(this.#byPath),
      failures: this.#failures,
    };
  }

  /** Set when more files failed than are listed: it is then not known of every file that it could not be read. */
  get leftOut(): Failure | null {
    if (this.#failuresLeftOut === 0) return null;
    const budget = `failures of ${this.#reader.section}`;
    const limit = this.#allowance.budgets.failures;
    return { kind: "over-limit", what: this.#where, where: null, budget, limit, unit: "entries" };
  }
}

/** What the files of one layer may take together, and each of them. */
export class FactAllowance {
  readonly budgets: Budgets;
  #keptBytes = 0;

  constructor(budgets: Budgets) {
    this.budgets = budgets;
  }

  /** Null when the reader may have a file of that size. */
  find(reader: Reader<unknown>, sizeBytes: number): UsedUp | null {
    const { section, sizeBudget, keepsContent } = reader;
    const limit = sizeBudget === null ? Infinity : this.budgets[sizeBudget];
    if (sizeBytes > limit) {
      return { budget: `size of a file for ${section}`, limit, unit: "bytes" };
    }
    if (!keepsContent) return null;
    this.#keptBytes += sizeBytes;
    const all = this.budgets.factBytes;
    return this.#keptBytes > all
      ? { budget: "size of all files that are kept", limit: all, unit: "bytes" }
      : null;
  }
}

/**
 * Reads an ELF file into its brief; the whole facts go to `lines`, once per content. A content whose facts `known`
 * has is not read again.
 */
export function elfBriefReader(
  read: (file: FileView) => ElfFacts | null,
  lines: ElfLines,
  known: ElfStore,
): (file: FileView) => ElfBrief | null {
  const briefs = new Map<string, ElfBrief>();
  return (file) => {
    const sha256 = hashContent(file.content);
    const brief = briefs.get(sha256);
    if (brief !== undefined) return brief;
    const before = known.get(sha256);
    const facts = before ?? read(file);
    if (facts === null) return null;
    if (before === null) lines.add(sha256, facts);
    const { machine, class: elfClass, type, soname, interpreter } = facts;
    const made = { sha256, machine, class: elfClass, type, soname, interpreter };
    briefs.set(sha256, made);
    return made;
  };
}

const hashedAtOnceBytes = 4 * 1024 * 1024;
const scratches = new SpareMemory(hashedAtOnceBytes);

function hashContent(content: RandomAccess): string {
  // Most files come in one piece; no state is then to be made and thrown away.
  if (content.sizeBytes <= hashedAtOnceBytes)
    return hashBytes("sha256", content.read(0, content.sizeBytes), "hex");
  const hash = createHash("sha256");
  const scratch = scratches.take();
  for (let at = 0; at < content.sizeBytes; at += hashedAtOnceBytes) {
    hash.update(content.read(at, hashedAtOnceBytes, scratch));
  }
  scratches.giveBack(scratch);
  return hash.digest("hex");
}
