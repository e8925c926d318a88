import { isDigest, type Digest } from "../../model/digest.ts";
import { failed, success, type Result } from "../../model/failure.ts";
import { normalisePlatform, type Platform } from "../../model/platform.ts";
import type { HistoryStep, ImageConfig } from "../image.ts";
import { malformed, type Place } from "./blobs.ts";
import {
  isJsonObject,
  listAt,
  objectAt,
  textAt,
  textsAt,
  textsByName,
  type JsonObject,
} from "./json.ts";

/** The platform of a medium that does not say one: that of this machine's containers. */
export function hostPlatform(): Platform {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  return normalisePlatform({ os: "linux", architecture });
}

/** What a file, folder or root filesystem has for a config. */
export function emptyConfig(platform: Platform): ImageConfig {
  return {
    platform,
    user: "",
    env: [],
    entrypoint: null,
    cmd: null,
    workingDir: "",
    labels: {},
    created: null,
    diffIds: [],
  };
}

/** Reads an image config. Source: OCI image-spec config.md; the same fields in Docker's. */
export function parseImageConfig(
  json: JsonObject,
  place: Place,
  name: string,
): Result<ImageConfig> {
  const rootfs = listAt(objectAt(json, "rootfs"), "diff_ids");
  const diffIds: Digest[] = [];
  for (const diffId of rootfs ?? []) {
    if (!isDigest(diffId)) return failed(malformed(place, name, "a diff_id is no digest"));
    diffIds.push(diffId);
  }
  if (rootfs === null && json["rootfs"] !== undefined && listAt(json, "history") === null) {
    return failed(malformed(place, name, "it has no rootfs.diff_ids"));
  }
  const config = objectAt(json, "config");
  const wrong = findWrongField(config);
  if (wrong !== null) return failed(malformed(place, name, wrong));
  return success({
    platform: readPlatform(json),
    user: textAt(config, "User"),
    env: textsAt(config, "Env") ?? [],
    entrypoint: wordsAt(config, "Entrypoint"),
    cmd: wordsAt(config, "Cmd"),
    workingDir: textAt(config, "WorkingDir"),
    labels: textsByName(config, "Labels"),
    created: textAt(json, "created") || null,
    diffIds,
  });
}

/**
 * How an image was built, oldest first, from its config; empty where that does not say it. What is no step is passed over:
 * nothing is decided by it.
 */
export function readHistory(json: JsonObject): readonly HistoryStep[] {
  return (listAt(json, "history") ?? []).filter(isJsonObject).map((step) => ({
    created: textAt(step, "created") || null,
    createdBy: textAt(step, "created_by"),
    comment: textAt(step, "comment"),
    isEmptyLayer: step["empty_layer"] === true,
  }));
}

/** Engines refuse a config with such a field; without it another program would be started than they do. */
function findWrongField(config: JsonObject): string | null {
  const isAbsent = (name: string): boolean => config[name] === undefined || config[name] === null;
  for (const name of ["User", "WorkingDir"]) {
    if (!isAbsent(name) && typeof config[name] !== "string") return `its ${name} is no text`;
  }
  for (const name of ["Env", "Entrypoint", "Cmd"]) {
    const isWord = name !== "Env" && typeof config[name] === "string";
    if (!isAbsent(name) && !isWord && textsAt(config, name) === null) {
      return `its ${name} is no list of texts`;
    }
  }
  return null;
}

/**
 * Docker writes an empty list for one that was taken away, and takes one text for a list of it. Source: moby
 * api/types/strslice.
 */
function wordsAt(config: JsonObject, name: string): readonly string[] | null {
  const word = textAt(config, name);
  const words = word === "" ? textsAt(config, name) : [word];
  return words === null || words.length === 0 ? null : words;
}

/** `os`, `architecture`, `variant` of a config, or of `platform` in an index. */
export function readPlatform(json: JsonObject): Platform {
  const variant = textAt(json, "variant");
  return normalisePlatform({
    os: textAt(json, "os") || "linux",
    architecture: textAt(json, "architecture") || hostPlatform().architecture,
    ...(variant === "" ? {} : { variant }),
  });
}
