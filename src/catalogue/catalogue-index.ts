import { createHash } from "node:crypto";
import type { ImageConfig } from "../image/image.ts";
import { recordRevision } from "../image/layer-record.ts";
import { readers } from "../image/readers/list.ts";
import { sectionNames, type SectionName } from "../image/readers/section-names.ts";
import type { BaseInfo } from "../model/base.ts";
import { failed, success, type Failure, type Result } from "../model/failure.ts";
import { renderJson } from "./render-json.ts";

/** The only file that listing the bases reads. */
export const indexName = "index.json";
/** Far above what a thousand bases need. */
export const maxIndexBytes = 16 * 1024 * 1024;

/** One base: what is told of it, and the files that hold its facts. */
export interface IndexedBase {
  readonly info: BaseInfo;
  readonly config: ImageConfig;
  /** Names of files with one record each (`serialiseLayerFacts`), bottom layer first. */
  readonly layers: readonly string[];
  /** Names of files with ElfLines, sorted; together they hold every ELF file of the layers and no other. */
  readonly elf: readonly string[];
}

/** Revisions of the record and of the readers that made it: other ones may yield other facts. */
type Revisions = Readonly<Record<"record" | SectionName, number>>;

interface CatalogueIndex {
  readonly schema: typeof schema;
  readonly revisions: Revisions;
  /** Of `bases` as JSON without spaces, in hex. */
  readonly sha256: string;
  /** Sorted by id, then platform. */
  readonly bases: readonly IndexedBase[];
}

const schema = "fromage/catalogue@1";

function presentRevisions(): Revisions {
  const { elf, shebangs, texts, loaderCaches, packages } = readers;
  return {
    record: recordRevision,
    elf: elf.revision,
    shebangs: shebangs.revision,
    texts: texts.revision,
    loaderCaches: loaderCaches.revision,
    packages: packages.revision,
  };
}

/** Human-readable JSON; the same bases give the same text. */
export function renderIndex(bases: readonly IndexedBase[]): string {
  const index: CatalogueIndex = {
    schema,
    revisions: presentRevisions(),
    sha256: sumOf(bases),
    bases,
  };
  return renderJson(index);
}

/**
 * Reads what `renderIndex` wrote. `malformed` for anything else, a changed one included: the sum stands for a check
 * of the inside. `unsupported` when readers of other revisions made it. `where` names the folder.
 */
export function parseIndex(text: string, where: string): Result<readonly IndexedBase[]> {
  const malformed = (reason: string): { readonly ok: false; readonly failure: Failure } =>
    failed({
      kind: "malformed",
      what: indexName,
      where,
      format: "catalogue",
      reason,
      offsetBytes: null,
    });
  let index: unknown;
  try {
    index = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return malformed(error.message);
  }
  if (!isIndex(index)) return malformed(`it has not the form of ${schema}`);
  if (index.sha256 !== sumOf(index.bases)) return malformed("it was changed: its sum is wrong");
  const present = presentRevisions();
  const stale = (["record", ...sectionNames] as const).filter(
    (name) => index.revisions[name] !== present[name],
  );
  if (stale.length === 0) return success(index.bases);
  const reason = `another version of this program made it (${stale.join(", ")}): remove it and add its bases again`;
  return failed({ kind: "unsupported", what: indexName, where, reason });
}

function isIndex(value: unknown): value is CatalogueIndex {
  if (typeof value !== "object" || value === null) return false;
  if (!("schema" in value && "revisions" in value && "sha256" in value && "bases" in value)) {
    return false;
  }
  const hasRevisions = typeof value.revisions === "object" && value.revisions !== null;
  if (value.schema !== schema || !hasRevisions || !Array.isArray(value.bases)) return false;
  return value.bases.every(isIndexedBase);
}

/** What loading relies on; a right sum says only that nobody changed it since. */
function isIndexedBase(value: unknown): value is IndexedBase {
  if (!hasObjects(value, ["info", "config", "layers", "elf"])) return false;
  const { info, config, layers, elf } = value;
  if (!hasObjects(config, ["platform", "diffIds"]) || !hasObjects(info, ["measurement"]))
    return false;
  const isNamed = "id" in info && typeof info.id === "string" && "platform" in info;
  const lists = [config.diffIds, layers, elf];
  return (
    isNamed &&
    typeof info.platform === "string" &&
    lists.every((list) => Array.isArray(list) && list.every((item) => typeof item === "string"))
  );
}

function hasObjects<Name extends string>(
  value: unknown,
  names: readonly Name[],
): value is Readonly<Record<Name, object>> {
  if (typeof value !== "object" || value === null) return false;
  const properties = new Map<string, unknown>(Object.entries(value));
  return names.every((name) => {
    const property = properties.get(name);
    return typeof property === "object" && property !== null;
  });
}

function sumOf(bases: readonly IndexedBase[]): string {
  return createHash("sha256").update(JSON.stringify(bases)).digest("hex");
}
