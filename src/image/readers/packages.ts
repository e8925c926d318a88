import { parseApkInstalled } from "../../formats/apk/installed.ts";
import { parseAlternatives } from "../../formats/dpkg/alternatives.ts";
import { parseChiselManifest } from "../../formats/dpkg/chisel.ts";
import { parseDpkgDiversions } from "../../formats/dpkg/diversions.ts";
import { parseDpkgList, parseDpkgMd5sums } from "../../formats/dpkg/file-list.ts";
import { parseDpkgStatus } from "../../formats/dpkg/status.ts";
import type { RandomAccess } from "../../formats/random-access.ts";
import { defaultBudgets, type Budgets } from "../../model/budgets.ts";
import type { PackageFact } from "../layer-facts.ts";
import { toInstalledApkPackage } from "./apk-package.ts";
import { toInstalledPackage } from "./dpkg-package.ts";
import type { Reader } from "./reader.ts";
import { revisions } from "./revisions.ts";
import { readRpmFile, rpmFiles, type RpmFile } from "./rpm-files.ts";

/** What a path in an image means to a package manager. `name` is that of the package, for lists of its files. */
type DatabaseFile =
  | { readonly kind: "dpkg" | "dpkg-diversions" | "chisel" | "apk" }
  | { readonly kind: "rpm"; readonly file: RpmFile }
  | { readonly kind: "dpkg-list" | "dpkg-md5sums" | "dpkg-alternatives"; readonly name: string };

/** Sources: dpkg dpkg(1) "FILES"; apk-tools src/database.c; rpm macros %_dbpath; chisel and CBL-Mariner's own pages. */
const exactPaths: ReadonlyMap<string, DatabaseFile> = new Map<string, DatabaseFile>([
  ["/var/lib/dpkg/status", { kind: "dpkg" }],
  ["/var/lib/dpkg/diversions", { kind: "dpkg-diversions" }],
  ["/lib/apk/db/installed", { kind: "apk" }],
  ["/usr/lib/apk/db/installed", { kind: "apk" }],
  ...[...rpmFiles].map(([path, file]): [string, DatabaseFile] => [path, { kind: "rpm", file }]),
  ["/var/lib/chisel/manifest.wall", { kind: "chisel" }],
]);

const statusFolder = "/var/lib/dpkg/status.d/";
const infoFolder = "/var/lib/dpkg/info/";
const alternativesFolder = "/var/lib/dpkg/alternatives/";

/**
 * Other files of a package that distroless images carry beside its paragraph in status.d. A name with a dot is not
 * enough to tell: `libssl1.1` is a package.
 */
const companionPattern =
  /\.(?:list|preinst|postinst|prerm|postrm|conffiles|shlibs|symbols|triggers|templates|config)$/;

function recognise(path: string): DatabaseFile | null {
  const exact = exactPaths.get(path);
  if (exact !== undefined) return exact;
  if (path.startsWith(infoFolder) && path.endsWith(".list")) {
    return { kind: "dpkg-list", name: path.slice(infoFolder.length, -".list".length) };
  }
  if (path.startsWith(alternativesFolder)) {
    const name = path.slice(alternativesFolder.length);
    // What an interrupted write left.
    const isOther = name.includes("/") || name.endsWith(".dpkg-tmp");
    return isOther ? null : { kind: "dpkg-alternatives", name };
  }
  if (!path.startsWith(statusFolder)) return null;
  const name = path.slice(statusFolder.length);
  if (name.endsWith(".md5sums")) {
    return { kind: "dpkg-md5sums", name: name.slice(0, -".md5sums".length) };
  }
  return companionPattern.test(name) || name.includes("/") ? null : { kind: "dpkg" };
}

/** Package databases of dpkg (with status.d of distroless images), apk and rpm, known by their paths. */
export const packageReader: Reader<PackageFact> = {
  section: "packages",
  ...revisions.packages,
  sizeBudget: "databaseBytes",
  keepsContent: true,
  wants: (entry) => recognise(entry.path) !== null,
  read({ entry, content }, budgets = defaultBudgets) {
    const file = recognise(entry.path);
    return file === null ? null : readDatabase(file, content, budgets);
  },
};

function readDatabase(file: DatabaseFile, content: RandomAccess, budgets: Budgets): PackageFact {
  const limit = budgets.textDatabaseBytes;
  if (file.kind === "rpm") return readRpmFile(file.file, content, budgets);
  if (content.sizeBytes > limit) return tooBig(file, limit);
  const readAll = (): Uint8Array => content.read(0, content.sizeBytes);
  switch (file.kind) {
    case "dpkg": {
      const { records, problems } = parseDpkgStatus(readAll(), budgets);
      return { manager: "dpkg", packages: records.map(toInstalledPackage), problems };
    }
    case "dpkg-list":
    case "dpkg-md5sums": {
      const parse = file.kind === "dpkg-list" ? parseDpkgList : parseDpkgMd5sums;
      const { records: files, problems } = parse(readAll(), budgets);
      return { manager: "dpkg-files", package: file.name, files, problems };
    }
    case "dpkg-diversions": {
      const { records: diversions, problems } = parseDpkgDiversions(readAll(), budgets);
      return { manager: "dpkg-diversions", diversions, problems };
    }
    case "dpkg-alternatives": {
      const group = parseAlternatives(readAll(), file.name);
      return { manager: "dpkg-alternatives", group, problems: [] };
    }
    case "chisel": {
      const { records, problems } = parseChiselManifest(readAll(), budgets);
      const packages = records.map((found) => ({ ...found, source: null }));
      return { manager: "dpkg", packages, problems };
    }
    case "apk": {
      const { records, problems } = parseApkInstalled(readAll(), budgets);
      return { manager: "apk", packages: records.map(toInstalledApkPackage), problems };
    }
  }
}

/** Those of rpm know their own bounds. */
function tooBig(file: Exclude<DatabaseFile, { readonly kind: "rpm" }>, limit: number): PackageFact {
  const budget = "size of a package database in text";
  const problems = [{ kind: "over-limit", budget, limit, unit: "bytes" }] as const;
  switch (file.kind) {
    case "apk":
    case "dpkg":
      return { manager: file.kind, packages: [], problems };
    case "dpkg-list":
    case "dpkg-md5sums":
      return { manager: "dpkg-files", package: file.name, files: [], problems };
    case "dpkg-diversions":
      return { manager: "dpkg-diversions", diversions: [], problems };
    case "chisel":
      return { manager: "dpkg", packages: [], problems };
    case "dpkg-alternatives":
      return { manager: "dpkg-alternatives", group: null, problems };
  }
}
