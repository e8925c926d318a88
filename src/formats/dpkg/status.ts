import { defaultBudgets } from "../../model/budgets.ts";
import { quoteStart, type DatabaseBudgets } from "../path-budget.ts";
import { ProblemLog, type Records } from "../record-problem.ts";
import { parseStanzas, type Stanza } from "./control.ts";
import { readRelations, relationFields, type DpkgRelations } from "./relations.ts";

/** One package of a dpkg database or of a .deb, without its files, which are listed elsewhere. */
export interface DpkgPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string | null;
  /** Name of the source package; null when it is the same as `name`. */
  readonly source: string | null;
  /** Null when the source has the version of the package. */
  readonly sourceVersion: string | null;
  /** What it asks of others and gives them; null where it says nothing of the kind. */
  readonly relations: DpkgRelations | null;
  /** Of its files, in bytes, by an estimate of the one who built it; null where it is not said. */
  readonly installedBytes: number | null;
}

const wantedFields = new Set([
  "package",
  "version",
  "architecture",
  "source",
  "status",
  "installed-size",
  ...relationFields,
]);

/**
 * States in which the files of the package are on the disk. `half-installed` is a broken unpacking, `config-files`
 * what a removal leaves. Source: dpkg(1), "Package states".
 */
const presentStates = new Set([
  "installed",
  "unpacked",
  "half-configured",
  "triggers-awaited",
  "triggers-pending",
]);
const absentStates = new Set(["not-installed", "config-files", "half-installed"]);

/** Source: dpkg lib/dpkg/parsehelp.c, pkg_name_is_illegal. */
const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9+.\-_]*$/;
/** `glibc (2.36-9)`, the version only where it differs. Source: deb-control(5). */
const sourcePattern = /^(\S+)(?:\s+\((\S+)\))?$/;

/**
 * Reads /var/lib/dpkg/status, or one file of status.d or the control file of a .deb (which have no Status field).
 * In file order. A broken paragraph is logged and loses only itself, and so does the second one of the same package and
 * architecture; a package that is not installed is none.
 */
export function parseDpkgStatus(
  bytes: Uint8Array,
  { packages }: Pick<DatabaseBudgets, "packages"> = defaultBudgets,
): Records<DpkgPackage> {
  const problems = new ProblemLog("dpkg");
  const records: DpkgPackage[] = [];
  const known = new Set<string>();
  for (const stanza of parseStanzas(bytes, wantedFields, problems)) {
    if (problems.isFull(records.length, packages)) break;
    const found = readPackage(stanza, problems);
    if (found === null) continue;
    const key = `${found.name}:${found.architecture ?? ""}`;
    if (known.has(key)) problems.malformed(`${key} comes twice`, stanza.offsetBytes);
    else records.push(found);
    known.add(key);
  }
  return { records, problems: problems.toArray() };
}

function readPackage({ fields, offsetBytes }: Stanza, problems: ProblemLog): DpkgPackage | null {
  const name = fields.get("package") ?? "";
  if (!namePattern.test(name)) {
    problems.malformed(`A paragraph has no proper package name: ${quoteStart(name)}`, offsetBytes);
    return null;
  }
  if (!isPresent(fields.get("status"), name, { problems, offsetBytes })) return null;
  const version = fields.get("version") ?? "";
  if (version === "" || /\s/.test(version)) {
    problems.malformed(`${name} has no proper version: ${quoteStart(version)}`, offsetBytes);
    return null;
  }
  const written = fields.get("source") ?? "";
  const [, source = null, sourceVersion = null] = sourcePattern.exec(written) ?? [];
  if (written !== "" && source === null) {
    problems.malformed(`${name} has an odd source: ${quoteStart(written)}`, offsetBytes);
  }
  return {
    name,
    version,
    architecture: fields.get("architecture") || null,
    source,
    sourceVersion,
    relations: readRelations(fields),
    installedBytes: readInstalledBytes(fields.get("installed-size"), name, {
      problems,
      offsetBytes,
    }),
  };
}

/** `Installed-Size` is in KiB. Source: deb-substvars(5). */
function readInstalledBytes(
  written: string | undefined,
  name: string,
  at: { readonly problems: ProblemLog; readonly offsetBytes: number },
): number | null {
  if (written === undefined) return null;
  if (/^\d{1,12}$/.test(written)) return Number(written) * 1024;
  at.problems.malformed(
    `${name} has an odd installed size: ${quoteStart(written)}`,
    at.offsetBytes,
  );
  return null;
}

/** From `want flag state`; a state that is not known is taken as there, and logged. */
function isPresent(
  status: string | undefined,
  name: string,
  at: { readonly problems: ProblemLog; readonly offsetBytes: number },
): boolean {
  if (status === undefined) return true;
  const state = status.split(/\s+/)[2] ?? "";
  if (absentStates.has(state)) return false;
  if (!presentStates.has(state)) {
    at.problems.malformed(`${name} has an unknown status: ${quoteStart(status)}`, at.offsetBytes);
  }
  return true;
}
