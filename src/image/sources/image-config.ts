import { isDigest, type Digest } from "../../model/digest.ts";
import { failed, success, type Result } from "../../model/failure.ts";
import { normalisePlatform, type Platform } from "../../model/platform.ts";
import type { ImageConfig } from "../image.ts";
import { malformed, type Blobs } from "./blobs.ts";
import { listAt, objectAt, textAt, textsAt, textsByName, type JsonObject } from "./json.ts";

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
  blobs: Blobs,
  name: string,
): Result<ImageConfig> {
  const rootfs = listAt(objectAt(json, "rootfs"), "diff_ids");
  const diffIds: Digest[] = [];
  for (const diffId of rootfs ?? []) {
    if (!isDigest(diffId)) return failed(malformed(blobs, name, "a diff_id is no digest"));
    diffIds.push(diffId);
  }
  if (rootfs === null && json["rootfs"] !== undefined && listAt(json, "history") === null) {
    return failed(malformed(blobs, name, "it has no rootfs.diff_ids"));
  }
  const config = objectAt(json, "config");
  return success({
    platform: readPlatform(json),
    user: textAt(config, "User"),
    env: textsAt(config, "Env") ?? [],
    entrypoint: nonEmpty(textsAt(config, "Entrypoint")),
    cmd: nonEmpty(textsAt(config, "Cmd")),
    workingDir: textAt(config, "WorkingDir"),
    labels: textsByName(config, "Labels"),
    created: textAt(json, "created") || null,
    diffIds,
  });
}

/** Docker writes an empty list for one that was taken away. */
function nonEmpty(words: readonly string[] | null): readonly string[] | null {
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
