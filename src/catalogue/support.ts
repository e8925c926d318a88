import type { BaseInfo, Support } from "../model/base.ts";

/** What `data/support.json` holds: until when each release of each product is mended, with its source and day. */
export interface SupportTable {
  readonly schema: "fromage/support@1";
  readonly products: readonly SupportProduct[];
}

export interface SupportProduct {
  readonly product: string;
  /** Its `ID` in os-release; null for what has none of its own. */
  readonly distro: string | null;
  readonly source: string;
  /** ISO day of the source. */
  readonly date: string;
  /** By release as the source names it, `3.20`; of distroless by Debian's release and image, `debian12/static`. */
  readonly cycles: Readonly<Record<string, SupportCycle>>;
}

export interface SupportCycle {
  /** Last day with support, or the month on whose last day it ends: `2026-09`. Null: the source has no day. */
  readonly lastDay: string | null;
  /** What else the source says of the end. */
  readonly rule?: string;
}

/** Reads support.json. Throws SyntaxError for anything that does not start like it; it ships with this program. */
export function parseSupportTable(text: string): SupportTable {
  const table: unknown = JSON.parse(text);
  if (!isSupportTable(table)) throw new SyntaxError("Cannot read support dates: another schema");
  return table;
}

function isSupportTable(value: unknown): value is SupportTable {
  if (typeof value !== "object" || value === null) return false;
  if (!("schema" in value && "products" in value)) return false;
  return value.schema === "fromage/support@1" && Array.isArray(value.products);
}

/**
 * Until when a base is mended. The reference counts before os-release: distroless images say that they are Debian
 * and end earlier, a stand-in says what it was made from. Null when the table has no such product or release.
 */
export function findSupport(
  table: SupportTable,
  { reference, distro }: Pick<BaseInfo, "reference" | "distro">,
): Support | null {
  for (const { product, cycles } of namesOf(table, { reference, distro })) {
    const row = table.products.find((one) => one.product === product);
    const cycle = cycles.find((name) => row !== undefined && Object.hasOwn(row.cycles, name));
    const found = cycle === undefined ? undefined : row?.cycles[cycle];
    if (row === undefined || cycle === undefined || found === undefined) continue;
    return {
      product,
      cycle,
      ends: found.lastDay === null ? null : dayAfter(found.lastDay),
      rule: found.rule ?? null,
      source: row.source,
      sourceDate: row.date,
    };
  }
  return null;
}

/** A product, and names that its release may have in the table, the best first. */
interface ProductNames {
  readonly product: string;
  readonly cycles: readonly string[];
}

/** `gcr.io/distroless/java17-debian12`. Source: GoogleContainerTools/distroless README, read 2026-08. */
const distrolessPattern = /(?:^|\/)distroless\/([a-z0-9-]+)-(debian\d+)(?:$|[:@])/;
/** `ubi9/ubi-micro`, `ubi9-micro`. */
const ubiPattern = /(?:^|\/)ubi(\d+)[/-]/;

function namesOf(
  table: SupportTable,
  { reference, distro }: Pick<BaseInfo, "reference" | "distro">,
): readonly ProductNames[] {
  const [, image, release] = distrolessPattern.exec(reference ?? "") ?? [];
  if (image !== undefined && release !== undefined) {
    // One row for all versions of a language: `java17` and `java-base` are `java`.
    const names = [image, image.replace(/\d+$/, ""), image.replace(/-.*$/, "")];
    return [{ product: "distroless", cycles: names.map((name) => `${release}/${name}`) }];
  }
  const [, ubi] = ubiPattern.exec(reference ?? "") ?? [];
  if (ubi !== undefined) return [{ product: "rhel", cycles: [ubi] }];
  if (distro?.version === null || distro === null) return [];
  const parts = distro.version.split(".");
  const cycles = parts.map((_, index) => parts.slice(0, parts.length - index).join("."));
  return table.products
    .filter((row) => row.distro === distro.id)
    .map(({ product }) => ({ product, cycles }));
}

function dayAfter(lastDay: string): string {
  const [year = Number.NaN, month = Number.NaN, day] = lastDay.split("-").map(Number);
  // Months count from 0 here: `month` is the one after, and its first day follows the last of the one before.
  const utcMs = day === undefined ? Date.UTC(year, month, 1) : Date.UTC(year, month - 1, day + 1);
  return new Date(utcMs).toISOString().slice(0, 10);
}

/**
 * Whether a base is mended on that ISO day. Without a day of the end: `supported` where the source knew a rule for an
 * end to come, and for a year from then; who does not know better says `unknown`. A base without any file has
 * nothing to mend.
 */
export function judgeSupport(
  { support, unpackedBytes }: Pick<BaseInfo, "support" | "unpackedBytes">,
  asOf: string,
): "supported" | "ended" | "unknown" {
  if (support === null) return unpackedBytes === 0 ? "supported" : "unknown";
  if (support.ends !== null) return asOf < support.ends ? "supported" : "ended";
  return support.rule !== null && asOf <= aYearAfter(support.sourceDate) ? "supported" : "unknown";
}

function aYearAfter(day: string): string {
  return `${Number(day.slice(0, 4)) + 1}${day.slice(4)}`;
}
