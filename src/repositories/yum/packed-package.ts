import type { PrimaryPackage } from "../../formats/rpm/primary.ts";

/** What the table keeps of a package: primary.xml without its files. */
export type PackedPackage = Omit<PrimaryPackage, "files">;

const texts = ["name", "version", "architecture", "href"] as const;
const lists = [
  "provides",
  "requires",
  "conflicts",
  "obsoletes",
  "recommends",
  "suggests",
  "supplements",
  "enhances",
] as const;

/** As JSON without what is empty. */
export function packPackage({ files: _, ...packed }: PrimaryPackage): Uint8Array {
  const filled = Object.entries(packed).filter(
    ([, value]) => value !== null && !(Array.isArray(value) && value.length === 0),
  );
  return Buffer.from(JSON.stringify(Object.fromEntries(filled)));
}

/** Null for bytes that `packPackage` did not write. */
export function unpackPackage(bytes: Uint8Array): PackedPackage | null {
  const value = parse(bytes);
  if (value === null) return null;
  const fields = new Map<string, unknown>(Object.entries(value));
  const text = (name: string): string | null => {
    const found = fields.get(name);
    return typeof found === "string" ? found : null;
  };
  const count = (name: string): number | null => {
    const found = fields.get(name);
    return typeof found === "number" ? found : null;
  };
  const list = (name: string): readonly string[] => {
    const found: unknown = fields.get(name) ?? [];
    return Array.isArray(found) ? found.filter((item) => typeof item === "string") : [];
  };
  const [name, version, architecture, href] = texts.map(text);
  const checksum = readChecksum(fields.get("checksum"));
  if (!name || !version || !architecture || !href || checksum === null) return null;
  const [provides, requires, conflicts, obsoletes, recommends, suggests, supplements, enhances] =
    lists.map(list);
  return {
    ...{ name, version, architecture, href, checksum },
    sourceRpm: text("sourceRpm"),
    base: text("base"),
    downloadBytes: count("downloadBytes"),
    installedBytes: count("installedBytes"),
    provides: provides ?? [],
    requires: requires ?? [],
    conflicts: conflicts ?? [],
    obsoletes: obsoletes ?? [],
    recommends: recommends ?? [],
    suggests: suggests ?? [],
    supplements: supplements ?? [],
    enhances: enhances ?? [],
  };
}

function parse(bytes: Uint8Array): object | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return typeof value === "object" ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function readChecksum(value: unknown): PackedPackage["checksum"] | null {
  if (typeof value !== "object" || value === null) return null;
  const fields = new Map<string, unknown>(Object.entries(value));
  const [type, sum] = [fields.get("type"), fields.get("value")];
  return typeof type === "string" && typeof sum === "string" ? { type, value: sum } : null;
}
