import { readFileSync } from "node:fs";
import type { Wanted } from "../repositories/package-source.ts";

/** Who names packages: a family of distributions, a language's registry, or `runtime` for builds of the makers themselves. */
export type PackageEcosystem =
  "apk" | "dpkg" | "rpm" | "runtime" | "pypi" | "npm" | "gem" | "maven" | "packagist";

/** What one package needs at run time and does not say itself. */
export interface UndeclaredEntry {
  readonly package: { readonly ecosystem: PackageEcosystem; readonly name: string };
  /** One of them suffices; at least one, the most usual first. `soname` has no versions: nobody knows them. */
  readonly needs: readonly Wanted[];
  readonly certainty: "likely" | "possible";
  /** For people, in lower case: `a repository is reached by ssh`. */
  readonly when: string;
  readonly source: UndeclaredSource;
}

export interface UndeclaredSource {
  readonly url: string;
  /** ISO day on which it was read. */
  readonly date: string;
  /** What stands there, short. */
  readonly says: string;
}

/** What `data/undeclared-needs.json` holds, sorted by ecosystem and name. */
export interface UndeclaredTable {
  readonly schema: "fromage/undeclared-needs@1";
  readonly entries: readonly UndeclaredEntry[];
}

/** `data/` stands two folders up from the sources and from the compiled files. */
const file = new URL("../../data/undeclared-needs.json", import.meta.url);

/** The table that ships. Throws SyntaxError when the installation is damaged. */
export function readUndeclaredTable(): UndeclaredTable {
  return parseUndeclaredTable(readFileSync(file, "utf8"));
}

const ecosystems: ReadonlySet<unknown> = new Set<PackageEcosystem>([
  ...(["apk", "dpkg", "rpm", "runtime"] as const),
  ...(["pypi", "npm", "gem", "maven", "packagist"] as const),
]);

/** Throws SyntaxError and names the first entry (0-based) that is not of the schema; fields nobody knows are one too. */
export function parseUndeclaredTable(text: string): UndeclaredTable {
  const table: unknown = JSON.parse(text);
  const isTable = isRecord(table, ["schema", "entries"]);
  if (!isTable || table["schema"] !== "fromage/undeclared-needs@1") {
    throw new SyntaxError("Cannot read undeclared needs: another schema");
  }
  const { entries } = table;
  if (!Array.isArray(entries)) throw new SyntaxError("Cannot read undeclared needs: no entries");
  const read = entries.map((entry: unknown, at) => {
    const made = readEntry(entry);
    if (made !== null) return made;
    throw new SyntaxError(`Cannot read undeclared needs: entry ${String(at)} is malformed`);
  });
  return { schema: "fromage/undeclared-needs@1", entries: read };
}

function readEntry(value: unknown): UndeclaredEntry | null {
  if (!isRecord(value, ["package", "needs", "certainty", "when", "source"])) return null;
  const { certainty, when, needs } = value;
  const named = readPackage(value["package"]);
  const source = readSource(value["source"]);
  if (named === null || source === null || !isText(when)) return null;
  if (certainty !== "likely" && certainty !== "possible") return null;
  const wanted = Array.isArray(needs) ? needs.map(readWanted) : [];
  const known = wanted.filter((one) => one !== null);
  if (known.length === 0 || known.length !== wanted.length) return null;
  return { package: named, needs: known, certainty, when, source };
}

function readPackage(value: unknown): UndeclaredEntry["package"] | null {
  if (!isRecord(value, ["ecosystem", "name"])) return null;
  const { ecosystem, name } = value;
  return isEcosystem(ecosystem) && isText(name) ? { ecosystem, name } : null;
}

function readSource(value: unknown): UndeclaredSource | null {
  if (!isRecord(value, ["url", "date", "says"])) return null;
  const { url, date, says } = value;
  if (!isText(url) || !isText(date) || !isText(says)) return null;
  return URL.canParse(url) && /^\d{4}-\d{2}-\d{2}$/.test(date) ? { url, date, says } : null;
}

function readWanted(value: unknown): Wanted | null {
  if (isRecord(value, ["kind", "name"])) {
    const { kind, name } = value;
    return (kind === "command" || kind === "package") && isText(name) ? { kind, name } : null;
  }
  if (isRecord(value, ["kind", "path"])) {
    const { kind, path } = value;
    return kind === "file" && isText(path) && path.startsWith("/") ? { kind, path } : null;
  }
  if (!isRecord(value, ["kind", "soname"])) return null;
  const { kind, soname } = value;
  return kind === "soname" && isText(soname) ? { kind, soname, elfClass: 64, versions: [] } : null;
}

/** An object with these fields and no others. */
function isRecord(value: unknown, fields: readonly string[]): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const names = Object.keys(value);
  return names.length === fields.length && fields.every((field) => names.includes(field));
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= 300;
}

function isEcosystem(value: unknown): value is PackageEcosystem {
  return ecosystems.has(value);
}
