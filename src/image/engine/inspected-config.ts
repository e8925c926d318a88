import { isDigest } from "../../model/digest.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import type { ImageConfig } from "../image.ts";
import { parseImageConfig } from "../sources/image-config.ts";
import { isJsonObject, listAt, objectAt, textAt, type JsonObject } from "../sources/json.ts";
import type { Inspected } from "./engine-client.ts";

/** An image config as an engine tells it. */
export interface InspectedConfig {
  readonly config: ImageConfig;
  /** The same in the form of OCI. What an engine leaves out of its answers is not in it. */
  readonly document: JsonObject;
}

/** Of `config`. Sources: OCI image-spec config.md; docker image-spec v1.2 for the last five. */
const configFields = [
  "User",
  "ExposedPorts",
  "Env",
  "Entrypoint",
  "Cmd",
  "Volumes",
  "WorkingDir",
  "Labels",
  "StopSignal",
  "ArgsEscaped",
  "Healthcheck",
  "Shell",
  "OnBuild",
  "StopTimeout",
];

/** Beside `config`: the engine's name for it and that of OCI. */
const topFields = [
  ["Created", "created"],
  ["Author", "author"],
  ["Architecture", "architecture"],
  ["Variant", "variant"],
  ["Os", "os"],
  ["OsVersion", "os.version"],
] as const;

/**
 * Makes an image config of what an engine tells. What is no config in it is `malformed`. `what` and `where` are the image and
 * the engine, for failures.
 */
export function rebuildConfig(
  { image, libpod, history }: Inspected,
  { what, where }: { readonly what: string; readonly where: string },
): Result<InspectedConfig> {
  const rootfs = objectAt(image, "RootFS");
  const layers = listAt(rootfs, "Layers") ?? [];
  if (textAt(rootfs, "Type") !== "layers" || !layers.every(isDigest)) {
    return failed(malformed(what, where, "its RootFS is no list of layers"));
  }
  const said = { ...objectAt(image, "Config"), ...objectAt(libpod ?? {}, "Config") };
  // Podman tells it beside the config.
  const healthcheck = libpod?.["Healthcheck"] ?? said["Healthcheck"];
  const config = pickFields({ ...said, Healthcheck: healthcheck });
  const steps = ociHistory(libpod) ?? rebuildHistory(history ?? [], layers.length);
  const tops = topFields.flatMap(([from, to]): readonly (readonly [string, unknown])[] =>
    isUnsaid(image[from]) ? [] : [[to, image[from]]],
  );
  const document: JsonObject = {
    ...Object.fromEntries(tops),
    config,
    rootfs: { type: "layers", diff_ids: layers },
    ...(steps === null ? {} : { history: steps }),
  };
  const parsed = parseImageConfig(document, { name: where }, what);
  return parsed.ok ? success({ config: parsed.value, document }) : parsed;
}

/** An engine writes every field; one without a value stands for one that is absent. */
function pickFields(said: JsonObject): JsonObject {
  return Object.fromEntries(
    configFields.filter((name) => !isUnsaid(said[name])).map((name) => [name, said[name]]),
  );
}

function isUnsaid(value: unknown): boolean {
  return value === undefined || value === null || value === "" || value === false;
}

/** Podman keeps it as it stands in the config. */
function ociHistory(libpod: JsonObject | null): readonly JsonObject[] | null {
  const list = libpod === null ? null : listAt(libpod, "History");
  return list?.every(isJsonObject) === true && list.length > 0 ? list : null;
}

/**
 * The history of OCI, oldest first, of what the API says of it: there no step says whether it made a layer. That is known where
 * as many steps as there are layers have a size, or every step made one; else it is null. Source: moby api/types/image
 * HistoryResponseItem.
 */
function rebuildHistory(
  newestFirst: readonly JsonObject[],
  layerCount: number,
): readonly JsonObject[] | null {
  const steps = newestFirst.toReversed();
  const ways: readonly ((step: JsonObject) => boolean)[] = [
    (step) => step["Size"] === 0,
    () => false,
    isConfigOnly,
  ];
  const isEmpty = ways.find(
    (way) => steps.filter((step) => !way(step)).length === layerCount && steps.length > 0,
  );
  if (isEmpty === undefined) return null;
  return steps.map((step) => ({
    ...createdAt(step["Created"]),
    ...(isUnsaid(step["CreatedBy"]) ? {} : { created_by: step["CreatedBy"] }),
    ...(isUnsaid(step["Comment"]) ? {} : { comment: step["Comment"] }),
    ...(isEmpty(step) ? { empty_layer: true } : {}),
  }));
}

/** A layer without content has no size either: `WORKDIR /` that is there already. Source: BuildKit and builder of Docker. */
function isConfigOnly(step: JsonObject): boolean {
  const command = textAt(step, "CreatedBy").replace(/^\/bin\/sh -c #\(nop\)\s+/, "");
  return /^(?:ARG|CMD|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME)\s/.test(
    command,
  );
}

/** Seconds since 1970; Go's zero time, long before that, stands for none. */
function createdAt(seconds: unknown): { readonly created?: string } {
  const isTime = typeof seconds === "number" && seconds >= 0 && seconds < 253_402_300_800;
  return isTime ? { created: new Date(seconds * 1000).toISOString().replace(".000Z", "Z") } : {};
}

function malformed(what: string, where: string, reason: string): Failure {
  const format = "answer of an engine";
  return { kind: "malformed", what, where, format, reason, offsetBytes: null };
}
