import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import {
  everyPlatform,
  formatPlatform,
  normalisePlatform,
  type Platform,
} from "../../model/platform.ts";
import type { Image } from "../image.ts";
import { hostPlatform } from "./image-config.ts";

/** Something that is for a platform; null where nobody says which: it stands for none. */
export interface ForPlatform {
  readonly platform: Platform | null;
}

/**
 * Newest first: a processor of one runs what was built for those behind it. `base` is the one that is left out where a
 * platform is written. Source: containerd/platforms compare.go, read 2026-11.
 */
const variants: Readonly<
  Record<string, { readonly order: readonly string[]; readonly base: string | null }>
> = {
  amd64: { order: ["v4", "v3", "v2", "v1"], base: "v1" },
  arm: { order: ["v8", "v7", "v6", "v5"], base: null },
  arm64: { order: ["v9", "v8"], base: "v8" },
};

/**
 * What stands for each asked platform: the same, else the best that such a machine runs too. Nothing asked: the only
 * one there is, or that of this machine. `everyPlatform`: all that there are. A platform that is not there is
 * `not-found`, with those that are.
 */
export function choosePlatforms<Item extends ForPlatform>(
  items: readonly Item[],
  asked: readonly Platform[],
  where: string,
): Result<readonly Item[]> {
  const [only] = items;
  const isOpen = asked.length === 0 || asked === everyPlatform;
  if (isOpen && only !== undefined && items.length === 1) return success([only]);
  const every = asked === everyPlatform ? oneForEach(items) : [];
  if (every.length > 0) return success(every);
  const wanted = asked.length === 0 ? [hostPlatform()] : asked;
  const chosen: Item[] = [];
  for (const platform of wanted) {
    const item = bestFor(items, platform);
    if (item === null) return failed(noPlatform(platform, items, where));
    chosen.push(item);
  }
  return success(chosen);
}

/** Of several for one platform the first. What is for none (an attestation says `unknown`) is left out. */
function oneForEach<Item extends ForPlatform>(items: readonly Item[]): readonly Item[] {
  const byPlatform = new Map<string, Item>();
  for (const item of items) {
    if (item.platform === null || item.platform.architecture === "unknown") continue;
    const key = formatPlatform(normalisePlatform(item.platform));
    if (!byPlatform.has(key)) byPlatform.set(key, item);
  }
  return [...byPlatform.values()];
}

/**
 * Refuses different images for one platform that nothing tells apart: `docker save ID ID` keeps no names. Without it
 * the first would be taken for what was asked for.
 */
export function chooseUnnamed(
  images: readonly Image[],
  asked: readonly Platform[],
  where: string,
): Result<readonly Image[]> {
  const seen = new Map<string, string>();
  for (const { platform, manifestDigest, config } of images) {
    const key = formatPlatform(normalisePlatform(platform));
    const identity = manifestDigest ?? JSON.stringify(config);
    if ((seen.get(key) ?? identity) !== identity) {
      const reason = `it holds several images for ${key} and no names to tell them apart`;
      return failed({ kind: "unsupported", what: where, where: null, reason });
    }
    seen.set(key, identity);
  }
  return choosePlatforms(images, asked, where);
}

function bestFor<Item extends ForPlatform>(items: readonly Item[], asked: Platform): Item | null {
  for (const acceptable of acceptableFor(asked)) {
    const found = items.find(
      ({ platform }) =>
        platform !== null && formatPlatform(normalisePlatform(platform)) === acceptable,
    );
    if (found !== undefined) return found;
  }
  return null;
}

/** The spellings of platforms that do, the best first. */
function acceptableFor(asked: Platform): readonly string[] {
  const { os, architecture, variant } = normalisePlatform(asked);
  const known = Object.hasOwn(variants, architecture) ? variants[architecture] : undefined;
  const { order, base } = known ?? { order: [], base: null };
  const start = order.indexOf(variant ?? base ?? "");
  const fitting = start < 0 ? [variant] : order.slice(start);
  return fitting.map((one) =>
    formatPlatform(
      normalisePlatform({ os, architecture, ...(one === undefined ? {} : { variant: one }) }),
    ),
  );
}

function noPlatform(asked: Platform, items: readonly ForPlatform[], where: string): Failure {
  const near = items.flatMap(({ platform }) =>
    platform === null ? [] : [formatPlatform(platform)],
  );
  const what = `platform ${formatPlatform(asked)}`;
  return { kind: "not-found", what, where, near: [...new Set(near)].toSorted() };
}
