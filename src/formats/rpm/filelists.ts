import { defaultBudgets } from "../../model/budgets.ts";
import { OverLimitError } from "../over-limit-error.ts";
import { quoteStart } from "../path-budget.ts";
import { ProblemLog, type RecordProblem } from "../record-problem.ts";
import { readRecords, TextGatherer, type RecordHandler } from "./index-records.ts";
import type { XmlTag } from "./xml-reader.ts";

/** The files of one package. */
export interface PackageFiles {
  /** Its checksum, the one in primary.xml. */
  readonly packageId: string;
  readonly name: string;
  /** Absolute; directories and what only exists later (`%ghost`) as well. */
  readonly files: readonly string[];
}

const format = "filelists.xml";
/** Of one package; kernels have some 20,000. */
const maxFiles = 1_000_000;

/**
 * The file lists of a filelists.xml, uncompressed, in its order. Errors are those of `readPrimary`.
 *
 *     <package pkgid="9f…" name="a" arch="noarch"><version epoch="0" ver="1" rel="2"/>
 *       <file>/usr/bin/a</file><file type="dir">/usr/share/a</file></package>
 *
 * Source: createrepo_c src/xml_dump_filelists.c.
 */
export function readFileLists(
  chunks: AsyncIterable<Uint8Array>,
  onProblems: (problems: readonly RecordProblem[]) => void,
): AsyncGenerator<PackageFiles, void, void> {
  return readRecords(format, chunks, { handler: new FileListHandler(), onProblems });
}

class FileListHandler implements RecordHandler<PackageFiles> {
  readonly problems = new ProblemLog(format);
  readonly #text = new TextGatherer(format);
  #whole: PackageFiles[] = [];
  #count = 0;
  #packageId = "";
  #name = "";
  #files: string[] = [];

  open({ name, attributes }: XmlTag, depth: number): void {
    if (depth === 1 && name !== "filelists") {
      this.problems.malformed(`The document is ${quoteStart(name)}, not filelists`, null);
    }
    if (depth === 2 && name === "package") {
      if (++this.#count > defaultBudgets.packages) {
        throw overLimit("packages in one index", defaultBudgets.packages);
      }
      this.#packageId = attributes["pkgid"] ?? "";
      this.#name = attributes["name"] ?? "";
      this.#files = [];
    }
    if (depth === 3 && name === "file") this.#text.start();
  }

  text(text: string): void {
    this.#text.add(text);
  }

  close(name: string, depth: number): void {
    if (depth === 3 && name === "file") {
      const path = this.#text.take();
      if (this.#files.length >= maxFiles) throw overLimit("files of one package", maxFiles);
      if (path?.startsWith("/") === true) this.#files.push(path);
    }
    if (depth !== 2 || name !== "package") return;
    const [packageId, files] = [this.#packageId, this.#files];
    if (packageId === "") this.problems.malformed("A list of files has no package", null);
    else this.#whole.push({ packageId, name: this.#name, files });
  }

  take(): readonly PackageFiles[] {
    const whole = this.#whole;
    this.#whole = [];
    return whole;
  }
}

function overLimit(budget: string, limit: number): OverLimitError {
  return new OverLimitError(format, { budget, limit, unit: "entries" });
}
