import { defaultBudgets } from "../../model/budgets.ts";
import type { RecordProblem } from "../record-problem.ts";
import { OverLimitError } from "../over-limit-error.ts";
import { quoteStart } from "../path-budget.ts";
import { ProblemLog } from "../record-problem.ts";
import { parseCount, readRecords, TextGatherer, type RecordHandler } from "./index-records.ts";
import { readVersionAttributes } from "./package-version.ts";
import type { XmlTag } from "./xml-reader.ts";

/** One package as primary.xml lists it. Relations are spelled as `rpm -q --requires` writes them. */
export interface PrimaryPackage {
  readonly name: string;
  /** `[epoch:]version-release`. */
  readonly version: string;
  readonly architecture: string;
  /** File name of the source package; null where it is not said. */
  readonly sourceRpm: string | null;
  /** Which package it is in the other indexes: its checksum. `type` is `sha256`, `sha512`, `sha` … */
  readonly checksum: { readonly type: string; readonly value: string };
  readonly downloadBytes: number | null;
  readonly installedBytes: number | null;
  /** Relative to the repository, or to `base` where that is not null. */
  readonly href: string;
  readonly base: string | null;
  readonly provides: readonly string[];
  readonly requires: readonly string[];
  readonly conflicts: readonly string[];
  readonly obsoletes: readonly string[];
  /** The weak ones only say which of several providers is taken. */
  readonly recommends: readonly string[];
  readonly suggests: readonly string[];
  readonly supplements: readonly string[];
  readonly enhances: readonly string[];
  /** Only those that are often asked for: programs and what is below /etc. filelists.xml has all. */
  readonly files: readonly string[];
}

const format = "primary.xml";
/** Relations and files of one package; the biggest have some 10,000. */
const maxItems = 200_000;

/** Flags of an entry. Source: createrepo_c src/xml_dump_primary.c. */
const comparisons = new Map([
  ["EQ", "="],
  ["LT", "<"],
  ["LE", "<="],
  ["GT", ">"],
  ["GE", ">="],
]);

const listNames = [
  "provides",
  "requires",
  "conflicts",
  "obsoletes",
  "recommends",
  "suggests",
  "supplements",
  "enhances",
] as const;
type ListName = (typeof listNames)[number];
const isListName = (name: string): name is ListName => listNames.some((known) => known === name);
const texts: ReadonlySet<string> = new Set(["name", "arch", "checksum", "sourcerpm", "file"]);

/**
 * The packages of a primary.xml, uncompressed, in its order. A package without a name, version or place is left out and told
 * to `onProblems`. Throws FormatError when the document is broken.
 *
 *     <package type="rpm"><name>a</name><arch>noarch</arch><version epoch="0" ver="1" rel="2"/>
 *       <checksum type="sha256" pkgid="YES">9f…</checksum><location href="Packages/a-1-2.noarch.rpm"/>
 *       <format><rpm:requires><rpm:entry name="b" flags="GE" epoch="0" ver="3"/></rpm:requires></format></package>
 *
 * Source: createrepo_c src/xml_dump_primary.c, src/xml_parser_primary.c.
 */
export function readPrimary(
  chunks: AsyncIterable<Uint8Array>,
  onProblems: (problems: readonly RecordProblem[]) => void,
): AsyncGenerator<PrimaryPackage, void, void> {
  return readRecords(format, chunks, { handler: new PrimaryHandler(), onProblems });
}

type Draft = { -readonly [Key in keyof PrimaryPackage]: PrimaryPackage[Key] };
type Lists = Readonly<Record<ListName | "files", string[]>>;

class PrimaryHandler implements RecordHandler<PrimaryPackage> {
  readonly problems = new ProblemLog(format);
  readonly #text = new TextGatherer(format);
  #whole: PrimaryPackage[] = [];
  #draft: Draft | null = null;
  #lists: Lists = newLists();
  #list: ListName | null = null;
  #items = 0;
  #count = 0;
  #checksumType = "";
  #isOther = false;

