import type { RecordProblem } from "../record-problem.ts";
import { ProblemLog } from "../record-problem.ts";
import { OverLimitError } from "../over-limit-error.ts";
import { quoteStart } from "../path-budget.ts";
import { parseStanzas, type Stanza } from "./control.ts";
import type { MentionOrder } from "./mention-order.ts";
import { readRelations, relationFields, type DpkgRelations } from "./relations.ts";

/**
 * `Priority` of a package; `unknown` where it has none, which apt puts before `required`. Another word is taken for `extra`.
 * Source: deb-control(5), apt-pkg/deb/deblistparser.cc.
 */
export const debPriorities = [
  "unknown",
  "required",
  "important",
  "standard",
  "optional",
  "extra",
] as const;
export type DebPriority = (typeof debPriorities)[number];

/** A version of a package as a repository of Debian or Ubuntu offers it. Plain data, to be kept as JSON. */
export interface DebPackage {
  readonly name: string;
  readonly version: string;
  /** `all` for one that fits every architecture. */
  readonly architecture: string;
  /** Name of the source package; null when it is its own. */
  readonly source: string | null;
  /** Null when the source has the version of the package. */
  readonly sourceVersion: string | null;
  readonly priority: DebPriority;
  /** apt does not remove it by itself (`Protected`, `Important`). */
  readonly isProtected: boolean;
  readonly relations: DpkgRelations;
  readonly downloadBytes: number | null;
  readonly installedBytes: number | null;
  /** Path below the root of the repository, as written there: hostile until it is joined to an address. */
  readonly filename: string;
  /** Lower-case hex; null where the index has none. */
  readonly sha256: string | null;
  /** How much apt likes its repository: 500, of backports 100, of experimental 1. Source: apt_preferences(5). */
  readonly pin: number;
  /** Which record it is of all that were read, from 0. */
  readonly place: number;
  /** Which name its name is of all that were mentioned; see `MentionOrder`. */
  readonly mention: number;
}

/** What reading a `Packages` file may cost. A record of Debian's has 20 KiB at most, an index 70,000 records. */
export interface IndexBudgets {
  readonly recordBytes: number;
  readonly records: number;
}
export const indexBudgets: IndexBudgets = { recordBytes: 4 * 1024 * 1024, records: 1_000_000 };

/** Other fields whose names count for the order of mentions. */
const mentioned = ["recommends", "suggests", "enhances"] as const;
const wantedFields = new Set([
  "package",
  "version",
  "architecture",
  "source",
  "priority",
  "protected",
  "important",
  "installed-size",
  "size",
  "filename",
  "sha256",
  ...relationFields,
  ...mentioned,
]);

/** Source: dpkg lib/dpkg/parsehelp.c, pkg_name_is_illegal. */
const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9+.\-_]*$/;
const architecturePattern = /^[a-z0-9][a-z0-9-]*$/;
/** `glibc (2.36-9)`, the version only where it differs. Source: deb-control(5). */
const sourcePattern = /^(\S+)(?: +\((\S+)\))?$/;
const sha256Pattern = /^[0-9a-f]{64}$/;
const [lineFeed, carriageReturn] = [0x0a, 0x0d];

/**
 * Reads a `Packages` file as it comes out of its compression, a record at a time:
 *
 *     Package: libpq5
 *     Version: 15.8-0+deb12u1
 *     Depends: libc6 (>= 2.34), libgssapi-krb5-2 (>= 1.17)
 *     Filename: pool/main/p/postgresql-15/libpq5_15.8-0+deb12u1_amd64.deb
 *
 * A broken record is logged and loses only itself. Give the files in the order in which apt reads them, which is that of its
 * sources, with one `order` for all: the resolver settles ties by it. Source: deb822(5), debian-policy, wiki.debian.org/DebianRepository/Format.
 */
export class PackagesIndexParser {
  readonly #pin: number;
  readonly #order: MentionOrder;
  readonly #limits: IndexBudgets;
  readonly #problems = new ProblemLog("dpkg");
  #rest: Buffer = Buffer.alloc(0);
  #offsetBytes = 0;
  #recordCount = 0;

