import type { OwnedPath, Owner } from "../../explore/owner/find-owners.ts";
import type { WithOrigin } from "../../explore/view-origin.ts";
import type { Failure } from "../../model/failure.ts";
import { orderFailure, writeJson } from "../json.ts";
import { nameWords, type NameStyle } from "./name-words.ts";

/** Most owners of a directory that are named on a line. */
const maxOwners = 4;

/**
 * One line per path, then where a link leads:
 *
 *     /usr/bin/ls: coreutils 9.1-1 (dpkg, layer 0)
 *     /usr/bin/awk: no package (layer 0)
 *       leads to /usr/bin/mawk: mawk 1.3.4.20200120-3.1 (dpkg, layer 0)
 */
export function renderOwners(paths: readonly OwnedPath[], style: NameStyle): string {
  return paths
    .flatMap((path) => linesOf(path, style))
    .map((line) => `${line}\n`)
    .join("");
}

function linesOf(owned: OwnedPath, style: NameStyle): readonly string[] {
  const { path, realPath, owners, target, layerIndex, near } = owned;
  const real = realPath === null || realPath === path ? "" : ` (${nameWords(realPath, style)})`;
  const isThere = realPath !== null;
  const place = layerIndex === null ? "" : ` (layer ${layerIndex})`;
  const like =
    near.length === 0
      ? ""
      : `, the nearest: ${near.map((one) => nameWords(one, style)).join(", ")}`;
  const nobody = isThere
    ? `no package${place}`
    : `not in the image, and no package names it${like}`;
  const missing = isThere || owners.length === 0 ? "" : ", and not in the image";
  const words = owners.length === 0 ? nobody : `${ownerWords(owners, style)}${missing}`;
  const line = `${nameWords(path, style)}${real}: ${words}`;
  if (target === null) return [line];
  const behind = target.owners.length === 0 ? "no package" : ownerWords(target.owners, style);
  return [line, `  leads to ${nameWords(target.realPath, style)}: ${behind}`];
}

function ownerWords(owners: readonly Owner[], style: NameStyle): string {
  const shown = owners.slice(0, maxOwners).map(({ name, version, manager, layerIndex }) => {
    const layer = layerIndex === null ? "" : `, layer ${layerIndex}`;
    return `${nameWords(`${name} ${version}`, style)} (${manager}${layer})`;
  });
  const more = owners.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Owners of paths in one platform's image. */
export interface OwnersData extends WithOrigin {
  /** Null for a root filesystem, which does not say for what it is. */
  readonly platform: string | null;
  readonly paths: readonly OwnedPath[];
  readonly failures: readonly Failure[];
}

export interface OwnersDocument {
  readonly tool: string;
  readonly reference: string;
  readonly images: readonly OwnersData[];
}

/** Schema: schema/owner@1.json. */
export function renderOwnersJson({ tool, reference, images }: OwnersDocument): string {
  return writeJson({
    schema: "fromage/owner@1",
    tool,
    reference,
    images: images.map(({ platform, origin, paths, failures }) => ({
      platform,
      ...(origin === undefined ? {} : { origin }),
      paths,
      failures: failures.map(orderFailure),
    })),
  });
}
