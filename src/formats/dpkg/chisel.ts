import { zstdDecompressSync } from "node:zlib";
import { defaultBudgets, type Budgets } from "../../model/budgets.ts";
import { FormatError } from "../format-error.ts";
import { OverLimitError } from "../over-limit-error.ts";
import { PathBudget, quoteStart, type DatabaseBudgets } from "../path-budget.ts";
import { ProblemLog, type Records } from "../record-problem.ts";
import { textLines } from "../text-lines.ts";

/** A package of which slices are in a chiselled image. */
export interface ChiselPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string | null;
  /** Names without that of the package (`libs`), in the manifest's order. */
  readonly slices: readonly string[];
  /** Absolute, in the manifest's order; a path of two slices once. */
  readonly files: readonly string[];
}

type ManifestBudgets = DatabaseBudgets & Pick<Budgets, "textDatabaseBytes">;

/**
 * Reads chisel's manifest, /var/lib/chisel/manifest.wall: lines of JSON under zstd, sorted, each with its kind:
 *
 *     {"jsonwall":"1.0","schema":"1.0","count":3}
 *     {"kind":"content","slice":"libc6_libs","path":"/usr/lib/x86_64-linux-gnu/libc.so.6"}
 *     {"kind":"package","name":"libc6","version":"2.39-0ubuntu8.4","sha256":"…","arch":"amd64"}
 *     {"kind":"slice","name":"libc6_libs"}
 *
 * Lines of other kinds are passed over. A broken line, a second package of the same name and a slice of no package lose only
 * themselves and are logged. Throws FormatError when it is no such manifest. Source: canonical/chisel public/manifest/manifest.go, public/jsonwall.
 */
export function parseChiselManifest(
  bytes: Uint8Array,
  budgets: ManifestBudgets = defaultBudgets,
): Records<ChiselPackage> {
  const [head, ...lines] = [...textLines(unpack(bytes, budgets.textDatabaseBytes))];
  const header = head === undefined ? null : parseLine(head.text);
  if (typeof header?.["jsonwall"] !== "string") {
    throw new FormatError("chisel", "it does not begin as a jsonwall does", 0);
  }
  const manifest = new Manifest(budgets);
  for (const { text, offsetBytes } of lines) if (text !== "") manifest.add(text, offsetBytes);
  return manifest.finish();
}

function unpack(bytes: Uint8Array, maxOutputLength: number): Uint8Array {
  try {
    return zstdDecompressSync(bytes, { maxOutputLength });
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    if (error.code !== "ERR_BUFFER_TOO_LARGE") {
      throw new FormatError("chisel", `it is not compressed with zstd (${error.message})`);
    }
    const budget = "size of a package database in text";
    throw new OverLimitError("chisel", { budget, limit: maxOutputLength, unit: "bytes" });
  }
}

type Line = Readonly<Record<string, unknown>>;

/** Null when it is no object. */
function parseLine(text: string): Line | null {
  try {
    const value: unknown = JSON.parse(text);
    return isLine(value) ? value : null;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

function isLine(value: unknown): value is Line {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

interface OpenPackage extends ChiselPackage {
  readonly slices: string[];
  readonly files: string[];
}

class Manifest {
  readonly #problems = new ProblemLog("chisel");
  readonly #limits: DatabaseBudgets;
  readonly #paths: PathBudget;
  readonly #packages = new Map<string, OpenPackage>();
  /** Paths and slices come before their packages: the lines are sorted. */
  readonly #content = new Map<string, Set<string>>();
  readonly #slices: { readonly name: string; readonly offsetBytes: number }[] = [];

  constructor(limits: DatabaseBudgets) {
    this.#limits = limits;
    this.#paths = new PathBudget(this.#problems, limits);
  }

  add(text: string, offsetBytes: number): void {
    const line = parseLine(text);
    const bad = (): void => {
      this.#problems.malformed(
        `A line is not what its kind says: ${quoteStart(text)}`,
        offsetBytes,
      );
    };
    if (line === null) return bad();
    const { kind, name, version, arch, slice, path } = line;
    if (kind === "package") {
      if (typeof name !== "string" || typeof version !== "string") return bad();
      const architecture = typeof arch === "string" ? arch : null;
      this.#addPackage({ name, version, architecture, slices: [], files: [] }, offsetBytes);
    } else if (kind === "slice") {
      if (typeof name !== "string") return bad();
      this.#slices.push({ name, offsetBytes });
    } else if (kind === "content") {
      if (typeof slice !== "string" || typeof path !== "string" || !path.startsWith("/"))
        return bad();
      this.#addContent(packageOf(slice), path, offsetBytes);
    } else if (typeof kind !== "string") bad();
  }

  #addPackage(found: OpenPackage, offsetBytes: number): void {
    if (this.#packages.has(found.name)) {
      this.#problems.malformed(`${quoteStart(found.name)} comes twice`, offsetBytes);
    } else if (!this.#problems.isFull(this.#packages.size, this.#limits.packages)) {
      this.#packages.set(found.name, found);
    }
  }

  #addContent(name: string, path: string, offsetBytes: number): void {
    const files = this.#content.get(name) ?? new Set();
    if (files.has(path)) return;
    const kept = this.#paths.join("", path, offsetBytes);
    if (kept !== null) this.#content.set(name, files.add(kept));
  }

  finish(): Records<ChiselPackage> {
    for (const { name, offsetBytes } of this.#slices) {
      const owner = this.#packages.get(packageOf(name));
      if (owner !== undefined) owner.slices.push(name.slice(owner.name.length + 1));
      else this.#problems.malformed(`A slice is of no package: ${quoteStart(name)}`, offsetBytes);
    }
    for (const [name, files] of this.#content) {
      const owner = this.#packages.get(name);
      if (owner !== undefined) for (const file of files) owner.files.push(trimEnd(file));
      else this.#problems.malformed(`Paths are of no package: ${quoteStart(name)}`, null);
    }
    return { records: [...this.#packages.values()], problems: this.#problems.toArray() };
  }
}

/** `libc6_libs` is a slice of `libc6`; neither part has an underscore of its own. */
function packageOf(slice: string): string {
  const end = slice.indexOf("_");
  return end < 0 ? slice : slice.slice(0, end);
}

/** A directory is written with a slash at its end. */
function trimEnd(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}