  constructor(options: {
    readonly pin: number;
    readonly order: MentionOrder;
    readonly limits?: IndexBudgets;
  }) {
    this.#pin = options.pin;
    this.#order = options.order;
    this.#limits = options.limits ?? indexBudgets;
  }

  /** What was passed over so far. */
  get problems(): readonly RecordProblem[] {
    return this.#problems.toArray();
  }

  /** The records that end in this chunk. Throws OverLimitError for a record, or a count of them, beyond the budget. */
  push(chunk: Uint8Array): readonly DebPackage[] {
    const bytes = Buffer.concat([this.#rest, chunk]);
    const end = endOfLastRecord(bytes);
    if (bytes.byteLength - end > this.#limits.recordBytes) {
      const limit = this.#limits.recordBytes;
      const budget = "size of a record of a package index";
      throw new OverLimitError("dpkg", { budget, limit, unit: "bytes" });
    }
    const found = this.#read(bytes.subarray(0, end));
    this.#rest = bytes.subarray(end);
    return found;
  }

  /** The last record. */
  end(): readonly DebPackage[] {
    const found = this.#read(this.#rest);
    this.#rest = Buffer.alloc(0);
    return found;
  }

  #read(bytes: Uint8Array): readonly DebPackage[] {
    const found: DebPackage[] = [];
    for (const stanza of parseStanzas(bytes, wantedFields, this.#problems)) {
      this.#recordCount++;
      if (this.#recordCount > this.#limits.records) {
        const [budget, limit] = ["records of a package index", this.#limits.records];
        throw new OverLimitError("dpkg", { budget, limit, unit: "entries" });
      }
      const one = this.#readRecord(stanza);
      if (one !== null) found.push(one);
    }
    this.#offsetBytes += bytes.byteLength;
    return found;
  }

  #readRecord({ fields, offsetBytes }: Stanza): DebPackage | null {
    const name = fields.get("package") ?? "";
    const version = fields.get("version") ?? "";
    const architecture = fields.get("architecture") ?? "";
    const reason = !namePattern.test(name)
      ? `A record has no proper package name: ${quoteStart(name)}`
      : version === "" || /\s/.test(version)
        ? `${name} has no proper version: ${quoteStart(version)}`
        : !architecturePattern.test(architecture)
          ? `${name} has no proper architecture: ${quoteStart(architecture)}`
          : null;
    if (reason !== null) {
      this.#problems.malformed(reason, this.#offsetBytes + offsetBytes);
      return null;
    }
    const [, source = null, sourceVersion = null] =
      sourcePattern.exec(fields.get("source") ?? "") ?? [];
    const relations = readRelations(fields) ?? {};
    const sha256 = fields.get("sha256")?.toLowerCase() ?? "";
    const others = mentioned.map((field) => fields.get(field) ?? "");
    return {
      name,
      version,
      architecture,
      source: source === name ? null : source,
      sourceVersion: sourceVersion === version ? null : sourceVersion,
      priority: readPriority(fields.get("priority")),
      isProtected: [fields.get("protected"), fields.get("important")].includes("yes"),
      relations,
      downloadBytes: readNumber(fields.get("size"), 1),
      installedBytes: readNumber(fields.get("installed-size"), 1024),
      filename: fields.get("filename") ?? "",
      sha256: sha256Pattern.test(sha256) ? sha256 : null,
      pin: this.#pin,
      ...this.#order.add({ name, relations, others }),
    };
  }
}

function readPriority(written: string | undefined): DebPriority {
  if (written === undefined) return "unknown";
  return debPriorities.find((one) => one === written.toLowerCase()) ?? "extra";
}

function readNumber(written: string | undefined, unitBytes: number): number | null {
  return written !== undefined && /^\d{1,12}$/.test(written) ? Number(written) * unitBytes : null;
}

/** Behind the last empty line. */
function endOfLastRecord(bytes: Buffer): number {
  for (let at = bytes.lastIndexOf(lineFeed); at > 0; at = bytes.lastIndexOf(lineFeed, at - 1)) {
    const before = bytes[at - 1] === carriageReturn ? at - 2 : at - 1;
    if (bytes[before] === lineFeed) return at + 1;
  }
  return 0;
}