  open(tag: XmlTag, depth: number): void {
    if (depth === 1 && tag.name !== "metadata") {
      this.problems.malformed(`The document is ${quoteStart(tag.name)}, not metadata`, null);
      this.#isOther = true;
    }
    if (depth === 2 && tag.name === "package" && !this.#isOther) this.#start();
    if (this.#draft === null) return;
    if (texts.has(tag.name)) this.#text.start();
    if (depth === 3) this.#readTag(tag, this.#draft);
    else if (depth === 4 && isListName(tag.name)) this.#list = tag.name;
    else if (depth === 5 && tag.name === "entry" && this.#list !== null) {
      this.#addEntry(this.#list, tag);
    }
  }

  text(text: string): void {
    this.#text.add(text);
  }

  close(name: string, depth: number): void {
    const draft = this.#draft;
    if (draft === null) return;
    const text = texts.has(name) ? this.#text.take() : null;
    if (depth === 4) this.#list = null;
    if (text !== null) this.#readText(name, text.trim(), draft);
    if (depth !== 2) return;
    this.#draft = null;
    this.#finish(draft);
  }

  take(): readonly PrimaryPackage[] {
    const whole = this.#whole;
    this.#whole = [];
    return whole;
  }

  #start(): void {
    if (++this.#count > defaultBudgets.packages) {
      const budget = "packages in one index";
      throw new OverLimitError(format, { budget, limit: defaultBudgets.packages, unit: "entries" });
    }
    this.#items = 0;
    this.#lists = newLists();
    this.#draft = {
      name: "",
      version: "",
      architecture: "",
      sourceRpm: null,
      checksum: { type: "", value: "" },
      downloadBytes: null,
      installedBytes: null,
      href: "",
      base: null,
      ...this.#lists,
    };
  }

  #readTag({ name, attributes }: XmlTag, draft: Draft): void {
    if (name === "version") draft.version = readVersionAttributes(attributes) ?? "";
    else if (name === "checksum") this.#checksumType = attributes["type"] ?? "";
    else if (name === "size") {
      draft.downloadBytes = parseCount(attributes["package"]);
      draft.installedBytes = parseCount(attributes["installed"]);
    } else if (name === "location") {
      draft.href = attributes["href"] ?? "";
      draft.base = attributes["xml:base"] ?? null;
    }
  }

  #readText(name: string, text: string, draft: Draft): void {
    if (name === "name") draft.name ||= text;
    else if (name === "arch") draft.architecture ||= text;
    else if (name === "checksum") draft.checksum = { type: this.#checksumType, value: text };
    else if (name === "sourcerpm") draft.sourceRpm = text || null;
    else if (name === "file" && this.#isRoom()) this.#lists.files.push(text);
  }

  #addEntry(list: ListName, { attributes }: XmlTag): void {
    const { name, flags } = attributes;
    if (!name || !this.#isRoom()) return;
    const comparison = comparisons.get(flags ?? "");
    const version = readVersionAttributes(attributes);
    const isPlain = comparison === undefined || version === null;
    this.#lists[list].push(isPlain ? name : `${name} ${comparison} ${version}`);
  }

  #isRoom(): boolean {
    if (++this.#items <= maxItems) return true;
    const budget = "relations and files of one package";
    throw new OverLimitError(format, { budget, limit: maxItems, unit: "entries" });
  }

  #finish(draft: Draft): void {
    const { name, version, architecture, href, checksum } = draft;
    if (architecture === "src" || architecture === "nosrc") return;
    if ([name, version, architecture, href, checksum.value].includes("")) {
      const missing = name === "" ? "A package without a name" : `The package ${quoteStart(name)}`;
      this.problems.malformed(
        `${missing} lacks its version, architecture, place or checksum`,
        null,
      );
    } else this.#whole.push(draft);
  }
}

function newLists(): Lists {
  return {
    provides: [],
    requires: [],
    conflicts: [],
    obsoletes: [],
    recommends: [],
    suggests: [],
    supplements: [],
    enhances: [],
    files: [],
  };
}
