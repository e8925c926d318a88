import type { Image } from "../../image/image.ts";
import {
  isJsonObject,
  listAt,
  objectAt,
  textAt,
  textsAt,
  textsByName,
  type JsonObject,
} from "../../image/sources/json.ts";
import type { Digest } from "../../model/digest.ts";
import type { View } from "../open-view.ts";
import { viewOrigin, type WithOrigin } from "../view-origin.ts";
import { viewPlatform } from "../view-platform.ts";

/** How the engine finds out whether a container is well. Source: moby api/types/container, `HealthConfig`. */
export interface Healthcheck {
  /** `NONE`, `CMD` or `CMD-SHELL`, then what is run. */
  readonly test: readonly string[];
  /** Nanoseconds; null: the engine's default. */
  readonly intervalNs: number | null;
  readonly timeoutNs: number | null;
  readonly startPeriodNs: number | null;
  readonly retries: number | null;
}

/** With what a container of an image is started. Source: OCI image-spec config.md and, for the healthcheck and shell, moby's. */
export interface RunConfig {
  /** As written; empty means root. */
  readonly user: string;
  readonly entrypoint: readonly string[] | null;
  readonly cmd: readonly string[] | null;
  /** `NAME=value`, in file order. */
  readonly env: readonly string[];
  readonly workingDir: string;
  /** `8080/tcp`, sorted. */
  readonly ports: readonly string[];
  /** Paths, sorted. */
  readonly volumes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly stopSignal: string | null;
  readonly healthcheck: Healthcheck | null;
  /** What the shell form of RUN, CMD and ENTRYPOINT was run by, where it is not the usual. */
  readonly shell: readonly string[] | null;
  /** Run in builds that take the image as their base. */
  readonly onBuild: readonly string[];
}

/** The config of an image and what it is. */
export interface DescribedConfig extends RunConfig, WithOrigin {
  readonly platform: string | null;
  readonly created: string | null;
  readonly author: string | null;
  /** Of the manifest. */
  readonly digest: Digest | null;
  readonly layers: number;
}

/** `layers`: how many there are. Pure. */
export function describeConfig(
  { image, base }: Pick<View, "image" | "base">,
  layers: number,
): DescribedConfig {
  const document = image.documents?.config ?? {};
  return {
    platform: viewPlatform({ image, base }),
    ...viewOrigin({ image }),
    created: image.config.created,
    author: textAt(document, "author") || null,
    digest: image.manifestDigest,
    layers,
    ...readRunConfig(image),
  };
}

/** Fields that the medium does not have are empty or null. Pure. */
export function readRunConfig({ config, documents }: Image): RunConfig {
  const { user, entrypoint, cmd, env, workingDir, labels } = config;
  const json = objectAt(documents?.config ?? {}, "config");
  return {
    user,
    entrypoint,
    cmd,
    env,
    workingDir,
    ports: Object.keys(objectAt(json, "ExposedPorts")).toSorted(),
    volumes: Object.keys(objectAt(json, "Volumes")).toSorted(),
    labels: sortByName(documents === undefined ? labels : textsByName(json, "Labels")),
    stopSignal: textAt(json, "StopSignal") || null,
    healthcheck: readHealthcheck(json["Healthcheck"]),
    shell: textsAt(json, "Shell"),
    onBuild: textsAt(json, "OnBuild") ?? [],
  };
}

function sortByName(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const names = Object.keys(texts).toSorted();
  return Object.fromEntries(names.map((name) => [name, texts[name] ?? ""]));
}

function readHealthcheck(value: unknown): Healthcheck | null {
  if (!isJsonObject(value) || listAt(value, "Test") === null) return null;
  return {
    test: textsAt(value, "Test") ?? [],
    intervalNs: numberAt(value, "Interval"),
    timeoutNs: numberAt(value, "Timeout"),
    startPeriodNs: numberAt(value, "StartPeriod"),
    retries: numberAt(value, "Retries"),
  };
}

/** Go leaves 0 out, and takes it for the default. */
function numberAt(object: JsonObject, name: string): number | null {
  const value = object[name];
  return typeof value === "number" && value !== 0 ? value : null;
}
